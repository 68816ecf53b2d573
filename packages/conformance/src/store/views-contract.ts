import { describe, expect, test } from 'vitest'
import { parseRunId } from '@ice-runtime/kernel'
import type { Entry, Store, ViewDefinition } from '@ice-runtime/kernel'
import { appendMany, chainEntries } from './entry-chain.ts'
import { inWorld } from './store-world.ts'
import type { Law, StoreContract } from './store-world.ts'

const runA = parseRunId('run_aaaaaaaaaaaa')
const runB = parseRunId('run_bbbbbbbbbbbb')

interface Tally {
  readonly [key: string]: number
  readonly count: number
  readonly lastAt: number
}

/** Counts the entries of each stream. */
const tally: ViewDefinition<Tally> = {
  name: 'tally',
  version: 1,
  key: ({ stream }) => stream,
  step: (value, { at }) => ({ count: (value?.count ?? 0) + 1, lastAt: at }),
}

/** Keeps the last label given to each key; ignores entries without one. */
const labels: ViewDefinition<string> = {
  name: 'labels',
  version: 1,
  key: (entry) => member(entry, 'key'),
  step: (value, entry) => member(entry, 'label') ?? value ?? '',
}

/** Everyone who asks a question without reading the log relies on this. */
export function viewsContract(name: string, contract: StoreContract): void {
  const law = (claim: string, check: Law): void => test(claim, () => inWorld(contract, check))
  describe(`${name} keeps the views contract`, () => viewLaws(law))
}

function viewLaws(law: (claim: string, check: Law) => void): void {
  law('a row is the fold of the durable entries of its key', async (world) => {
    await using store = world.open([tally])
    const a = chainEntries(runA, world)
    await appendMany(store.log, a, 3)
    await appendMany(store.log, chainEntries(runB, world), 1)
    expect(store.views.get('tally', runA)).toEqual({ count: 3, lastAt: 3 })
    const told = store.log.append(a.request('now', {}))
    expect(store.views.get('tally', runA)).toEqual({ count: 3, lastAt: 3 })
    await told
    expect(store.views.get('tally', runA)).toEqual({ count: 4, lastAt: 4 })
    expect(store.views.get('tally', 'nobody')).toBeUndefined()
    expect(store.views.get('nothing', runA)).toBeUndefined()
  })

  law('rows come in UTF-16 order of their keys, page by page', async (world) => {
    await using store = world.open([labels])
    const keys = ['', 'a', 'aa', 'b', 'é', '\u{1f9ca}', '\uffee', 'ab', 'A']
    const a = chainEntries(runA, world)
    await store.log.append(a.request('now', ...keys.map((key) => ({ key, label: `of ${key}` }))))
    const sorted = [...keys].sort().map((key) => ({ key, value: `of ${key}` }))
    expect(store.views.list('labels', { limit: 100 })).toEqual(sorted)
    expect(store.views.list('labels', { limit: 2 })).toEqual(sorted.slice(0, 2))
    for (const [index, { key }] of sorted.entries()) {
      expect(store.views.list('labels', { after: key, limit: 3 })).toEqual(sorted.slice(index + 1, index + 4))
    }
  })

  law('rows are the same when they are kept up, found again, rebuilt, and folded for the first time', async (world) => {
    const plain = world.open()
    await plain.close()
    const store = world.open([tally])
    const chains = [chainEntries(runA, world), chainEntries(runB, world)]
    for (const [index, chain] of [...chains, ...chains].entries()) {
      await store.log.append(chain.request('now', { key: `k${index % 3}`, label: `${index}` }, { key: 'all', label: `${index}` }))
    }
    const kept = rowsOf(store, 'tally')
    expect(kept).toHaveLength(2)
    await store.close()
    await using again = world.open([tally, labels])
    expect(rowsOf(again, 'tally')).toEqual(kept)
    const folded = rowsOf(again, 'labels')
    expect(folded.map(({ key }) => key)).toEqual(['all', 'k0', 'k1', 'k2'])
    again.rebuildViews()
    expect(rowsOf(again, 'tally')).toEqual(kept)
    expect(rowsOf(again, 'labels')).toEqual(folded)
    const [chain] = chains
    if (chain !== undefined) await appendMany(again.log, chain, 1)
    expect(again.views.get('tally', runA)).toMatchObject({ count: 5 })
  })

  law('a rebuild counts what is queued once', async (world) => {
    await using store = world.open([tally])
    const told = store.log.append(chainEntries(runA, world).request('lazy', {}, {}))
    store.rebuildViews()
    await told
    expect(store.views.get('tally', runA)).toMatchObject({ count: 2 })
  })

  law('an owner that does not know a view leaves it to be caught up by one that does', async (world) => {
    const a = chainEntries(runA, world)
    for (const views of [[tally], [], [labels], [tally]]) {
      const store = world.open(views)
      await appendMany(store.log, a, 2)
      await store.close()
    }
    await using store = world.open([labels, tally])
    expect(store.views.get('tally', runA)).toEqual({ count: 8, lastAt: 8 })
  })

  law('another version of a view is folded anew', async (world) => {
    const store = world.open([labels])
    await store.log.append(chainEntries(runA, world).request('now', { key: 'old', label: 'one' }, { key: 'new', label: 'two' }))
    await store.close()
    const narrower: ViewDefinition<string> = { ...labels, version: 2, key: (entry) => (member(entry, 'key') === 'new' ? 'new' : undefined) }
    await using again = world.open([narrower])
    expect(rowsOf(again, 'labels')).toEqual([{ key: 'new', value: 'two' }])
  })

  law('a view that throws keeps the request out and changes no row', async (world) => {
    const fussy: ViewDefinition<number> = {
      name: 'fussy',
      version: 1,
      key: () => 'all',
      step(value, entry) {
        if (member(entry, 'key') === 'bad') throw new TypeError('a bug in a view')
        return (value ?? 0) + 1
      },
    }
    await using store = world.open([tally, fussy])
    await appendMany(store.log, chainEntries(runA, world), 1)
    const refused = store.log.append(chainEntries(runB, world).request('now', { key: 'good' }, { key: 'bad' }))
    await expect(refused).rejects.toThrow('a bug in a view')
    await appendMany(store.log, chainEntries(runB, world), 1)
    expect(store.log.lastPosition()).toBe(2)
    expect(store.views.get('fussy', 'all')).toBe(2)
    expect(store.views.get('tally', runB)).toMatchObject({ count: 1 })
  })
}

function rowsOf(store: Store, view: string): ReturnType<Store['views']['list']> {
  return store.views.list(view, { limit: 1000 })
}

function member(entry: Entry, name: string): string | undefined {
  const { payload } = entry
  if (typeof payload !== 'object' || payload === null || !(name in payload)) return undefined
  const value: unknown = Object.entries(payload).find(([key]) => key === name)?.[1]
  return typeof value === 'string' ? value : undefined
}
