import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendMany, chainEntries } from '@ice-runtime/conformance'
import { emptyHead, parseRunId, seal } from '@ice-runtime/kernel'
import type { Fate } from '../src/append/pending-group.ts'
import type { GroupContent } from '../src/sqlite/group-writer.ts'
import { startWriterThread } from '../src/sqlite/writer-link.ts'
import type { WriterLink } from '../src/sqlite/writer-link.ts'
import { newPlace } from './sqlite-place.ts'
import type { SqlitePlace } from './sqlite-place.ts'

// What only a store with a writer thread can do wrong. The contracts hold it to everything else.

const run = parseRunId('run_aaaaaaaaaaaa')
const script = fileURLToPath(new URL('writer-process.ts', import.meta.url))
let place: SqlitePlace

beforeEach(() => {
  place = newPlace(0)
})
afterEach(() => place.close())

test('closing while a group is being written finishes it, and what formed meanwhile', async () => {
  const store = place.open()
  const chain = chainEntries(run, place)
  const first = store.log.append(chain.request('now', {}))
  await new Promise(setImmediate)
  const second = store.log.append(chain.request('lazy', {}))
  await store.close()
  expect([await first, await second]).toEqual([1, 2].map((position) => ({ outcome: 'appended', position })))
  await using again = place.open()
  expect(again.log.lastPosition()).toBe(2)
})

test('a read waits for the group that is being written, so that heads, entries, views and edge are of one moment', async () => {
  await using store = place.open()
  void store.log.append(chainEntries(run, place).request('now', {}, {}))
  await new Promise(setImmediate)
  expect([store.log.read({}, 10).length, store.log.head(run).seq, store.log.edge().size]).toEqual([2, 2, 2])
})

test('who loses against a group that is being written is told once it is durable', async () => {
  await using store = place.open()
  void store.log.append(chainEntries(run, place).request('now', {}))
  await new Promise(setImmediate)
  expect(await store.log.append(chainEntries(run, place).request('lazy', {}))).toEqual({ outcome: 'conflict', stream: run, actual: 1 })
})

test('a write that breaks in the thread takes with it what formed meanwhile', async () => {
  const store = place.open()
  const chain = chainEntries(run, place)
  await appendMany(store.log, chain, 1)
  place.breakNextWrite()
  const flying = store.log.append(chain.request('now', {}))
  await new Promise(setImmediate)
  const queued = store.log.append(chain.request('lazy', {}))
  expect([await flying, await queued]).toEqual([0, 1].map(() => expect.objectContaining({ outcome: 'unknown' }) as unknown))
  expect(store.healthy).toBe(false)
  await store.close()
})

test('groups written here and by the thread make one log with one tree', async () => {
  await place.open().close()
  const mixed = newPlace(3)
  await using store = mixed.open()
  const chain = chainEntries(run, mixed)
  // Enough large groups that the thread is started, and small ones between them.
  for (let round = 0; round < 60; round += 1) await appendMany(store.log, chain, 1 + (round % 5))
  expect(store.log.edge().size).toBe(store.log.lastPosition())
  expect(store.selfCheck()).toEqual([])
  await store.close()
  await mixed.open().close()
  await mixed.close()
})

test('a process that is done exits with its thread idle, after what it had queued is written', async () => {
  const { status } = spawnSync(process.execPath, ['--conditions=source', script, `--directory=${place.directory}`, '--leave'])
  expect(status).toBe(0)
  await using store = place.open()
  expect(store.log.lastPosition()).toBe(2)
})

test('a thread that ended has written nothing it was not asked to, and what it was asked is unknown', async () => {
  await place.open().close()
  const link = startWriterThread(`${place.directory}/log.sqlite`, 'FULL')
  link.finish()
  expect(link.isFree).toBe(true)
  const fate = await handOver(link, { ...groupOfOne(), position: Number.NaN })
  expect(fate).toMatchObject({ durable: false, cause: { code: 'invariant.violated' } })
  await link.end()
  expect(link.isFree).toBe(false)
  await using store = place.open()
  expect(store.log.lastPosition()).toBe(0)
})

test('a thread that cannot open the log is never free, and ends', async () => {
  const link = startWriterThread(`${place.directory}/missing/log.sqlite`, 'FULL')
  link.finish()
  expect(link.isFree).toBe(false)
  await link.end()
})

test('a thread that is ended before it has opened ends', async () => {
  await place.open().close()
  const link = startWriterThread(`${place.directory}/log.sqlite`, 'FULL')
  await link.end()
  expect(link.isFree).toBe(false)
})

test('a thread that dies with a group leaves it unknown', async () => {
  await place.open().close()
  const link = startWriterThread(`${place.directory}/log.sqlite`, 'FULL')
  link.finish()
  place.breakNextWrite()
  const fate = handOver(link, groupOfOne())
  link.kill()
  expect(await fate).toMatchObject({ durable: false, cause: { code: 'store.failed' } })
  await link.end()
})

function handOver(link: WriterLink, content: GroupContent): Promise<Fate> {
  return new Promise((resolve) => link.write(content, resolve))
}

function groupOfOne(): GroupContent {
  const body = { type: 'Noted', v: 1, origin: 'runtime', at: 1, causes: [], payload: {} } as const
  const entry = seal(body, emptyHead(run, place), place)
  return { position: 1, entries: [entry], blobs: { contents: new Map(), folders: [] }, rows: [] }
}
