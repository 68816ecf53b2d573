import { canonicalize } from '../log/canonical.ts'
import type { Sha256 } from '../log/entry.ts'
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

/** The text an operator signs: the question by its digest, and the whole answer, so that neither can be put to another use. */
export function approvalStatement(
  asked: { readonly run: RunId; readonly approval: Seq; readonly binds: Digest; readonly by: SubjectId },
  answer: ApprovalAnswer,
): string {
  const { run, approval, binds, by } = asked
  const said =
    answer.type === 'denied'
      ? { answer: 'denied' }
      : { answer: 'given', scope: answer.scope, ...(answer.edited === undefined ? {} : { edited: answer.edited.request }) }
  return `ICE approval answer 1\n${canonicalize({ approval: entryId(run, approval), binds, by, ...said })}`
}

/** The first obligation that too few of these people fulfil; undefined when all are. Each person counts once for each obligation. */
export function unfulfilled(
  obligations: readonly Obligation[],
  given: readonly SubjectId[],
  who: { readonly operators: Operators; readonly requester: SubjectId | undefined },
): Obligation | undefined {
  return obligations.find((obligation) => given.filter((by) => counts(by, obligation, who)).length < obligation.count)
}

/** True for an operator who has the role now, and may answer for a run that was started by the requester. */
export function counts(
  by: SubjectId,
  { from, notRequester }: Obligation,
  { operators, requester }: { readonly operators: Operators; readonly requester: SubjectId | undefined },
): boolean {
  if (notRequester === true && by === requester) return false
  return operators.get(by)?.roles.includes(from) === true
}

/** The first obligation that nobody there is could ever fulfil. */
export function hopeless(
  obligations: readonly Obligation[],
  who: { readonly operators: Operators; readonly requester: SubjectId | undefined },
): Obligation | undefined {
  return unfulfilled(obligations, [...who.operators.keys()], who)
}
