import { decisionStages, entryId, evolve, initialRun, policyRequest, readCatalog } from '@ice-runtime/kernel'
import type { BlobReader, IceEntry, Obligation, PolicyRequest, RecordedAction, Run, RunId } from '@ice-runtime/kernel'
import type { RecordedRequest } from '@ice-runtime/policy'

type Verdict = Extract<IceEntry, { type: 'ActionAuthorized' | 'ActionRefused' | 'ApprovalRequested' }>

/** A request as policy was asked about it, read back from a record. */
export interface DecidedRequest extends RecordedRequest {
  readonly decided: 'authorized' | 'refused' | 'asked'
  /** It was allowed in the end, by itself or with the agreement of people. */
  readonly happened: boolean
}

/** What policy was asked in one run. */
export interface DecidedRun {
  /** One for each verdict that came as far as policy, in order. What a grant or an earlier stage refused is none. */
  readonly requests: readonly DecidedRequest[]
  /** The actions there were at its end; undefined where the record does not hold them. */
  readonly actions: readonly RecordedAction[] | undefined
}

/** Reads the requests of a run as they stood when each was decided: a label rises while a run works. */
export function decidedRequests(run: RunId, entries: readonly IceEntry[], blobs: BlobReader): DecidedRun {
  const authorized = new Set(entries.flatMap((entry) => (entry.type === 'ActionAuthorized' ? [entry.payload.action] : [])))
  const requests: DecidedRequest[] = []
  let state = initialRun(run)
  for (const entry of entries) {
    const request = isVerdict(entry) ? requestOf(entry, entries, state) : undefined
    if (isVerdict(entry) && request !== undefined) {
      const agreed = agreedTo(entry, entries)
      const decided = decidedAs(entry)
      const happened = decided !== 'refused' && authorized.has(entry.payload.action)
      const from = entryId(run, entry.payload.action)
      requests.push({ from, request, decided, happened, ...(agreed === undefined ? {} : { agreed }) })
    }
    state = evolve(state, entry)
  }
  const catalog = state.under?.catalog
  return { requests, actions: catalog !== undefined && blobs.has(catalog) ? readCatalog(blobs.get(catalog)) : undefined }
}

function isVerdict(entry: IceEntry): entry is Verdict {
  return entry.type === 'ActionAuthorized' || entry.type === 'ActionRefused' || entry.type === 'ApprovalRequested'
}

/** Undefined for what was refused before policy was asked. */
function requestOf(verdict: Verdict, entries: readonly IceEntry[], before: Run): PolicyRequest | undefined {
  const { action, prepared } = verdict.payload
  const proposed = entries[action - 1]
  if (proposed?.type !== 'ActionProposed' || prepared === undefined || !cameToPolicy(verdict)) return undefined
  const request = { action: proposed.payload.action, facts: {}, cost: {}, ...prepared }
  return policyRequest({ request, atOnce: proposed.payload.atOnce === true }, before)
}

function cameToPolicy(verdict: Verdict): boolean {
  return verdict.type !== 'ActionRefused' || decisionStages.indexOf(verdict.payload.stage) >= decisionStages.indexOf('policy')
}

function decidedAs({ type }: Verdict): DecidedRequest['decided'] {
  if (type === 'ApprovalRequested') return 'asked'
  return type === 'ActionAuthorized' ? 'authorized' : 'refused'
}

/** Whom the question was put to that this verdict is or rests on. */
function agreedTo(verdict: Verdict, entries: readonly IceEntry[]): readonly Obligation[] | undefined {
  if (verdict.type === 'ApprovalRequested') return verdict.payload.obligations
  if (verdict.type !== 'ActionAuthorized' || verdict.payload.approval === undefined) return undefined
  const asked = entries[verdict.payload.approval - 1]
  return asked?.type === 'ApprovalRequested' ? asked.payload.obligations : undefined
}
