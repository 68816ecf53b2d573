import { join } from 'node:path'
import type { AnswerApproval } from '@ice-runtime/ice/control'
import { openSubjectKeys } from '@ice-runtime/ice/record'
import { approvalStatement } from '@ice-runtime/kernel'
import type { ApprovalAnswer, RunId } from '@ice-runtime/kernel'
import type { RecordedApproval } from './recorded-approval.ts'
import type { Signer } from './signer.ts'

/** An answer as it is sent: signed over the question, the whole answer, and the comment in the form in which it is kept. */
export function signAnswer(
  { recorded, asked }: Pick<RecordedApproval, 'recorded' | 'asked'>,
  answer: ApprovalAnswer,
  by: { readonly signer: Signer; readonly comment: string | undefined; readonly data: string },
): AnswerApproval {
  const { signer, comment, data } = by
  const run: RunId = recorded.id
  const encrypted = comment === undefined ? {} : { comment: openSubjectKeys(join(data, 'keys')).encrypt(signer.subject, comment) }
  const said = { approval: asked.seq, binds: asked.payload.binds, by: signer.subject, ...encrypted }
  const signature = signer.key.sign(approvalStatement({ run, ...said }, answer))
  return { method: 'answerApproval', run, ...said, signature, answer }
}
