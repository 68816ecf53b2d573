import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  emptyTree,
  entryHash,
  genesisHash,
  growTree,
  maxEntryBytes,
  maxPageEntries,
  maxPendingEntries,
  parseRunId,
} from '@ice-runtime/kernel'
import type { Appending, AppendRequest, LogReader, Store, StoredEntry, StreamHead, TreeEdge } from '@ice-runtime/kernel'
import { appendMany, chainEntries } from './entry-chain.ts'
import { inWorld } from './store-world.ts'
import type { Law, StoreContract } from './store-world.ts'

const runA = parseRunId('run_aaaaaaaaaaaa')
const runB = parseRunId('run_bbbbbbbbbbbb')

/** What the runtime relies on in every log. Register it once per adapter; each law is one test. */
export function logContract(name: string, contract: StoreContract): void {
  const law = (claim: string, check: Law): void => test(claim, () => inWorld(contract, check))
  describe(`${name} keeps the log contract: appending`, () => appendLaws(law))
  describe(`${name} keeps the log contract: reading`, () => readLaws(law))
  describe(`${name} keeps the log contract: following`, () => followLaws(law))
  describe(`${name} keeps the log contract: breaking`, () => breakLaws(law))
}

type DefineLaw = (claim: string, check: Law) => void

function appendLaws(law: DefineLaw): void {
  law('an appended entry is read back as it was sealed, with its position and what came before it', async (world) => {
    await using store = world.open()
    const chain = chainEntries(runA, world)
    const request = chain.request('now', { text: 'žluť 🧊' }, { text: '' })
    expect(await store.log.append(request)).toEqual({ outcome: 'appended', position: 1 })
    const read = store.log.read({}, 10)
    expect(read.map(plain)).toEqual(request.entries.map(({ sealed }, index) => plain({ ...sealed, position: index + 1 })))
    for (const entry of read) expect(hex(entryHash(entry, world))).toBe(hex(entry.hash))
  })

  law('entries of one request are adjacent, and requests enter in the order of the calls', async (world) => {
    await using store = world.open()
    const a = chainEntries(runA, world)
    const b = chainEntries(runB, world)
    const calls = [a.request('lazy', {}, {}), b.request('now', {}), a.request('now', {}), b.request('lazy', {}, {})]
    const outcomes = await Promise.all([...calls.map((request) => store.log.append(request)), store.log.flush()])
    expect(outcomes.slice(0, 4)).toEqual([1, 3, 4, 5].map((position) => ({ outcome: 'appended', position })))
    expect(places(store.log.read({}, 10))).toEqual([`${runA}#1`, `${runA}#2`, `${runB}#1`, `${runA}#3`, `${runB}#2`, `${runB}#3`])
  })

  law('one request may write to several streams', async (world) => {
    await using store = world.open()
    const a = chainEntries(runA, world)
    const system = chainEntries('system', world)
    const entries = [a.next({}), system.next({}), a.next({})]
    const expects = [
      { stream: runA, seq: 0 },
      { stream: 'system', seq: 0 },
    ] as const
    expect(await store.log.append({ expects, entries, urgency: 'now' })).toEqual({ outcome: 'appended', position: 1 })
    expect(places(store.log.read({}, 10))).toEqual([`${runA}#1`, 'system#1', `${runA}#2`])
  })

  law('a stream that moved is a conflict, which leaves nothing behind', async (world) => {
    await using store = world.open()
    const a = chainEntries(runA, world)
    const b = chainEntries(runB, world)
    await appendMany(store.log, b, 2)
    const late = { expects: [{ stream: runB, seq: 1 }], entries: [a.next({})], urgency: 'now' } as const
    expect(await store.log.append(late)).toEqual({ outcome: 'conflict', stream: runB, actual: 2 })
    expect(store.log.lastPosition()).toBe(2)
    expect(store.log.head(runA).seq).toBe(0)
    expect(await store.log.append({ ...late, expects: [{ stream: runB, seq: 2 }] })).toEqual({ outcome: 'appended', position: 3 })
  })

  law('an entry of the expected number with another hash is a conflict, queued or durable', async (world) => {
    await using store = world.open()
    const [ours, theirs] = [chainEntries(runB, world), chainEntries(runB, world)]
    const lost = ours.next({ winner: false })
    const won = store.log.append(theirs.request('lazy', { winner: true }))
    const a = chainEntries(runA, world)
    const next = (hash: Uint8Array): AppendRequest => ({ expects: [{ stream: runB, seq: 1, hash }], entries: [a.next({})], urgency: 'now' })
    const seen = next(lost.sealed.hash)
    const conflict = { outcome: 'conflict', stream: runB, actual: 1 }
    expect(await store.log.append(seen)).toEqual(conflict)
    expect(await won).toEqual({ outcome: 'appended', position: 1 })
    expect(await store.log.append(seen)).toEqual(conflict)
    const { hash } = store.log.head(runB)
    expect(await store.log.append({ ...seen, expects: [{ stream: runB, seq: 1, hash }] })).toEqual({ outcome: 'appended', position: 2 })
  })

  law('a stream expected not to exist conflicts once it does, and an empty one can be expected', async (world) => {
    await using store = world.open()
    const b = chainEntries(runB, world)
    await appendMany(store.log, b, 1)
    const next = { entries: [b.next({})], urgency: 'now' } as const
    expect(await store.log.append({ ...next, expects: [{ stream: runB, seq: 0 }] })).toMatchObject({ outcome: 'conflict', actual: 1 })
    const both = [
      { stream: runB, seq: 1 },
      { stream: runA, seq: 0 },
    ]
    expect(await store.log.append({ ...next, expects: both })).toMatchObject({ outcome: 'appended' })
  })

  law('expectations count what is queued, and who is told of a conflict can read what it lost against', async (world) => {
    await using store = world.open()
    const first = store.log.append(chainEntries(runA, world).request('lazy', { winner: true }))
    const second = store.log.append(chainEntries(runA, world).request('lazy', { winner: false }))
    expect(await second).toEqual({ outcome: 'conflict', stream: runA, actual: 1 })
    expect(store.log.head(runA).seq).toBe(1)
    expect(await first).toEqual({ outcome: 'appended', position: 1 })
  })

  law('a lazy entry waits, and shares the sync of the next urgent one', async (world) => {
    await using store = world.open()
    const a = chainEntries(runA, world)
    let lazyDone = false
    const lazy = store.log.append(a.request('lazy', {})).finally(() => (lazyDone = true))
    await turn()
    await turn()
    expect(lazyDone).toBe(false)
    expect(store.log.lastPosition()).toBe(0)
    await store.log.append(chainEntries(runB, world).request('now', {}))
    expect(store.log.lastPosition()).toBe(2)
    await Promise.resolve()
    expect(lazyDone).toBe(true)
    expect(await lazy).toEqual({ outcome: 'appended', position: 1 })
  })

  law('flush waits for all that was appended before it, and closing finishes what is queued', async (world) => {
    const store = world.open()
    const a = chainEntries(runA, world)
    void store.log.append(a.request('lazy', {}))
    await store.log.flush()
    expect(store.log.lastPosition()).toBe(1)
    const last = store.log.append(a.request('lazy', {}))
    await store.close()
    expect(await last).toEqual({ outcome: 'appended', position: 2 })
    await using again = world.open()
    expect(again.log.lastPosition()).toBe(2)
  })

  law('a gap, a wrong hash before or a foreign decoded entry is a broken invariant, and nothing enters', async (world) => {
    await using store = world.open()
    const a = chainEntries(runA, world)
    const [first, second] = [a.next({}), a.next({})]
    const wrong: readonly Appending[][] = [
      [second],
      [first, { ...second, sealed: { ...second.sealed, previous: genesisHash(runA, world) } }],
      [{ sealed: { ...first.sealed, seq: 2 }, entry: { ...first.entry, seq: 2 } }],
      [{ ...first, entry: { ...first.entry, seq: 7 } }],
      [],
    ]
    for (const entries of wrong) {
      const request = { expects: [], entries, urgency: 'now' } as const
      await expect(store.log.append(request)).rejects.toMatchObject({ code: 'invariant.violated' })
    }
    expect(await store.log.append({ expects: [], entries: [first, second], urgency: 'now' })).toEqual({ outcome: 'appended', position: 1 })
  })

  law('an entry too large, or more entries than may wait, are refused before anything is queued', async (world) => {
    await using store = world.open()
    const large = chainEntries(runA, world).request('now', { text: 'x'.repeat(maxEntryBytes) })
    await expect(store.log.append(large)).rejects.toMatchObject({ code: 'limit.exceeded' })
    const [one] = chainEntries(runA, world).request('now', {}).entries
    const many = { expects: [], entries: Array.from({ length: maxPendingEntries + 1 }, () => one as Appending), urgency: 'now' } as const
    await expect(store.log.append(many)).rejects.toMatchObject({ code: 'limit.exceeded' })
    await store.log.flush()
    expect(store.log.lastPosition()).toBe(0)
  })
}

