import { DatabaseSync } from 'node:sqlite'
import { IceError } from '@ice-runtime/kernel'
import type { FaultCode } from '@ice-runtime/kernel'

/** First release without the WAL-reset bug, by which a checkpoint beside a commit could corrupt the database: https://sqlite.org/wal.html */
const oldestSqlite = '3.51.3'
/** How long a connection waits for another to finish recovering or restarting the WAL. Nobody holds these locks for longer. */
const lockTimeoutMs = 1000
/** Page cache in KiB (negative, as SQLite wants it): holds the index pages that interleaved runs write to. */
const cacheKib = 16_384
/** Pages in the WAL before a commit copies them into the database: 16 MiB, so that the copying syncs are rare. */
const checkpointPages = 4096

/** How hard a commit presses its bytes to the disk. `OFF` loses acknowledged entries with the power: for showing exactly that. */
export type Synchronous = 'FULL' | 'OFF'

const synchronousLevel: Readonly<Record<Synchronous, number>> = { FULL: 2, OFF: 0 }

/** Opens the owner's connection. Throws `data.unreadable`, `store.unsafe_setting`, `store.version_unsupported`. */
export function openDatabase(path: string, synchronous: Synchronous): DatabaseSync {
  return opened(path, false, (database) => {
    database.exec('PRAGMA journal_mode = WAL')
    database.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    // On macOS an ordinary sync leaves the bytes in the drive's cache. Elsewhere the two settings mean nothing.
    database.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON')
    assertDurableSettings(database, synchronous)
  })
}

/** Opens a connection that cannot write. */
export function openDatabaseReadOnly(path: string): DatabaseSync {
  return opened(path, true, assertNoMmap)
}

function opened(path: string, readOnly: boolean, prepare: (database: DatabaseSync) => void): DatabaseSync {
  const database = translated('open the log', () => new DatabaseSync(path, { readOnly, timeout: lockTimeoutMs }))
  try {
    translated('open the log', () => {
      assertSqliteVersion(textOf(database, 'SELECT sqlite_version()'))
      database.exec(`PRAGMA mmap_size = 0; PRAGMA cache_size = -${cacheKib}`)
      prepare(database)
    })
  } catch (fault) {
    database.close()
    throw fault
  }
  return database
}

/** Reads back what durability rests on: a setting that did not take is silent otherwise. */
export function assertDurableSettings(database: DatabaseSync, synchronous: Synchronous): void {
  const mode = textOf(database, 'PRAGMA journal_mode')
  if (mode !== 'wal') throw unsafe(`journal_mode is ${mode}, not wal`)
  const level = numberOf(database, 'PRAGMA synchronous')
  if (level !== synchronousLevel[synchronous]) throw unsafe(`synchronous is ${level}, not ${synchronousLevel[synchronous]}`)
  assertNoMmap(database)
}

/** With a memory map a failed page-in would end the process instead of the statement. */
function assertNoMmap(database: DatabaseSync): void {
  const size = numberOf(database, 'PRAGMA mmap_size')
  if (size !== 0) throw unsafe(`mmap_size is ${size}, not 0`)
}

function unsafe(found: string): IceError {
  return new IceError('store.unsafe_setting', `the database is not durable: ${found}`, {
    hint: 'a file system that SQLite cannot lock or sync',
  })
}

/** Throws `store.version_unsupported` for an SQLite older than this store was proved on. */
export function assertSqliteVersion(version: string): void {
  const found = version.split('.').map(Number)
  for (const [index, least] of oldestSqlite.split('.').map(Number).entries()) {
    const part = found[index] ?? 0
    if (part > least) return
    if (part < least) {
      const hint = 'use a Node.js release that carries a newer one'
      throw new IceError('store.version_unsupported', `SQLite ${version} is older than ${oldestSqlite}`, { hint })
    }
  }
}

/** The single number a statement answers; 0 when it answers nothing. */
export function numberOf(database: DatabaseSync, sql: string): number {
  return Number(firstOf(database, sql) ?? 0)
}

function textOf(database: DatabaseSync, sql: string): string {
  return String(firstOf(database, sql))
}

function firstOf(database: DatabaseSync, sql: string): unknown {
  const row = database.prepare(sql).get()
  return row === undefined ? undefined : Object.values(row)[0]
}

/** Runs a task of the engine and turns what it throws into a fault of ours. */
export function translated<Result>(doing: string, task: () => Result): Result {
  try {
    return task()
  } catch (cause) {
    if (cause instanceof IceError) throw cause
    const code = faultCodeOf(cause)
    const hint = hints[code]
    throw new IceError(code, `cannot ${doing}: ${messageOf(cause)}`, { cause, ...(hint === undefined ? {} : { hint }) })
  }
}

const hints: Partial<Record<FaultCode, string>> = {
  'data.unreadable': 'the file is damaged or no log of ICE: restore the data directory from a backup, or name another one',
  'data.in_use': 'another process writes to this data directory: stop it, or name another one',
}

// Primary result codes of SQLite, https://www.sqlite.org/rescode.html
const faultOfResult: ReadonlyMap<number, FaultCode> = new Map<number, FaultCode>([
  [5, 'data.in_use'], // SQLITE_BUSY
  [6, 'data.in_use'], // SQLITE_LOCKED
  [11, 'data.unreadable'], // SQLITE_CORRUPT
  [14, 'data.unreadable'], // SQLITE_CANTOPEN
  [26, 'data.unreadable'], // SQLITE_NOTADB
])

function faultCodeOf(cause: unknown): FaultCode {
  if (typeof cause !== 'object' || cause === null || !('errcode' in cause) || typeof cause.errcode !== 'number') return 'store.failed'
  return faultOfResult.get(cause.errcode & 0xff) ?? 'store.failed'
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
