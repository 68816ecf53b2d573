import type { IceEntry, RunSummary } from '@ice-runtime/kernel'
import { readEntries, replayRun, verifyStore } from '@ice-runtime/runtime'
import { importUses, maxImportedRunUses, openHostRuns } from '@ice-runtime/runtime/host'
import type { HostParts, HostSession, KeptUse } from '@ice-runtime/runtime/host'
import { verifies } from '@ice-runtime/conformance'
import { beforeEach, expect, test } from 'vitest'
import { hostSession, knownSecret, openHostPlace, sha256 } from './host-place.ts'

const done = { type: 'succeeded', result: { value: null }, reported: true } as const
const kept = (number: number, change: Partial<KeptUse> = {}): KeptUse => ({
  use: `use ${number}`,
  action: 'notes.write',
  args: { text: `note ${number}` },
  statedAt: 1_700_000_000_000 + number,
  settlement: done,
  ...change,
})
const uses = (count: number): readonly KeptUse[] => Array.from({ length: count }, (_, index) => kept(index))

let parts: HostParts
let session: HostSession
beforeEach(() => {
  ;({ parts } = openHostPlace())
  session = { ...hostSession('kept'), imported: true }
})

function runsOf(): readonly (readonly IceEntry[])[] {
  const found: (readonly IceEntry[])[] = []
  for (let link = 0; parts.store.log.head(session.runId(link)).seq > 0; link += 1)
    found.push(readEntries(parts.store.log, session.runId(link)))
  return found
}

const proposed = (entries: readonly IceEntry[]): readonly unknown[] =>
  entries.flatMap((entry) => (entry.type === 'ActionProposed' ? [entry.payload.use] : []))

test('what a host kept is in a run that has ended, that is marked imported, and in which nothing was decided', async () => {
  const failed = { type: 'failed', code: 'effect.failed', message: 'no', reported: true } as const
  const imported = await importUses(session, [kept(0), kept(1, { settlement: failed })], parts)
  expect(imported).toEqual({ imported: 2, known: 0, unrecordable: 0 })
  const [entries = []] = runsOf()
  expect(entries[0]?.payload).toMatchObject({ imported: true, grants: [] })
  expect(entries.filter(({ origin }) => origin === 'import').map(({ type }) => type)).toEqual([
    'ActionProposed',
    'ActionSucceeded',
    'ActionProposed',
    'ActionFailed',
  ])
  expect(entries.some(({ type }) => type === 'ActionAuthorized' || type === 'ActionRefused')).toBe(false)
  expect(parts.store.views.get('runs', session.runId(0)) as RunSummary).toMatchObject({ phase: 'terminated', outcome: 'committed' })
  expect(verifyStore(parts.store, sha256).problems).toEqual([])
  const { decisions } = await replayRun(parts.store, session.runId(0), { sha256, verifies, host: undefined })
  expect(decisions.divergence).toBeUndefined()
})

test('imported again, only what is new is added, in a run that continues the first', async () => {
  await importUses(session, [kept(0), kept(1, {})], parts)
  const last = parts.store.log.lastPosition()
  expect(await importUses(session, [kept(0), kept(1)], parts)).toEqual({ imported: 0, known: 2, unrecordable: 0 })
  expect(parts.store.log.lastPosition()).toBe(last)
  expect(await importUses(session, [kept(0), kept(1), kept(2)], parts)).toMatchObject({ imported: 1, known: 2 })
  const [first = [], second = []] = runsOf()
  expect([proposed(first), proposed(second)]).toEqual([['use 0', 'use 1'], ['use 2']])
  expect(second[0]?.payload).toMatchObject({ continues: session.runId(0), imported: true })
})

test('a use without an outcome is kept without one, and holds nothing up', async () => {
  const { settlement: _settlement, ...open } = kept(0)
  await importUses(session, [open], parts)
  const [entries = []] = runsOf()
  expect(entries.filter(({ origin }) => origin === 'import')).toHaveLength(1)
  expect(entries.at(-1)?.type).toBe('RunTornDown')
})

test('a long session is in several runs, each of which can be read whole', async () => {
  const count = maxImportedRunUses + 1
  expect(await importUses(session, uses(count), parts)).toMatchObject({ imported: count })
  expect(runsOf().map((entries) => proposed(entries).length)).toEqual([maxImportedRunUses, 1])
  expect(await importUses(session, uses(count), parts)).toMatchObject({ imported: 0, known: count })
})

test('what no record can hold is counted and passed over', async () => {
  const deep = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) as never
  const wrong = [kept(0, { args: deep }), kept(1, { statedAt: -1 }), kept(2, { statedAt: 0.5 }), kept(3, { args: 'x'.repeat(5_000_000) })]
  expect(await importUses(session, [...wrong, kept(4)], parts)).toEqual({ imported: 1, known: 0, unrecordable: 4 })
  expect(runsOf().map(proposed)).toEqual([['use 4']])
})

test('an import that was interrupted is gone on with, and its run is ended', async () => {
  await importUses(session, [kept(0)], parts)
  const cut = {
    ...parts,
    store: { ...parts.store, log: { ...parts.store.log, flush: () => Promise.reject(new Error('the process died')) } },
  }
  const many = uses(300)
  await expect(importUses(session, many, cut)).rejects.toThrow('died')
  await parts.store.log.flush()
  expect(runsOf().at(-1)?.at(-1)?.type).toBe('ActionSucceeded')
  const { imported, known } = await importUses(session, many, parts)
  expect([imported > 0, known > 1, imported + known]).toEqual([true, true, 300])
  expect(runsOf().map((entries) => entries.at(-1)?.type)).toEqual(['RunTornDown', 'RunTornDown', 'RunTornDown'])
  expect(new Set(runsOf().flatMap(proposed)).size).toBe(300)
})

test('a secret that is known here is not kept', async () => {
  await importUses(session, [kept(0, { args: { text: knownSecret } })], parts)
  expect(JSON.stringify(runsOf())).not.toContain(knownSecret)
})

test('a session that is imported and one in which a hook is asked do not meet', async () => {
  await importUses(session, [kept(0)], parts)
  const asked = hostSession('asked')
  const decision = await openHostRuns(parts).before(asked, { use: 'use 0', action: 'notes.write', args: { text: 'a' } })
  expect(decision).toMatchObject({ type: 'allowed', run: asked.runId(0) })
})
