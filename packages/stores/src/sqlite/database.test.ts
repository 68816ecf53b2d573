import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { assertDurableSettings, assertSqliteVersion, numberOf, openDatabase } from './database.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ice-database-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

test.each(['3.51.3', '3.51.4', '3.53.0', '4.0.0'])('SQLite %s will do', (version) => {
  expect(() => assertSqliteVersion(version)).not.toThrow()
})

test.each(['3.51.2', '3.50.9', '2.99.99', '3.51', 'nonsense'])('SQLite %s is refused', (version) => {
  expect(() => assertSqliteVersion(version)).toThrow(expect.objectContaining({ code: 'store.version_unsupported' }))
})

test('the owner writes with a WAL, full syncs and no memory map', () => {
  using database = openDatabase(join(directory, 'log'), 'FULL')
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  expect(numberOf(database, 'PRAGMA synchronous')).toBe(2)
  expect(numberOf(database, 'PRAGMA mmap_size')).toBe(0)
})

test.each([
  ['PRAGMA synchronous = NORMAL', 'synchronous'],
  ['PRAGMA synchronous = OFF', 'synchronous'],
  ['PRAGMA journal_mode = DELETE', 'journal_mode'],
  ['PRAGMA mmap_size = 65536', 'mmap_size'],
])('%s is found unsafe', (change, named) => {
  using database = openDatabase(join(directory, 'log'), 'FULL')
  database.exec(change)
  const unsafe = expect.objectContaining({ code: 'store.unsafe_setting', message: expect.stringContaining(named) as string })
  expect(() => assertDurableSettings(database, 'FULL')).toThrow(unsafe)
})

test('a database in memory cannot be made durable', () => {
  using database = new DatabaseSync(':memory:')
  expect(() => assertDurableSettings(database, 'FULL')).toThrow(expect.objectContaining({ code: 'store.unsafe_setting' }))
  expect(() => openDatabase(':memory:', 'FULL')).toThrow(expect.objectContaining({ code: 'store.unsafe_setting' }))
})
