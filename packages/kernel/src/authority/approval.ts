import { canonicalize } from '../log/canonical.ts'
import type { EncryptedField, Sha256 } from '../log/entry.ts'
import { digestFromBytes, entryId } from '../log/ids.ts'
import type { Digest, RunId, Seq, SubjectId } from '../log/ids.ts'
import type { Json } from '../log/json.ts'
import type { EditedRequest } from './events.ts'
import type { Operators } from './operator.ts'
import type { Obligation } from './policy-port.ts'

/** Requests of one run that can wait for people at once: more is no queue that anybody reads. */
export const maxWaitingApprovals = 64
/** Answers one request takes, duplicates and late ones included: every operator there is may change their mind a few times. */
export const maxAnswers = 64
/** How long a request waits at most: who was asked on one working day answers on the next. */
export const approvalLifeMs: number = 24 * 60 * 60 * 1000

/** What an operator says to a request, and for how much. */
export type ApprovalAnswer =
  | { readonly type: 'given'; readonly scope: 'once' | 'run'; readonly edited?: EditedRequest }
  | { readonly type: 'denied' }

const encoder = new TextEncoder()

/** Everything one answer is valid for. Whatever of it changes, the answer is to something else. */
export interface Bound {
  readonly run: RunId
  readonly action: Seq
  readonly request: Digest
  readonly policy: Digest
  readonly grant: Seq
  readonly obligations: readonly Obligation[]
}

/** Digest of `ICE approval request 1` and the canonical form of what is bound. */
export function approvalBinds(bound: Bound, sha256: Sha256): Digest {
  return digestFromBytes(sha256(encoder.encode(`ICE approval request 1\n${canonicalize(bound as unknown as Json)}`)))
}

/** What an answer is given to, and by whom. */
export interface Answering {
  readonly run: RunId
  readonly approval: Seq
  readonly binds: Digest
  readonly by: SubjectId
  readonly comment?: EncryptedField
}

/** The text an operator signs: the question by its digest, and the whole answer, so that neither can be put to another use. */
export function approvalStatement({ run, approval, binds, by, comment }: Answering, answer: ApprovalAnswer): string {
  const said =
    answer.type === 'denied'
      ? { answer: 'denied' }
      : { answer: 'given', scope: answer.scope, ...(answer.edited === undefined ? {} : { edited: answer.edited.request }) }
  const commented = comment === undefined ? {} : { comment: comment.data }
  return `ICE approval answer 1\n${canonicalize({ approval: entryId(run, approval), binds, by, ...said, ...commented })}`
}

/** Who may answer now, and who started the run. */
export interface Answerers {
  readonly operators: Operators
  readonly requester: SubjectId | undefined
}

/** The first obligation that too few of these people fulfil; undefined when all are. Each person counts once for each obligation. */
export function unfulfilled(obligations: readonly Obligation[], given: readonly SubjectId[], who: Answerers): Obligation | undefined {
  const people = [...new Set(given)]
  return obligations.find((obligation) => people.filter((by) => counts(by, obligation, who)).length < obligation.count)
}

/** True for an operator who has the role now, and may answer for a run that was started by the requester. */
export function counts(by: SubjectId, { from, notRequester }: Obligation, { operators, requester }: Answerers): boolean {
  if (notRequester === true && by === requester) return false
  return operators.get(by)?.roles.includes(from) === true
}

/** The first obligation that nobody there is could ever fulfil. */
export function hopeless(obligations: readonly Obligation[], who: Answerers): Obligation | undefined {
  return unfulfilled(obligations, [...who.operators.keys()], who)
}

/** True when an answer to one obligation is an answer to the other: as many of the same people, or more. */
export function coversObligation(answered: Obligation, asked: Obligation): boolean {
  return answered.from === asked.from && answered.count >= asked.count && (answered.notRequester === true || asked.notRequester !== true)
}

/** One person's word for one request. */
export interface Agreement {
  readonly by: SubjectId
  readonly scope: 'once' | 'run'
  /** Absent: the request as it was asked. */
  readonly edited?: EditedRequest
}

/** A request that enough people agreed to. */
export interface Agreed {
  readonly edited: EditedRequest | undefined
  readonly by: readonly SubjectId[]
}

/**
 * The first request that enough people agreed to: the one they were asked about, or what one of them made of it. An answer counts
 * for the request it was given to and for no other.
 */
export function agreedTo(
  { agreed, obligations }: { readonly agreed: readonly Agreement[]; readonly obligations: readonly Obligation[] },
  who: Answerers,
): Agreed | undefined {
  return agreed
    .map(({ edited }): Agreed => ({ edited, by: agreed.filter((other) => other.edited?.request === edited?.request).map(({ by }) => by) }))
    .find(({ by }) => unfulfilled(obligations, by, who) === undefined)
}
