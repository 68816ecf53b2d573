import { readEntries } from '@ice-runtime/ice/record'
import { IceError } from '@ice-runtime/kernel'
import type { IceEntry, RunEvents, RunId, RunSummary, StoreReader } from '@ice-runtime/kernel'
import { findRun, runIdOf } from '../place.ts'

/** One run as its log has it, up to an entry when one is named. */
export interface RecordedRun {
  readonly id: RunId
  readonly summary: RunSummary
  readonly request: RunEvents['RunRequested']
  readonly requestedAt: number
  readonly entries: readonly IceEntry[]
  /** Entries of the whole run, also when fewer were asked for. */
  readonly lastSeq: number
}

/** Throws `run.not_found`, also for an entry that the run does not have. */
export function readRun(store: StoreReader, text: string, upTo?: number): RecordedRun {
  const summary = findRun(store, text)
  const id = runIdOf(summary)
  const lastSeq = store.log.head(id).seq
  if (upTo !== undefined && upTo > lastSeq) {
    throw new IceError('run.not_found', `${id} has no entry #${upTo}`, { hint: `its last one is #${lastSeq}` })
  }
  const entries = readEntries(store.log, id, upTo)
  const [first] = entries
  if (first?.type !== 'RunRequested')
    throw new IceError('integrity.broken', `${id} does not begin with a request`, { hint: 'run: ice verify' })
  return { id, summary, request: first.payload, requestedAt: first.at, entries, lastSeq }
}
