import { sign } from 'node:crypto'
import { approvalStatement } from '@ice-runtime/kernel'
import type { ApprovalAnswer, RunCommand } from '@ice-runtime/kernel'
import type { RunHistory } from './run-history.ts'
import type { ToldOperator } from './told-operators.ts'

/** The order that an operator's answer becomes. */
export function answerOf(
  history: RunHistory,
  who: ToldOperator,
  given: { readonly approval: number; readonly answer: ApprovalAnswer },
): Omit<Extract<RunCommand, { type: 'AnswerApproval' }>, 'at'> {
  const { approval, answer } = given
  const binds = history.run.approvals.get(String(approval))?.binds
  if (binds === undefined) throw new Error(`#${approval} asks nobody`)
  const text = approvalStatement({ run: history.run.id, approval, binds, by: who.subject }, answer)
  const signature = sign(null, Buffer.from(text), who.key).toString('base64url')
  return { type: 'AnswerApproval', answer, approval, binds, by: who.subject, signature }
}
