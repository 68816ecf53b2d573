import { IceError, taxonomy } from '@ice-runtime/kernel'
import type { ApprovalAnswer, Digest, EncryptedField, RunId, Seq, SignedAnswer, SubjectId } from '@ice-runtime/kernel'
import { readParams } from './read-params.ts'

/** An answer to what people were asked: signed by its operator over `approvalStatement`. */
export interface AnswerApproval {
  readonly method: 'answerApproval'
  readonly run: RunId
  readonly approval: Seq
  readonly binds: Digest
  readonly by: SubjectId
  readonly signature: string
  readonly answer: ApprovalAnswer
  /** For people; encrypted by who signs, because it is signed too. */
  readonly comment?: EncryptedField
}

/** Reads a signed answer by the shapes of the events it can become. Throws `usage.invalid`. */
export function readAnswer(params: unknown): Omit<AnswerApproval, 'method'> {
  const read = readParams(params, ['run', 'approval', 'binds', 'by', 'signature', 'answer', 'comment'])
  const signed = {
    approval: read.seq('approval'),
    binds: read.digest('binds'),
    by: read.subject('by'),
    signature: read.name('signature'),
  }
  return {
    run: read.run(),
    ...answerIn(read.object('answer'), { ...signed, ...(read.has('comment') ? { comment: read.json('comment') } : {}) }),
  }
}

function answerIn(
  { type, ...said }: { readonly [key: string]: unknown },
  signed: object,
): SignedAnswer & { readonly answer: ApprovalAnswer } {
  const denied = type === 'denied' ? taxonomy.ApprovalDenied.payload.safeParse({ ...said, ...signed }) : undefined
  if (denied?.success === true) return { ...denied.data, answer: { type: 'denied' } }
  const given = type === 'given' ? taxonomy.ApprovalGiven.payload.safeParse({ ...said, ...signed }) : undefined
  if (given?.success !== true) throw new IceError('usage.invalid', 'params.answer is neither given nor denied')
  const { scope, edited, ...rest } = given.data
  return { ...rest, answer: { type: 'given', scope, ...(edited === undefined ? {} : { edited }) } }
}