function readLaws(law: DefineLaw): void {
  law('a head names the end of its stream, and the genesis of one without entries', async (world) => {
    const store = world.open()
    const a = chainEntries(runA, world)
    await appendMany(store.log, a, 3)
    const [last] = store.log.read({ stream: runA, from: 3 }, 1)
    const head = { stream: runA, seq: 3, at: 3, hash: last?.hash ?? new Uint8Array() }
    const expectHeads = ({ log }: Store): void => {
      expect(plainHead(log.head(runA))).toEqual(plainHead(head))
      expect(plainHead(log.head(runB))).toEqual(plainHead({ stream: runB, seq: 0, at: 0, hash: genesisHash(runB, world) }))
    }
    expectHeads(store)
    await store.close()
    await using again = world.open()
    expectHeads(again)
  })

  law('pages of any size and start give the same entries, each with the hash before it', async (world) => {
    await using store = world.open()
    const chains = [chainEntries(runA, world), chainEntries(runB, world), chainEntries('system', world)]
    for (let index = 0; index < 20; index += 1) {
      const chain = chains[(index * index) % 3]
      if (chain !== undefined) await store.log.append(chain.request('now', { index }))
    }
    const whole = store.log.read({}, 100).map(plain)
    expect(whole).toHaveLength(20)
    for (const limit of [1, 3, 7]) expect(allPages(store.log, limit).map(plain)).toEqual(whole)
    for (const { stream } of chains) {
      const ofStream = whole.filter((entry) => entry.stream === stream)
      expect(store.log.read({ stream }, 100).map(plain)).toEqual(ofStream)
      expect(store.log.read({ stream, from: 2, to: 3 }, 100).map(plain)).toEqual(ofStream.slice(1, 3))
    }
    expect(store.log.read({ from: 5, to: 6 }, 100).map(plain)).toEqual(whole.slice(4, 6))
    expect(store.log.read({ from: 21 }, 100)).toEqual([])
    expect(store.log.read({ stream: parseRunId('run_cccccccccccc') }, 100)).toEqual([])
    expect(() => store.log.read({}, maxPageEntries + 1)).toThrow(/page/u)
  })

  law('streams come in the order of their first entry, page by page', async (world) => {
    await using store = world.open()
    await appendMany(store.log, chainEntries(runB, world), 1)
    await appendMany(store.log, chainEntries('system', world), 2)
    await appendMany(store.log, chainEntries(runA, world), 1)
    expect(store.log.streams({ limit: 10 })).toEqual([runB, 'system', runA])
    expect(store.log.streams({ limit: 2 })).toEqual([runB, 'system'])
    expect(store.log.streams({ after: 'system', limit: 2 })).toEqual([runA])
  })

  law('the edge is that of a tree over all entries, also after opening again', async (world) => {
    const store = world.open()
    expect(store.log.edge()).toEqual(emptyTree)
    const a = chainEntries(runA, world)
    for (const count of [1, 2, 4, 6]) await appendMany(store.log, a, count)
    const leaves = store.log.read({}, 100).map(({ hash }) => hash)
    const expected = growTree(emptyTree, leaves, world.sha256)
    expect(plainEdge(store.log.edge())).toEqual(plainEdge(expected))
    await store.close()
    await using again = world.open()
    expect(plainEdge(again.log.edge())).toEqual(plainEdge(expected))
    await appendMany(again.log, a, 1)
    expect(again.log.edge().size).toBe(14)
  })

  law('what is queued but not durable is not read', async (world) => {
    await using store = world.open()
    const told = store.log.append(chainEntries(runA, world).request('now', {}))
    expect(store.log.head(runA).seq).toBe(0)
    expect(store.log.read({}, 10)).toEqual([])
    expect(store.log.edge().size).toBe(0)
    await told
    expect(store.log.head(runA).seq).toBe(1)
  })

  law('a log keeps its id, and its bytes, when it is opened again', async (world) => {
    const store = world.open()
    await appendMany(store.log, chainEntries(runA, world), 5)
    const before = store.log.read({}, 10).map(plain)
    await store.close()
    await using again = world.open()
    expect(again.log.logId).toBe(world.logId)
    expect(again.log.read({}, 10).map(plain)).toEqual(before)
    expect(again.selfCheck()).toEqual([])
  })
}

