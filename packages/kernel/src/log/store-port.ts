import type { Blobs, BlobReader } from './blobs-port.ts'
import type { LogReader, LogWriter } from './log-port.ts'
import type { ViewReader } from './views-port.ts'

/** What a runtime needs kept: one log, its blobs and its views, with one writer. */
export interface Store extends AsyncDisposable {
  readonly log: LogReader & LogWriter
  readonly blobs: Blobs
  readonly views: ViewReader
  /** Deletes and refolds every view from the log. */
  rebuildViews(): void
  /** Damage outside the entries, as the storage engine reports it; empty when sound. */
  selfCheck(): readonly string[]
  /** False once an I/O error has poisoned the store: every call then throws `store.closed`, reopen to go on. */
  readonly healthy: boolean
  /** Finishes what is queued, then closes. */
  close(): Promise<void>
}

/** What anyone may read beside the running owner. */
export interface StoreReader extends AsyncDisposable {
  readonly log: LogReader
  readonly blobs: BlobReader
  readonly views: ViewReader
  selfCheck(): readonly string[]
  close(): Promise<void>
}
