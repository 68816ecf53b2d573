import { importedRequests } from '@ice-runtime/ice/policy'
import type { RecordedRequest } from '@ice-runtime/ice/policy'
import { readEntries } from '@ice-runtime/ice/record'
import { decodeEntry } from '@ice-runtime/kernel'
import type { RecordedAction, RunId, RunSummary, StoreReader } from '@ice-runtime/kernel'
import { runIdOf } from '../place.ts'
import { decidedRuns } from './decided-runs.ts'
import { newestFirst, runSummaries } from './run-summaries.ts'

/** What a policy can be asked about what was done before. */
export interface PastRequests {
  readonly requests: readonly (RecordedRequest & { readonly happened: boolean })[]
  /** What would have been refused before any policy was asked. */
  readonly unasked: number
  readonly runsCount: number
  /** There was more, and the newest was taken. */
  readonly isPartial: boolean
  /** Actions that programs defined for these runs, and every other. */
  readonly actions: readonly RecordedAction[]
}

/** Requests asked about, at most: a minute of evaluating, and years of one person's work. */
export const maxPastRequests = 50_000

/** What was decided here. */
export function decidedBefore(store: StoreReader): PastRequests {
  const { requests, actions, isPartial } = decidedRuns(store, [...runSummaries(store)], maxPastRequests)
  const runs = new Set(requests.map(({ from }) => from.split('#')[0]))
  const past = requests.map((request) => ({ ...request, happened: request.happened || request.reported === true }))
  return { requests: past, unasked: 0, runsCount: runs.size, isPartial, actions }
}

/** What hosts kept of their own sessions, as `ice import` read it. */
export async function importedBefore(store: StoreReader): Promise<PastRequests> {
  const { actions } = decidedRuns(store, [])
  const requests: PastRequests['requests'][number][] = []
  let [unasked, runsCount, isPartial] = [0, 0, false]
  for (const id of importedRuns(store)) {
    if (requests.length >= maxPastRequests) {
      isPartial = true
      break
    }
    const imported = await importedRequests(id, readEntries(store.log, id), store.blobs)
    requests.push(...imported.requests)
    unasked += imported.unasked
    runsCount += 1
  }
  return { requests, unasked, runsCount, isPartial, actions }
}

function importedRuns(store: StoreReader): readonly RunId[] {
  const isImported = (summary: RunSummary): boolean => {
    const [stored] = summary.kind === 'host' ? store.log.read({ stream: runIdOf(summary), from: 1, to: 1 }, 1) : []
    const first = stored === undefined ? undefined : decodeEntry(stored)
    return first?.type === 'RunRequested' && first.payload.imported === true
  }
  return newestFirst([...runSummaries(store)], 'requestedAt')
    .filter(isImported)
    .map(runIdOf)
}
