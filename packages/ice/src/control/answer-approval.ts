import { IceError, taxonomy } from '@ice-runtime/kernel'
import type { ApprovalAnswer, Digest, RunId, Seq, SubjectId } from '@ice-runtime/kernel'
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
  /** For people; encrypted before it is kept. */
  readonly comment?: string
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
  const answer = answerIn(read.object('answer'), signed)
  return { run: read.run(), ...signed, answer, ...(read.has('comment') ? { comment: read.text('comment') } : {}) }
}

function answerIn(value: { readonly [key: string]: unknown }, signed: object): ApprovalAnswer {
  const { type, ...said } = value
  if (type === 'denied' && Object.keys(said).length === 0) return { type }
  const given = type === 'given' ? taxonomy.ApprovalGiven.payload.safeParse({ ...said, ...signed }) : undefined
  if (given?.success !== true) throw new IceError('usage.invalid', 'params.answer is neither given nor denied')
  const { scope, edited } = given.data
  return { type: 'given', scope, ...(edited === undefined ? {} : { edited }) }
}
