import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendMany, chainEntries } from '@ice-runtime/conformance'
import { parseRunId } from '@ice-runtime/kernel'
import type { ViewDefinition } from '@ice-runtime/kernel'
import { newPlace } from './sqlite-place.ts'
import type { SqlitePlace } from './sqlite-place.ts'

const run = parseRunId('run_aaaaaaaaaaaa')
const counts: ViewDefinition<number> = { name: 'counts', version: 1, key: ({ stream }) => stream, step: (value) => (value ?? 0) + 1 }
let place: SqlitePlace

beforeEach(() => {
  place = newPlace()
})
afterEach(() => place.close())

test('a reader beside the owner sees what is committed, when it is committed', async () => {
  await using store = place.open([counts])
  await using reader = place.openReader([counts])
  expect(reader.log.lastPosition()).toBe(0)
  const { blob } = store.blobs.put(Buffer.from('small'))
  const large = store.blobs.put(Buffer.alloc(100_000))
  await appendMany(store.log, chainEntries(run, place), 3)
  expect(reader.log.read({}, 10)).toEqual(store.log.read({}, 10))
  expect(reader.log.head(run)).toEqual({ ...store.log.head(run), hash: reader.log.head(run).hash })
  expect(Buffer.compare(reader.log.head(run).hash, store.log.head(run).hash)).toBe(0)
  expect(reader.log.edge()).toEqual(store.log.edge())
  expect(reader.log.streams({ limit: 5 })).toEqual([run])
  expect(Buffer.from(reader.blobs.get(blob)).toString()).toBe('small')
  expect(reader.blobs.get(large.blob)).toHaveLength(100_000)
  expect(reader.views.get('counts', run)).toBe(3)
  expect(reader.selfCheck()).toEqual([])
})

test('a reader follows commits of the owner until it is told to stop', async () => {
  await using store = place.open()
  await using reader = place.openReader()
  const stop = new AbortController()
  const seen: number[] = []
  const following = (async () => {
    for await (const page of reader.log.follow(1, stop.signal)) {
      seen.push(...page.map(({ position }) => position))
      if (seen.length >= 4) stop.abort()
    }
  })()
  const chain = chainEntries(run, place)
  await appendMany(store.log, chain, 3)
  await appendMany(store.log, chain, 1)
  await following
  expect(seen).toEqual([1, 2, 3, 4])
})

test('a waiting follower of a reader ends when its signal aborts', async () => {
  await using _store = place.open()
  await using reader = place.openReader()
  const stop = new AbortController()
  const next = reader.log.follow(1, stop.signal)[Symbol.asyncIterator]().next()
  stop.abort()
  expect(await next).toEqual({ done: true, value: undefined })
})

test('a reader works when nobody owns the log', async () => {
  const store = place.open()
  await appendMany(store.log, chainEntries(run, place), 2)
  await store.close()
  await using reader = place.openReader()
  await using second = place.openReader()
  expect(reader.log.lastPosition()).toBe(2)
  expect(second.log.lastPosition()).toBe(2)
})

test('a reader folds a view that the owner does not keep in its version, and keeps up', async () => {
  await using store = place.open([counts])
  const chain = chainEntries(run, place)
  await appendMany(store.log, chain, 2)
  const doubled: ViewDefinition<number> = { ...counts, version: 2, step: (value) => (value ?? 0) + 2 }
  const unknown: ViewDefinition<number> = { ...counts, name: 'unknown' }
  await using reader = place.openReader([doubled, unknown])
  expect(reader.views.get('counts', run)).toBe(4)
  expect(reader.views.list('unknown', { limit: 9 })).toEqual([{ key: run, value: 2 }])
  await appendMany(store.log, chain, 1)
  expect(reader.views.get('counts', run)).toBe(6)
  expect(reader.views.get('unknown', run)).toBe(3)
})

test('a reader that asked for a view before anybody kept it finds it once somebody does', async () => {
  await place.open().close()
  await using reader = place.openReader()
  expect(reader.views.get('counts', run)).toBeUndefined()
  await using store = place.open([counts])
  await appendMany(store.log, chainEntries(run, place), 2)
  expect(reader.views.get('counts', run)).toBe(2)
})

test('a reader folds a view that the last owner did not keep up', async () => {
  const chain = chainEntries(run, place)
  for (const views of [[counts], []]) {
    const store = place.open(views)
    await appendMany(store.log, chain, 2)
    await store.close()
  }
  await using reader = place.openReader([counts])
  expect(reader.views.get('counts', run)).toBe(4)
})

test('a directory without a log is unreadable, and is not made one', () => {
  expect(() => place.openReader()).toThrow(expect.objectContaining({ code: 'data.unreadable' }))
  mkdirSync(place.directory)
  expect(() => place.openReader()).toThrow(expect.objectContaining({ code: 'data.unreadable' }))
  writeFileSync(join(place.directory, 'log.sqlite'), '')
  expect(() => place.openReader()).toThrow(expect.objectContaining({ code: 'data.unreadable' }))
})

test('a closed reader answers nothing', async () => {
  await place.open().close()
  const reader = place.openReader()
  await reader.close()
  await reader.close()
  expect(() => reader.log.lastPosition()).toThrow(expect.objectContaining({ code: 'store.closed' }))
})
