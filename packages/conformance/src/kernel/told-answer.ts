import { sign } from 'node:crypto'
import { approvalStatement } from '@ice-runtime/kernel'
import type { ApprovalAnswer, Digest, RunCommand, RunId, Seq, SignedAnswer } from '@ice-runtime/kernel'
import type { RunHistory } from './run-history.ts'
import type { ToldOperator } from './told-operators.ts'

type Given = Extract<ApprovalAnswer, { type: 'given' }>

/** Yes to this one, yes for the whole run, and no. */
export const once: Given = { type: 'given', scope: 'once' }
export const forRun: Given = { type: 'given', scope: 'run' }
export const denied: ApprovalAnswer = { type: 'denied' }

/** The order that an operator's answer becomes. */
export function answerOf(
  history: RunHistory,
  who: ToldOperator,
  given: { readonly approval: number; readonly answer: ApprovalAnswer },
): Omit<Extract<RunCommand, { type: 'AnswerApproval' }>, 'at'> {
  const { approval, answer } = given
  const binds = history.run.approvals.get(String(approval))?.binds
  if (binds === undefined) throw new Error(`#${approval} asks nobody`)
  return { type: 'AnswerApproval', ...signedAnswer(who, { run: history.run.id, approval, binds }, answer) }
}

/** An operator's answer as it arrives: with their signature over all of it. */
export function signedAnswer(
  who: ToldOperator,
  asked: { readonly run: RunId; readonly approval: Seq; readonly binds: Digest },
  answer: ApprovalAnswer,
): SignedAnswer & { readonly answer: ApprovalAnswer } {
  const by = who.subject
  const signature = sign(null, Buffer.from(approvalStatement({ ...asked, by }, answer)), who.key).toString('base64url')
  return { answer, approval: asked.approval, binds: asked.binds, by, signature }
}
