import { decodeEntry, emptyHead, evolve, initialRun, maxPageEntries, recordedDeliveries, recordedProposals } from '@ice-runtime/kernel'
import type { IceEntry, LogReader, Run, RunId, RunTip, SealContext, StreamHead } from '@ice-runtime/kernel'
import { noHistory } from './run/live-run.ts'
import type { History } from './run/live-run.ts'

export interface LoadedRun {
  readonly tip: RunTip
  readonly history: History
}

const statementTypes: ReadonlySet<string> = new Set([
  'InferenceCompleted',
  'InferenceRequested',
  'PlanStated',
  'AssumptionDeclared',
  'UncertaintyDeclared',
])

/** All entries of one run, decoded. Throws `taxonomy.unknown` for a stream of a later version, `integrity.broken`. */
export function readEntries(log: LogReader, run: RunId, upTo: number = Number.MAX_SAFE_INTEGER): readonly IceEntry[] {
  const entries: IceEntry[] = []
  for (;;) {
    const from = entries.length + 1
    if (from > upTo) return entries
    const page = log.read({ stream: run, from, to: Math.min(upTo, from + maxPageEntries - 1) }, maxPageEntries)
    for (const stored of page) entries.push(decodeEntry(stored))
    if (page.length < maxPageEntries) return entries
  }
}

/** The state of a run from its entries alone. */
export function foldRun(run: RunId, entries: readonly IceEntry[]): Run {
  return entries.reduce(evolve, initialRun(run))
}

/** What this process needs to go on with a run. */
export function loadRun(log: LogReader, id: RunId): LoadedRun {
  const entries = readEntries(log, id)
  return { tip: { run: foldRun(id, entries), head: log.head(id) }, history: historyOf(entries) }
}

export function newRun(id: RunId, context: SealContext): LoadedRun {
  const head: StreamHead = emptyHead(id, context)
  return { tip: { run: initialRun(id), head }, history: noHistory }
}

function historyOf(entries: readonly IceEntry[]): History {
  return {
    proposals: new Map(recordedProposals(entries).map((proposal) => [proposal.key, proposal])),
    deliveries: recordedDeliveries(entries),
    statementsCount: entries.filter((entry) => statementTypes.has(entry.type)).length,
    startedAt: entries.find((entry) => entry.type === 'ExecutionStarted')?.at,
  }
}
