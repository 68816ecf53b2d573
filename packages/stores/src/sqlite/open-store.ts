import type { DatabaseSync } from 'node:sqlite'
import { IceError } from '@ice-runtime/kernel'
import type { LogId, Position, Sha256, Store, ViewDefinition } from '@ice-runtime/kernel'
import { assembleStore } from '../append/assemble-store.ts'
import { defaultLingerMs, startCommitQueue } from '../append/commit-queue.ts'
import { startLife } from '../append/life.ts'
import { trackStreamHeads } from '../append/stream-heads.ts'
import { processTimers } from '../append/timers.ts'
import type { Timers } from '../append/timers.ts'
import { decodeEntry } from '../view/decode-entry.ts'
import type { DecodeEntry } from '../view/decode-entry.ts'
import { foldViews } from '../view/view-folds.ts'
import { openBlobFiles } from './blob-files.ts'
import { gatherBlobs } from './blob-tables.ts'
import { createDataDirectory, dataDirectory, syncLeftovers } from './data-directory.ts'
import type { DataDirectory } from './data-directory.ts'
import { openDatabase, translated } from './database.ts'
import { defaultThreadFromEntries, openSqliteSink } from './sqlite-sink.ts'
import type { SqliteSink } from './sqlite-sink.ts'
import { openGroupWriter } from './group-writer.ts'
import { countOpening, createLayout, readIdentity } from './layout.ts'
import { readLogTables } from './log-tables.ts'
import { takeOwnerLock } from './owner-lock.ts'
import type { OwnerLock } from './owner-lock.ts'
import { checkStorage } from './self-check.ts'
import { registerStreams } from './stream-names.ts'
import { readViewTables } from './view-tables.ts'
import { openViewWriter } from './view-writer.ts'
import { startWriterThread } from './writer-link.ts'

export interface SqliteStoreOptions {
  /** Made if missing. Everything the store keeps is in here. */
  readonly directory: string
  /** The id of a new log; one that exists keeps its own. */
  readonly logId: LogId
  readonly sha256: Sha256
  readonly views: readonly ViewDefinition[]
  /** Lifts stored entries to what the views expect; without it they are folded as they were written. */
  readonly decode?: DecodeEntry
  /** Longest wait of a lazy entry, in milliseconds. */
  readonly lingerMs?: number
  readonly timers?: Timers
  /** Entries from which a group is written by a thread of its own: `Infinity` for never, 0 for always, and then groups wait for its start. */
  readonly threadFromEntries?: number
  /** Acknowledges what a power cut loses. Exists so that a test of durability can be seen to fail. */
  readonly unsafeSynchronous?: 'OFF'
}

/**
 * Opens the log of a directory as its one owner. Throws `data.in_use` when another runtime has it, `data.unreadable` and
 * `store.version_unsupported` for a log it cannot read, `store.unsafe_setting` when durability is not to be had, and
 * `integrity.broken` when the log is shorter or longer than its own tree.
 */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  const directory = dataDirectory(options.directory)
  createDataDirectory(directory)
  const lock = takeOwnerLock(directory.owner)
  let database: DatabaseSync | undefined
  try {
    syncLeftovers(directory)
    const connection = openDatabase(directory.log, options.unsafeSynchronous ?? 'FULL')
    database = connection
    return translated('open the log', () => storeOver({ database: connection, lock, directory, options }))
  } catch (fault) {
    database?.close()
    lock.release()
    throw fault
  }
}

interface Opened {
  readonly database: DatabaseSync
  readonly lock: OwnerLock
  readonly directory: DataDirectory
  readonly options: SqliteStoreOptions
}

function storeOver({ database, lock, directory, options }: Opened): Store {
  const { sha256 } = options
  createLayout(database, options.logId)
  const logId = readIdentity(database)
  // Copies what a killed owner left in the WAL into the database and syncs it: what is read from here on is durable.
  database.exec('PRAGMA wal_checkpoint(PASSIVE)')

  const names = registerStreams(database)
  const tables = readLogTables(database, names, { logId, sha256 })
  const lastPosition = tables.lastPosition()
  const edge = tables.edge()
  if (edge.size !== lastPosition) throw torn(edge.size, lastPosition)
  const files = openBlobFiles(directory.blobs)
  const blobs = gatherBlobs(database, files, sha256)
  const rows = readViewTables(database)
  const log = { read: (from: Position, limit: number) => tables.read({ from }, limit), decode: options.decode ?? decodeEntry }
  const views = inTransaction(database, () => {
    countOpening(database)
    return openViewWriter(database, { definitions: options.views, rows, log, lastPosition })
  })
  const folds = foldViews(options.views, rows.get)
  const heads = trackStreamHeads(tables.head)
  const life = startLife()
  const sink = openSqliteSink({
    blobs,
    writeHere: openGroupWriter(database, names, sha256),
    startThread: () => startWriterThread(directory.log, options.unsafeSynchronous ?? 'FULL'),
    threadFromEntries: options.threadFromEntries ?? defaultThreadFromEntries,
  })
  const queue = startCommitQueue({
    life,
    heads,
    folds,
    timers: options.timers ?? processTimers,
    lingerMs: options.lingerMs ?? defaultLingerMs,
    lastPosition,
    sink,
  })
  return assembleStore({
    logId,
    life,
    queue,
    heads,
    committed: tables,
    blobs,
    views: rows,
    translate: translated,
    rebuildViews() {
      inTransaction(database, views.rebuild)
      folds.reset()
    },
    selfCheck: () => checkStorage(database, { files, blobs }),
    release: () => release(sink, database, lock),
  })
}

function inTransaction<Result>(database: DatabaseSync, task: () => Result): Result {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = task()
    database.exec('COMMIT')
    return result
  } catch (fault) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw fault
  }
}

/** The lock goes last: until then nobody else may write, and the thread might. */
async function release(sink: SqliteSink, database: DatabaseSync, lock: OwnerLock): Promise<void> {
  try {
    await sink.end()
    translated('close the log', () => database.close())
  } finally {
    lock.release()
  }
}

function torn(leaves: number, entries: number): IceError {
  const hint = 'run `ice verify` to see what is missing, and restore the data directory from a backup'
  return new IceError('integrity.broken', `the log ends at position ${entries}, its tree has ${leaves} entries`, { hint })
}