function followLaws(law: DefineLaw): void {
  law('a follower gets what is there and what comes, in order, until it is told to stop', async (world) => {
    await using store = world.open()
    const a = chainEntries(runA, world)
    await appendMany(store.log, a, 3)
    const stop = new AbortController()
    const seen: number[] = []
    const following = (async () => {
      for await (const page of store.log.follow(2, stop.signal)) {
        seen.push(...page.map(({ position }) => position))
        if (seen.length >= 5) stop.abort()
      }
    })()
    await appendMany(store.log, a, 2)
    await appendMany(store.log, a, 1)
    await following
    expect(seen).toEqual([2, 3, 4, 5, 6])
  })

  law('a waiting follower ends when its signal aborts', async (world) => {
    await using store = world.open()
    const stop = new AbortController()
    const next = store.log.follow(1, stop.signal)[Symbol.asyncIterator]().next()
    await turn()
    stop.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })

  law('a waiting follower learns that the store was closed', async (world) => {
    const store = world.open()
    const next = store.log.follow(1, new AbortController().signal)[Symbol.asyncIterator]().next()
    await store.close()
    await expect(next).rejects.toMatchObject({ code: 'store.closed' })
  })
}

function breakLaws(law: DefineLaw): void {
  law('a write that breaks leaves what is in flight unknown and every later call closed', async (world) => {
    const store = world.open()
    const a = chainEntries(runA, world)
    await appendMany(store.log, a, 2)
    world.breakNextWrite()
    const flights = [store.log.append(a.request('lazy', {})), store.log.append(a.request('now', {}))]
    const flushed = store.log.flush().then(
      () => 'durable',
      (fault: unknown) => fault,
    )
    for (const outcome of await Promise.all(flights)) expect(outcome.outcome).toBe('unknown')
    expect(await flushed).toMatchObject({ code: 'store.unknown' })
    expect(store.healthy).toBe(false)
    await expect(store.log.append(a.request('now', {}))).rejects.toMatchObject({ code: 'store.closed' })
    await expect(store.log.flush()).rejects.toMatchObject({ code: 'store.closed' })
    const calls = [
      () => store.log.head(runA),
      () => store.log.lastPosition(),
      () => store.log.read({}, 1),
      () => store.log.edge(),
      () => store.log.streams({ limit: 1 }),
      () => store.blobs.put(new Uint8Array(1)),
      () => store.views.list('any', { limit: 1 }),
      () => store.rebuildViews(),
      () => store.selfCheck(),
    ]
    for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: 'store.closed' }))
    await store.close()
  })

  law('after a break the log opens again with whole requests or none of them', async (world) => {
    const store = world.open()
    const a = chainEntries(runA, world)
    await appendMany(store.log, a, 2)
    world.breakNextWrite()
    expect((await store.log.append(a.request('now', {}, {}, {}))).outcome).toBe('unknown')
    await store.close()
    world.repair()
    await using again = world.open()
    expect([2, 5]).toContain(again.log.lastPosition())
    expect(again.log.edge().size).toBe(again.log.lastPosition())
    expect(again.selfCheck()).toEqual([])
    await appendMany(again.log, chainEntries(runA, world, again.log.head(runA)), 1)
  })

  law('a closed store answers nothing, and closing twice is once', async (world) => {
    const store = world.open()
    await store.close()
    await store.close()
    expect(store.healthy).toBe(false)
    expect(() => store.log.lastPosition()).toThrow(expect.objectContaining({ code: 'store.closed' }))
  })

  law('a second store of the same place is refused until the first is closed', async (world) => {
    const store = world.open()
    expect(() => world.open()).toThrow(expect.objectContaining({ code: 'data.in_use' }))
    await store.close()
    await world.open().close()
  })
}

function allPages(log: LogReader, limit: number): readonly StoredEntry[] {
  const all: StoredEntry[] = []
  for (let page = log.read({}, limit); page.length > 0; page = log.read({ from: all.length + 1 }, limit)) all.push(...page)
  return all
}

function places(entries: readonly StoredEntry[]): readonly string[] {
  return entries.map(({ stream, seq }) => `${stream}#${seq}`)
}

/** Bytes as hex: equality then does not depend on the kind of view a store returns. */
function plain(entry: StoredEntry): Readonly<Record<'stream' | 'place' | 'previous' | 'hash' | 'bytes', string>> {
  const { stream, seq, position } = entry
  return { stream, place: `${position} ${seq}`, previous: hex(entry.previous), hash: hex(entry.hash), bytes: hex(entry.bytes) }
}

function plainHead(head: StreamHead): Readonly<Record<string, unknown>> {
  return { ...head, hash: hex(head.hash) }
}

function plainEdge(edge: TreeEdge): Readonly<Record<string, unknown>> {
  return { size: edge.size, roots: edge.roots.map(hex) }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
