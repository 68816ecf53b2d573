import { canonicalize } from '../log/canonical.ts'
import type { Digest, Seq } from '../log/ids.ts'
import type { Json } from '../log/json.ts'
import type { Recorded } from '../action/driver-port.ts'
import { unreachable } from '../log/errors.ts'
import type { IceEntry } from '../run/taxonomy.ts'

/** A proposal as the log has it: what an agent that runs again must propose again. */
export interface RecordedProposal {
  readonly seq: Seq
  readonly key: number
  readonly action: string
  readonly args: Recorded
  readonly reason: string | undefined
  readonly atOnce: boolean
  readonly after: number
  /** What was received, when it could not be read. */
  readonly raw: Digest | undefined
}

/** An outcome as it was delivered, in log order. */
export interface RecordedDelivery {
  readonly seq: Seq
  readonly key: number
  readonly at: number
  readonly outcome:
    | { readonly type: 'succeeded'; readonly result: Recorded }
    | { readonly type: 'deferred'; readonly action: Seq }
    | { readonly type: 'refused'; readonly code: string }
    | { readonly type: 'failed'; readonly code: string; readonly message: string }
}

/** How a proposal made again compares with the record. */
export type ProposalMatch =
  | { readonly match: 'same' }
  | { readonly match: 'different'; readonly seq: Seq; readonly field: 'action' | 'args' | 'reason' | 'atOnce' | 'after' }
  | { readonly match: 'extra'; readonly key: number }
  | { readonly match: 'missing'; readonly seq: Seq }

export function recordedProposals(entries: readonly IceEntry[]): readonly RecordedProposal[] {
  return entries.flatMap((entry): readonly RecordedProposal[] => {
    if (entry.type !== 'ActionProposed') return []
    const { key, action, args = { value: null }, reason, atOnce = false, after, malformed } = entry.payload
    return [{ seq: entry.seq, key, action, args, reason, atOnce, after, raw: malformed?.raw }]
  })
}

/** Everything the agent was told, in the order it was told. */
export function recordedDeliveries(entries: readonly IceEntry[]): readonly RecordedDelivery[] {
  const keys = new Map<Seq, number>()
  const deferred = new Set<Seq>()
  const deliveries: RecordedDelivery[] = []
  for (const entry of entries) {
    if (entry.type === 'ActionProposed') keys.set(entry.seq, entry.payload.key)
    const told = deliveredBy(entry, deferred)
    if (isDeferral(entry)) deferred.add(entry.payload.action)
    const key = told === undefined ? undefined : keys.get(told.action)
    if (told !== undefined && key !== undefined) deliveries.push({ seq: entry.seq, key, at: entry.at, outcome: told.outcome })
  }
  return deliveries
}

function isDeferral(entry: IceEntry): entry is Extract<IceEntry, { type: 'ActionAuthorized' | 'ApprovalRequested' }> {
  return (entry.type === 'ActionAuthorized' || entry.type === 'ApprovalRequested') && entry.payload.deferred === true
}

/** What an entry tells the agent: nothing for most, and nothing about a deferred effect beyond that it is deferred. */
function deliveredBy(
  entry: IceEntry,
  deferred: ReadonlySet<Seq>,
): { readonly action: Seq; readonly outcome: RecordedDelivery['outcome'] } | undefined {
  switch (entry.type) {
    case 'ActionAuthorized': {
      const { action } = entry.payload
      return entry.payload.deferred === true ? told(action, deferred, { type: 'deferred', action }) : undefined
    }
    case 'ApprovalRequested': {
      const { action } = entry.payload
      return entry.payload.deferred === true ? { action, outcome: { type: 'deferred', action } } : undefined
    }
    case 'ActionRefused':
      if (entry.payload.observed === true) return undefined
      return told(entry.payload.action, deferred, { type: 'refused', code: entry.payload.code })
    case 'ActionSucceeded':
      return told(entry.payload.action, deferred, { type: 'succeeded', result: entry.payload.result })
    case 'ActionFailed':
      return told(entry.payload.action, deferred, { type: 'failed', code: entry.payload.code, message: entry.payload.message })
    case 'ActionReconciled': {
      const { action, found, result = { value: null } } = entry.payload
      const failed = { type: 'failed', code: 'effect.failed', message: 'found not done' } as const
      return told(action, deferred, found === 'done' ? { type: 'succeeded', result } : failed)
    }
    default:
      return undefined
  }
}

function told(
  action: Seq,
  deferred: ReadonlySet<Seq>,
  outcome: RecordedDelivery['outcome'],
): { readonly action: Seq; readonly outcome: RecordedDelivery['outcome'] } | undefined {
  return deferred.has(action) ? undefined : { action, outcome }
}

/** The proposal an agent makes on a replay, in the recorded form. */
export type ReplayedProposal = Omit<RecordedProposal, 'seq'>

/** Compares one proposal with what the log has under its key. */
export function matchProposal(recorded: RecordedProposal | undefined, replayed: ReplayedProposal): ProposalMatch {
  if (recorded === undefined) return { match: 'extra', key: replayed.key }
  const { seq } = recorded
  if (recorded.action !== replayed.action) return { match: 'different', seq, field: 'action' }
  // Of a malformed proposal its bytes are kept instead of its arguments.
  if (recorded.raw !== replayed.raw) return { match: 'different', seq, field: 'args' }
  if (recorded.raw === undefined && !sameRecorded(recorded.args, replayed.args)) return { match: 'different', seq, field: 'args' }
  if (recorded.reason !== replayed.reason) return { match: 'different', seq, field: 'reason' }
  if (recorded.atOnce !== replayed.atOnce) return { match: 'different', seq, field: 'atOnce' }
  if (recorded.after !== replayed.after) return { match: 'different', seq, field: 'after' }
  return { match: 'same' }
}

function sameRecorded(left: Recorded, right: Recorded): boolean {
  return canonicalize(left as unknown as Json) === canonicalize(right as unknown as Json)
}

/** One sentence for people. */
export function describeMatch(match: ProposalMatch): string {
  switch (match.match) {
    case 'same':
      return 'same'
    case 'different':
      return `different: ${match.field} of #${match.seq}`
    case 'extra':
      return `extra: proposal ${match.key} is not in the record`
    case 'missing':
      return `missing: #${match.seq} was not proposed again`
    default:
      return unreachable(match)
  }
}
