import type { LogId, LogReader, Position, ReadRange, StoredEntry, StreamHead, StreamId, TreeEdge } from '@ice-runtime/kernel'
import { followPages } from './follow.ts'

/** Entries as durable, read from wherever they are kept. */
export interface CommittedLog {
  head(stream: StreamId): StreamHead
  lastPosition(): Position
  read(range: ReadRange, limit: number): readonly StoredEntry[]
  streams(page: { readonly after?: StreamId; readonly limit: number }): readonly StreamId[]
  edge(): TreeEdge
}

/** Runs a task of a store that is open, and turns what its technology throws into a fault of ours. */
export type Ask = <Result>(doing: string, task: () => Result) => Result

export interface LogReaderParts {
  readonly logId: LogId
  readonly committed: CommittedLog
  readonly ask: Ask
  /** Starts to look for commits now; what it returns waits for one that came after. */
  readonly watch: () => (signal: AbortSignal) => Promise<void>
}

/** The reader facet over what is committed: every call asks first whether the store is open. */
export function guardLogReader({ logId, committed, ask, watch }: LogReaderParts): LogReader {
  const read: CommittedLog['read'] = (range, limit) => ask('read the log', () => committed.read(range, limit))
  return {
    logId,
    head: (stream) => ask('read a head', () => committed.head(stream)),
    lastPosition: () => ask('read the log', committed.lastPosition),
    read,
    streams: (page) => ask('read the streams', () => committed.streams(page)),
    edge: () => ask("read the tree's edge", committed.edge),
    follow: (from, signal) => followPages({ read: (next, limit) => read({ from: next }, limit), wait: watch() }, from, signal),
  }
}
