import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendMany, chainEntries } from '@ice-runtime/conformance'
import { entryHash, parseRunId } from '@ice-runtime/kernel'
import type { Digest } from '@ice-runtime/kernel'
import { newPlace } from './sqlite-place.ts'
import type { SqlitePlace } from './sqlite-place.ts'

const run = parseRunId('run_aaaaaaaaaaaa')
let place: SqlitePlace
let small: Digest
let large: Digest

beforeEach(async () => {
  place = newPlace()
  const store = place.open()
  small = store.blobs.put(Buffer.from('small')).blob
  large = store.blobs.put(Buffer.alloc(100_000)).blob
  await appendMany(store.log, chainEntries(run, place), 200)
  await store.close()
})
afterEach(() => place.close())

function findings(): readonly string[] {
  const reader = place.openReader()
  const found = reader.selfCheck()
  void reader.close()
  return found
}

/** What a check reports, a refusal to open included. */
function reportOf(check: () => readonly string[]): readonly string[] {
  try {
    return check()
  } catch (fault) {
    return [String(fault)]
  }
}

function overwrite(path: string, at: number, text: string): void {
  const file = openSync(path, 'r+')
  writeSync(file, text, at)
  closeSync(file)
}

const log = (): string => join(place.directory, 'log.sqlite')
const largeFile = (): string => join(place.directory, 'blobs', large.slice(0, 2), large)

test('a destroyed header makes the log unreadable, for owner and reader, with a hint', () => {
  overwrite(log(), 0, 'not a database at all')
  const unreadable = expect.objectContaining({ code: 'data.unreadable', hint: expect.stringContaining('backup') as string })
  expect(() => place.openReader()).toThrow(unreadable)
  expect(() => place.open()).toThrow(unreadable)
})

test('a refused opening gives the directory back', () => {
  overwrite(log(), 0, 'not a database at all')
  for (let attempt = 0; attempt < 2; attempt += 1) {
    expect(() => place.open()).toThrow(expect.objectContaining({ code: 'data.unreadable' }))
  }
})

test('a database of something else is no log', () => {
  rmSync(log())
  using other = new DatabaseSync(log())
  other.exec('CREATE TABLE recipe (name TEXT)')
  expect(() => place.open()).toThrow(expect.objectContaining({ code: 'data.unreadable' }))
})

test('a log of a newer layout is refused', () => {
  place.tamper("UPDATE meta SET value = 2 WHERE key = 'layout'")
  expect(() => place.open()).toThrow(expect.objectContaining({ code: 'store.version_unsupported' }))
  expect(() => place.openReader()).toThrow(expect.objectContaining({ code: 'store.version_unsupported' }))
})

test('a destroyed page is reported and does not throw', () => {
  const pageBytes = 4096
  for (let page = 2; page * pageBytes < statSync(log()).size; page += 1) overwrite(log(), page * pageBytes, 'garbage '.repeat(16))
  expect(findings()).not.toEqual([])
})

test('a truncated database is reported, never read as sound', () => {
  truncateSync(log(), 8192)
  expect(reportOf(findings)).not.toEqual([])
})

test('an index that no longer agrees with the entries is reported', () => {
  place.tamper(
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'blob') WHERE name = 'entry_place'",
  )
  expect(findings()).not.toEqual([])
})

test('a removed last entry is reported, and no owner builds on it', () => {
  place.tamper('DELETE FROM entry WHERE position = 200')
  expect(findings()).toEqual([expect.stringContaining('over 200 entries')])
  expect(() => place.open()).toThrow(expect.objectContaining({ code: 'integrity.broken' }))
})

test('a removed entry in the middle is reported, and the one after it no longer proves itself', async () => {
  place.tamper('DELETE FROM entry WHERE position = 100')
  expect(findings()).toHaveLength(2)
  await using reader = place.openReader()
  const [after] = reader.log.read({ from: 100 }, 1)
  expect(after?.seq).toBe(101)
  expect(after && Buffer.compare(entryHash(after, place), after.hash)).not.toBe(0)
  // Also when the page holds the entry before the gap, its hash is what the reader gets: nothing is made up.
  const [before, same] = reader.log.read({ from: 99 }, 2)
  expect(before && same && Buffer.compare(same.previous, before.hash)).toBe(0)
})

