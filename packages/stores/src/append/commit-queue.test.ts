import { hash } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { chainEntries } from '@ice-runtime/conformance'
import { emptyHead, maxEntryBytes, parseLogId, parseRunId, systemStream } from '@ice-runtime/kernel'
import type { Sha256, Store, ViewDefinition } from '@ice-runtime/kernel'
import { openVolatileStore } from '../volatile/open-store.ts'
import { foldViews } from '../view/view-folds.ts'
import { startCommitQueue } from './commit-queue.ts'
import { writeAtOnce } from './group-sink.ts'
import type { Group } from './group-sink.ts'
import { startLife } from './life.ts'
import { trackStreamHeads } from './stream-heads.ts'
import type { Timers } from './timers.ts'

const logId = parseLogId('log_0123456789ab')
const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer')
const context = { logId, sha256 }
const run = parseRunId('run_aaaaaaaaaaaa')

interface HandTimers extends Timers {
  readonly waiting: { readonly soon: (() => void)[]; readonly later: Map<() => void, number> }
}

/** Timers that run when a test says so. */
function handTimers(): HandTimers {
  const waiting = { soon: [] as (() => void)[], later: new Map<() => void, number>() }
  return {
    waiting,
    soon: (task) => void waiting.soon.push(task),
    later(task, ms) {
      waiting.later.set(task, ms)
      return () => waiting.later.delete(task)
    },
  }
}

let timers: HandTimers
let groups: number
let store: Store

beforeEach(() => {
  timers = handTimers()
  groups = 0
  const commitFate = (): 'durable' => {
    groups += 1
    return 'durable'
  }
  store = openVolatileStore({ logId, sha256, views: [], timers, lingerMs: 7, commitFate })
})

test('a lazy entry is written when the linger bound passes, once for all that wait', () => {
  const chain = chainEntries(run, context)
  void store.log.append(chain.request('lazy', {}))
  void store.log.append(chain.request('lazy', {}))
  expect([...timers.waiting.later.values()]).toEqual([7])
  for (const task of timers.waiting.later.keys()) task()
  expect([groups, store.log.lastPosition()]).toEqual([1, 2])
  expect(timers.waiting.later.size).toBe(0)
})

test('all that is queued in a turn shares one write, which calls off the linger', () => {
  const chain = chainEntries(run, context)
  void store.log.append(chain.request('lazy', {}))
  void store.log.append(chain.request('now', {}))
  void store.log.append(chain.request('now', {}))
  void store.log.append(chain.request('lazy', {}))
  store.blobs.put(new Uint8Array(1))
  expect([groups, timers.waiting.soon.length]).toEqual([0, 1])
  for (const task of timers.waiting.soon) task()
  expect([groups, store.log.lastPosition(), timers.waiting.later.size]).toEqual([1, 4, 0])
})

test('a blob that no entry follows is written within the linger bound', () => {
  store.blobs.put(new Uint8Array(0))
  expect(timers.waiting.later.size).toBe(1)
  for (const task of timers.waiting.later.keys()) task()
  expect(groups).toBe(1)
})

test('a full group is written at once, by entries and by bytes', () => {
  const chain = chainEntries(run, context)
  void store.log.append(chain.request('lazy', ...Array.from({ length: 2047 }, () => ({}))))
  expect(groups).toBe(0)
  void store.log.append(chain.request('lazy', {}))
  expect([groups, store.log.lastPosition()]).toEqual([1, 2048])
  const large = { text: 'x'.repeat(maxEntryBytes - 1000) }
  for (let index = 0; index < 33; index += 1) void store.log.append(chain.request('lazy', large))
  expect(groups).toBe(2)
})

test('a row of an earlier group is not written again', async () => {
  const counts: ViewDefinition<number> = { name: 'counts', version: 1, key: (entry) => entry.stream, step: (value) => (value ?? 0) + 1 }
  const written: string[][] = []
  const life = startLife()
  const folds = foldViews([counts], () => undefined)
  const heads = trackStreamHeads((stream) => emptyHead(stream, context))
  const sink = writeAtOnce(({ rows }: Group) => void written.push(rows.map(({ key }) => key)))
  const queue = startCommitQueue({ life, heads, folds, timers, lingerMs: 7, lastPosition: 0, sink })
  for (const stream of [run, systemStream] as const) {
    void queue.append(chainEntries(stream, context).request('lazy', {}))
    queue.drain()
  }
  expect(written).toEqual([[run], [systemStream]])
})

test('nothing is written when nothing waits', async () => {
  await store.log.flush()
  await store.close()
  expect(groups).toBe(0)
})
