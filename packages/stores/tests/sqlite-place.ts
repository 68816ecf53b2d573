import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StoreWorld } from '@ice-runtime/conformance'
import { parseLogId } from '@ice-runtime/kernel'
import type { LogId, Sha256, StoreReader, ViewDefinition } from '@ice-runtime/kernel'
import { openSqliteStore, openSqliteStoreReader } from '@ice-runtime/stores/sqlite'

export const logId: LogId = parseLogId('log_0123456789ab')
export const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer')
/** Longer than any test: what is lazy stays so. */
const neverMs = 2 ** 31 - 1

export interface SqlitePlace extends StoreWorld {
  readonly directory: string
  openReader(views?: readonly ViewDefinition[]): StoreReader
  /** Changes the database behind the store's back. */
  tamper(sql: string): void
}

/** A data directory of its own, which does not exist yet. `threadFromEntries` as the store takes it. */
export function newPlace(threadFromEntries?: number): SqlitePlace {
  const thread = threadFromEntries === undefined ? {} : { threadFromEntries }
  const parent = mkdtempSync(join(tmpdir(), 'ice-store-'))
  const directory = join(parent, 'data')
  let intruder: DatabaseSync | undefined
  const repair = (): void => {
    intruder?.close()
    intruder = undefined
  }
  return {
    directory,
    logId,
    sha256,
    open: (views = []) => openSqliteStore({ directory, logId, sha256, views, lingerMs: neverMs, ...thread }),
    openReader: (views = []) => openSqliteStoreReader({ directory, sha256, views }),
    breakNextWrite() {
      // The engine cannot begin to write while another connection does: a failure of its own making, not of a double.
      intruder = new DatabaseSync(join(directory, 'log.sqlite'))
      intruder.exec('BEGIN IMMEDIATE')
    },
    repair,
    tamper(sql) {
      using database = new DatabaseSync(join(directory, 'log.sqlite'), { defensive: false })
      database.exec(sql)
    },
    close() {
      repair()
      rmSync(parent, { recursive: true })
    },
  }
}
