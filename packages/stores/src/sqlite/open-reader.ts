import type { DatabaseSync } from 'node:sqlite'
import type { Position, Sha256, StoreReader, ViewDefinition, ViewReader } from '@ice-runtime/kernel'
import { guardLogReader } from '../append/committed-log.ts'
import type { Ask, CommittedLog } from '../append/committed-log.ts'
import { startLife } from '../append/life.ts'
import { processTimers } from '../append/timers.ts'
import type { Timers } from '../append/timers.ts'
import { decodeEntry } from '../view/decode-entry.ts'
import type { DecodeEntry } from '../view/decode-entry.ts'
import { foldLog } from '../view/fold-log.ts'
import { foldViews } from '../view/view-folds.ts'
import { volatileViews } from '../view/volatile-views.ts'
import { openBlobFiles } from './blob-files.ts'
import { readBlobs } from './blob-tables.ts'
import { assertHasLog, dataDirectory } from './data-directory.ts'
import { numberOf, openDatabaseReadOnly, translated } from './database.ts'
import { readIdentity } from './layout.ts'
import { readLogTables } from './log-tables.ts'
import { checkStorage } from './self-check.ts'
import { readStreamNames } from './stream-names.ts'
import { isViewLive, readViewTables } from './view-tables.ts'

/** How often a reader beside an owner looks for new commits: two system calls each time, and soon enough for a person. */
const pollMs = 50

export interface SqliteStoreReaderOptions {
  readonly directory: string
  readonly sha256: Sha256
  readonly views: readonly ViewDefinition[]
  /** As for the owner. */
  readonly decode?: DecodeEntry
  readonly timers?: Timers
}

/**
 * Opens the log of a directory for reading, whether or not a runtime owns it. Throws `data.unreadable` when there is none,
 * `store.version_unsupported`.
 */
export function openSqliteStoreReader(options: SqliteStoreReaderOptions): StoreReader {
  const directory = dataDirectory(options.directory)
  assertHasLog(directory)
  const database = openDatabaseReadOnly(directory.log)
  try {
    return translated('open the log', () => readerOver(database, directory.blobs, options))
  } catch (fault) {
    database.close()
    throw fault
  }
}

function readerOver(database: DatabaseSync, blobRoot: string, options: SqliteStoreReaderOptions): StoreReader {
  const { sha256, timers = processTimers } = options
  const logId = readIdentity(database)
  const life = startLife()
  const tables = readLogTables(database, readStreamNames(database), { logId, sha256 })
  const files = openBlobFiles(blobRoot)
  const blobs = readBlobs(database, files, sha256)
  const views = viewsOf(database, tables, options)
  const ask: Ask = (doing, task) => {
    life.assertOpen()
    return translated(doing, task)
  }
  const version = (): number => ask('look for commits', () => numberOf(database, 'PRAGMA data_version'))
  const close = async (): Promise<void> => {
    if (life.phase === 'closed') return
    life.close()
    database.close()
  }
  return {
    log: guardLogReader({ logId, committed: tables, ask, watch: () => watchCommits(version, timers) }),
    blobs: {
      get: (digest) => ask('read a blob', () => blobs.get(digest)),
      has: (digest) => ask('look for a blob', () => blobs.has(digest)),
    },
    views: {
      get: (view, key) => ask('read a view', () => views(view).get(view, key)),
      list: (view, page) => ask('read a view', () => views(view).list(view, page)),
    },
    selfCheck: () => ask('check the storage', () => checkStorage(database, { files, blobs })),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Resolves when another connection has committed since the wait before, or the signal aborts. */
function watchCommits(version: () => number, timers: Timers): (signal: AbortSignal) => Promise<void> {
  let seen = version()
  return async (signal) => {
    while (!signal.aborted) {
      const current = version()
      if (current !== seen) {
        seen = current
        return
      }
      await pause(timers, signal)
    }
  }
}

function pause(timers: Timers, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = timers.later(resolve, pollMs)
  const stop = (): void => {
    cancel()
    resolve()
  }
  signal.addEventListener('abort', stop)
  return promise.finally(() => signal.removeEventListener('abort', stop))
}

/** The rows the owner keeps; for a view that it does not keep in this version, rows folded here and kept in memory. */
function viewsOf(database: DatabaseSync, tables: CommittedLog, options: SqliteStoreReaderOptions): (view: string) => ViewReader {
  const stored = readViewTables(database)
  const folded = new Map<string, () => ViewReader>()
  const log = { read: (from: Position, limit: number) => tables.read({ from }, limit), decode: options.decode ?? decodeEntry }

  function foldHere(definition: ViewDefinition): () => ViewReader {
    const rows = volatileViews()
    const folds = foldViews([definition], rows.reader.get)
    let position = 0
    return () => {
      position = foldLog(log, position + 1, { folds, write: rows.write })
      return rows.reader
    }
  }

  return (view) => {
    const definition = options.views.find(({ name }) => name === view)
    if (definition === undefined || isViewLive(database, definition)) return stored
    const caughtUp = folded.get(view) ?? foldHere(definition)
    folded.set(view, caughtUp)
    return caughtUp()
  }
}