test('entries moved to a stream without a name are reported, and reading them says so', async () => {
  place.tamper('UPDATE entry SET stream = 99 WHERE position = 7')
  expect(findings()).toEqual([expect.stringContaining('99')])
  await using reader = place.openReader()
  expect(() => reader.log.read({}, 10)).toThrow(expect.objectContaining({ code: 'integrity.broken' }))
})

test('an entry is read as it is stored, whatever was done to its bytes', async () => {
  place.tamper("UPDATE entry SET body = x'ff00fe' WHERE position = 7")
  await using reader = place.openReader()
  const [entry] = reader.log.read({ from: 7 }, 1)
  expect(entry && Buffer.from(entry.bytes).toString('hex')).toBe('ff00fe')
})

test('a changed blob is corrupt to its reader and reported by the check', async () => {
  place.tamper("UPDATE blob SET bytes = x'00'")
  overwrite(largeFile(), 5000, '!')
  await using reader = place.openReader()
  for (const digest of [small, large]) expect(() => reader.blobs.get(digest)).toThrow(expect.objectContaining({ code: 'blob.corrupt' }))
  expect(findings()).toEqual([expect.stringContaining(small), expect.stringContaining(large)])
})

test('content is read from where it is kept as soon as it is durable', async () => {
  await using store = place.open()
  const { blob } = store.blobs.put(Buffer.from('fresh'))
  await store.log.flush()
  place.tamper("UPDATE blob SET bytes = x'00'")
  expect(() => store.blobs.get(blob)).toThrow(expect.objectContaining({ code: 'blob.corrupt' }))
})

test('a blob file under another name is reported, an interrupted write is not', () => {
  writeFileSync(`${largeFile()}.partial`, 'half')
  expect(findings()).toEqual([])
  renameSync(largeFile(), `${largeFile()}x`)
  mkdirSync(join(place.directory, 'blobs', 'zz'))
  writeFileSync(join(place.directory, 'blobs', 'zz', large), '')
  expect(findings()).toEqual(expect.arrayContaining([expect.stringContaining(`${large}x`), expect.stringContaining(`zz/${large}`)]))
})

test('a damaged edge is reported, and no owner builds on it', () => {
  place.tamper("UPDATE meta SET value = x'00' WHERE key = 'tree_edge'")
  expect(findings()).toEqual([expect.stringContaining('edge')])
  expect(() => place.open()).toThrow(expect.objectContaining({ code: 'data.unreadable' }))
})

test('a name that was given to a stream behind its back stops the group with its first entry', async () => {
  const other = parseRunId('run_bbbbbbbbbbbb')
  place.tamper(`INSERT INTO stream (name) VALUES ('${other}')`)
  const store = place.open()
  const outcome = await store.log.append(chainEntries(other, place).request('now', {}))
  expect([outcome.outcome, store.healthy]).toEqual(['unknown', false])
  await store.close()
  await using again = place.open()
  expect([again.log.lastPosition(), again.log.edge().size]).toEqual([200, 200])
})

test('what is kept is readable by its owner only', async () => {
  chmodSync(log(), 0o644)
  await using store = place.open()
  store.blobs.put(Buffer.alloc(100_000, 1))
  await appendMany(store.log, chainEntries(run, place, store.log.head(run)), 1)
  const modes = readdirSync(place.directory, { recursive: true, withFileTypes: true }).map((item) => {
    const { mode } = statSync(join(item.parentPath, item.name))
    return [item.isDirectory() ? 'directory' : 'file', (mode & 0o777).toString(8)].join(' ')
  })
  expect(new Set(modes)).toEqual(new Set(['directory 700', 'file 600']))
  expect((statSync(place.directory).mode & 0o777).toString(8)).toBe('700')
  expect(modes.length).toBeGreaterThan(6)
})
