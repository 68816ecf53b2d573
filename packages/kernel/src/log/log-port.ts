import type { LogId, Position, Seq, StreamId } from './ids.ts'
import type { Entry, SealedEntry, StoredEntry, StreamHead } from './entry.ts'
import type { TreeEdge } from './tree.ts'

/** Largest page a reader may ask for: bounds the memory of one read at about 10 MB of typical entries. */
export const maxPageEntries = 8192
/** Largest body of one entry. Larger content is a blob cited by digest. */
export const maxEntryBytes: number = 256 * 1024
/** Entries waiting for one sync, so that a burst cannot grow the queue without limit. */
export const maxPendingEntries = 65_536

export interface StreamExpectation {
  readonly stream: StreamId
  /** `seq` the stream must end at; 0 for a stream that must not exist yet. */
  readonly seq: Seq
  /** Hash it must end with, where an entry of the same number could be another writer's. */
  readonly hash?: Uint8Array
}

/** An entry on its way into the log: sealed, with its decoded form for the views. */
export interface Appending {
  readonly sealed: SealedEntry
  readonly entry: Entry
}

export interface AppendRequest {
  /** Every stream the decision read, not only those it writes to. All entries enter or none. */
  readonly expects: readonly StreamExpectation[]
  readonly entries: readonly Appending[]
  /**
   * `now` starts a sync as soon as what is queued this turn is in. `lazy` waits for the next sync anyone asks for, or for the
   * store's linger bound: for entries nobody outside is told about yet.
   */
  readonly urgency: 'now' | 'lazy'
}

/**
 * `appended`: durable, with the position of the first entry (the others follow without gap).
 * `conflict`: nothing entered, `stream` ends at `actual`.
 * `unknown`: the store broke while the entries were in flight; they may be there. The store is poisoned, reopen and read the same ids.
 */
export type AppendOutcome =
  | { readonly outcome: 'appended'; readonly position: Position }
  | { readonly outcome: 'conflict'; readonly stream: StreamId; readonly actual: Seq }
  | { readonly outcome: 'unknown'; readonly cause: unknown }

export interface ReadRange {
  /** One stream, or the whole log in position order when absent. */
  readonly stream?: StreamId
  /** First `seq` (of a stream) or `position` (of the log) wanted, from 1. */
  readonly from?: number
  /** Last one wanted, inclusive. */
  readonly to?: number
}

export interface LogReader {
  readonly logId: LogId
  /** The end of a stream as durable now; `seq` 0 and the genesis hash for one without entries. */
  head(stream: StreamId): StreamHead
  /** Last position of the log, 0 when empty. */
  lastPosition(): Position
  /** At most `limit` (≤ `maxPageEntries`) durable entries in order. The bytes are as stored, unverified: callers check hashes. */
  read(range: ReadRange, limit: number): readonly StoredEntry[]
  /** Streams that have entries, in order of their first, `system` included. At most `limit`, after `after` when given. */
  streams(page: { readonly after?: StreamId; readonly limit: number }): readonly StreamId[]
  /** The right edge of the tree over all durable entries. */
  edge(): TreeEdge
  /** Pages of durable entries from a position on, waiting for more until `signal` aborts. A slow reader re-reads; nothing is buffered for it. */
  follow(from: Position, signal: AbortSignal): AsyncIterable<readonly StoredEntry[]>
}

export interface LogWriter {
  /**
   * Checks `expects` against what is durable and what is queued, then queues. Resolves once the outcome is known. Entries of one
   * request are adjacent in the log, and requests enter in the order of the calls.
   * Throws `store.closed`, `limit.exceeded` (an entry too large, the queue full) before queuing anything.
   */
  append(request: AppendRequest): Promise<AppendOutcome>
  /** Resolves when all that was appended before the call is durable; rejects with `store.unknown` when that cannot be known. */
  flush(): Promise<void>
}
