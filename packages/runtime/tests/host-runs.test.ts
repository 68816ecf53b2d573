import { runsView } from '@ice-runtime/kernel'
import type { RunSummary } from '@ice-runtime/kernel'
import { readEntries } from '@ice-runtime/runtime'
import { hostIdleMs, maxLinkSteps, openHostRuns } from '@ice-runtime/runtime/host'
import type { HostRuns, HostUse } from '@ice-runtime/runtime/host'
import { beforeEach, expect, test } from 'vitest'
import { hostDriver as driver, hostSession as session, knownSecret, openHostPlace } from './host-place.ts'
import type { HostPlace } from './host-place.ts'

const use = (number: number): HostUse => ({ use: `use ${number}`, action: 'notes.write', args: { text: `note ${number}` } })
const done = { type: 'succeeded', result: { value: null }, reported: true } as const

let store: HostPlace['store']
let time: HostPlace['time']
let runs: HostRuns
beforeEach(() => {
  const place = openHostPlace()
  ;({ store, time } = place)
  runs = openHostRuns(place.parts)
})

function summaries(): readonly RunSummary[] {
  return store.views.list(runsView.name, { limit: 100 }).map(({ value }) => value as RunSummary)
}

function typesIn(name: string, link: number): readonly string[] {
  return readEntries(store.log, session(name).runId(link)).map(({ type }) => type)
}

test('a long session is a chain of runs, and a report finds its proposal in the one before', async () => {
  for (let number = 0; number <= maxLinkSteps; number += 1)
    expect(await runs.before(session('long'), use(number))).toMatchObject({ type: 'allowed' })
  expect(typesIn('long', 0).filter((type) => type === 'ActionProposed')).toHaveLength(maxLinkSteps)
  expect(typesIn('long', 1).filter((type) => type === 'ActionProposed')).toHaveLength(1)
  await runs.after(session('long'), use(0), done)
  expect(typesIn('long', 0).at(-1)).toBe('ActionSucceeded')
  await runs.end(session('long'))
  expect(summaries().map(({ phase, outcome }) => `${phase} ${outcome}`)).toEqual(['terminated committed', 'terminated committed'])
})

test('a session that went away is ended by one that begins much later, and no other is', async () => {
  await runs.before(session('left'), use(0))
  time.advance(hostIdleMs - 1)
  await runs.before(session('young'), use(0))
  expect(summaries().map(({ phase }) => phase)).toEqual(['executing', 'executing'])
  time.advance(1)
  await runs.before(session('next'), use(0))
  expect(typesIn('left', 0)).toContain('ActionUncertain')
  expect(typesIn('left', 0).at(-1)).toBe('RunTornDown')
  expect(summaries().filter(({ phase }) => phase === 'executing')).toHaveLength(2)
})

test('a session whose host can do something else now goes on in a run that knows it', async () => {
  await runs.before(session('changed'), use(0))
  await runs.before(session('changed', [{ ...driver, version: 2 }]), use(1))
  expect(typesIn('changed', 1)).toContain('ActionDispatched')
})

test('what a driver does not have, or cannot prepare, is refused on record', async () => {
  expect(await runs.before(session('odd'), { ...use(0), action: 'notes.burn' })).toMatchObject({ type: 'refused', code: 'action.unknown' })
  const failing = { ...driver, prepare: () => Promise.reject(new Error('no')) }
  expect(await runs.before(session('odd', [failing]), use(1))).toMatchObject({ type: 'refused', code: 'effect.prepare_failed' })
})

test('a hook that died while it opened its run leaves the rest to the next one', async () => {
  const half = session('half')
  await runs.before(half, use(0))
  const entries = store.log.read({ stream: half.runId(0), from: 1, to: 2 }, 2)
  expect(entries).toHaveLength(2)
  const other = openHostPlace(time)
  const appending = entries.map((stored) => ({ sealed: stored, entry: readEntries(store.log, half.runId(0))[stored.seq - 1] as never }))
  await other.store.log.append({ expects: [{ stream: half.runId(0), seq: 0 }], entries: appending, urgency: 'now' })
  const next = openHostRuns(other.parts)
  expect(await next.before(half, use(1))).toMatchObject({ type: 'allowed', run: half.runId(0) })
})

test('a secret that is known stays out of what is recorded, and the report still finds its proposal', async () => {
  const telling = { ...use(0), args: { text: `it is ${knownSecret}` } }
  await runs.before(session('careless'), telling)
  await runs.after(session('careless'), telling, { ...done, result: { value: knownSecret } })
  const text = JSON.stringify(readEntries(store.log, session('careless').runId(0)))
  expect(text).not.toContain(knownSecret)
  expect(typesIn('careless', 0).slice(-2)).toEqual(['ActionDispatched', 'ActionSucceeded'])
})
