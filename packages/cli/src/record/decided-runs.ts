import { decidedRequests, knownActions } from '@ice-runtime/ice/policy'
import type { DecidedRequest } from '@ice-runtime/ice/policy'
import { readEntries } from '@ice-runtime/ice/record'
import type { RecordedAction, RunSummary, StoreReader } from '@ice-runtime/kernel'
import { runIdOf } from '../place.ts'
import { newestFirst, runSummaries } from './run-summaries.ts'

/** What policy was asked in several runs. */
export interface DecidedRuns {
  readonly requests: readonly DecidedRequest[]
  /** Every action of this version, and those that programs defined for these runs. */
  readonly actions: readonly RecordedAction[]
  readonly runsCount: number
  /** There were more runs than were read. */
  readonly isPartial: boolean
}

/** Decisions looked at, at most: some seconds of evaluating, and enough to meet every rule that is used at all. */
export const maxDecisions = 5000

/** Reads the newest runs first, until there are enough decisions. */
export function decidedRuns(store: StoreReader, runs: readonly RunSummary[], enough: number = Number.POSITIVE_INFINITY): DecidedRuns {
  const requests: DecidedRequest[] = []
  const actions = new Map(knownActions().map((known) => [known.action, known]))
  let runsCount = 0
  for (const summary of newestFirst(runs, 'requestedAt')) {
    if (requests.length >= enough) break
    const id = runIdOf(summary)
    const decided = decidedRequests(id, readEntries(store.log, id), store.blobs)
    requests.push(...decided.requests)
    for (const one of decided.actions ?? []) if (!actions.has(one.action)) actions.set(one.action, one)
    runsCount += 1
  }
  const isPartial = runsCount < runs.length || requests.length > enough
  return { requests: requests.slice(0, enough), actions: [...actions.values()], runsCount, isPartial }
}

/** These runs and everything they started: what a run does includes what it has others do. */
export function withDescendants(store: StoreReader, runs: readonly RunSummary[]): readonly RunSummary[] {
  const found = new Map(runs.map((summary) => [summary.run, summary]))
  const children = Map.groupBy(runSummaries(store), ({ parent }) => parent)
  // A map is walked to its end while it grows, and no run is its own ancestor.
  for (const [run] of found) for (const child of children.get(run) ?? []) found.set(child.run, child)
  return [...found.values()]
}
