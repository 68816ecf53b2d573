import { afterEach, beforeEach, expect, test } from 'vitest'
import { ada, bea, cay, denied, once } from '@ice-runtime/conformance'
import { entryId } from '@ice-runtime/kernel'
import type { AgentHost } from '@ice-runtime/kernel'
import { asks, told, waitingRuns, writes } from './asking-runs.ts'
import { agentOf, answer, findings, newPlace, questions, until, withOperators } from './place.ts'
import type { Place, Process } from './place.ts'

let place: Place
beforeEach(async () => {
  place = newPlace()
  place.write('a', 'old')
  await withOperators(place, ada, bea, cay)
})
afterEach(() => place[Symbol.asyncDispose]())

const now = { at: 'now', reason: 'test' } as const
const transfers = agentOf(async ({ propose }) => await propose('ledger.post', { account: 'ada', amountMicro: 5 }), 'transfers')

test.each(['suspend', 'finish'] as const)('a runtime that closes to %s leaves what waits for people to the next one', async (how) => {
  const first = place.open({ asks })
  const [one, other] = [await first.start(writes), await first.start(transfers)]
  await Promise.all([until(first, one.id, 'RunSuspended'), until(first, other.id, 'RunSuspended')])
  await first.runtime.close(how)
  await expect(one.done).rejects.toMatchObject({ code: 'runtime.closed' })
  await first.die()
  const next = place.open({ asks, agents: [writes, transfers] })
  expect(waitingRuns(next).toSorted()).toEqual([one.id, other.id].toSorted())
  const { resumed } = await next.runtime.recover()
  await answer(next, one.id, { by: ada, answer: once })
  await answer(next, other.id, { by: bea, answer: once })
  expect(await Promise.all(resumed.map(({ done }) => done))).toMatchObject([{ outcome: 'committed' }, { outcome: 'committed' }])
  expect([place.read('a'), place.ledger().length]).toEqual(['new', 1])
  expect(await findings(next, [writes, transfers])).toEqual([])
})

test('an answer needs neither the agent nor the run at work: whoever goes on with it finds it', async () => {
  const first = place.open({ asks })
  const run = await first.start(writes)
  await until(first, run.id, 'RunSuspended')
  await first.die()
  const between = place.open({ asks })
  await Promise.all([answer(between, run.id, { by: ada, answer: once }), answer(between, run.id, { by: bea, answer: once })])
  expect(between.types(run.id).slice(-2)).toEqual(['ApprovalGiven', 'ApprovalGiven'])
  expect(between.runtime.live()).toEqual([])
  await between.die()
  const next = place.open({ asks, agents: [writes] })
  const resumed = await next.runtime.resume(run.id, { by: 'me' })
  expect(await resumed.done).toMatchObject({ outcome: 'committed', output: 'written' })
  expect(await findings(next, [writes])).toEqual([])
})

test('a policy that is another one by the time of the answer makes it stale', async () => {
  const first = place.open({ asks })
  const agent = agentOf(async ({ propose }) => await told(propose('files.write', { path: 'a', content: 'new' })))
  const run = await first.start(agent)
  await until(first, run.id, 'RunSuspended')
  await first.die()
  const next = place.open({ asks, policyName: 'other', agents: [agent] })
  const [resumed] = (await next.runtime.recover()).resumed
  await answer(next, run.id, { by: ada, answer: once })
  expect(await resumed?.done).toMatchObject({ outcome: 'committed', output: 'approval.stale' })
  expect(place.read('a')).toBe('old')
  expect(await findings(next, [agent])).toEqual([])
})

/** Asks about files, about what waits, and about what does not; is refused once; goes on after each. */
function asking(): AgentHost {
  return agentOf(async ({ propose }) => {
    const first = propose('files.write', { path: 'a', content: 'new' })
    const later = await propose('ledger.post', { account: 'ada', amountMicro: 1 })
    await first
    const refused = await told(propose('files.write', { path: 'denied', content: 'x' }))
    await propose('ledger.post', { account: 'bob', amountMicro: 2 }, now)
    return [(later as { readonly deferred: boolean }).deferred, refused]
  })
}

/** Answers whatever is asked and not answered yet, as it is asked. */
async function attend(process: Process, signal: AbortSignal): Promise<void> {
  const seen = new Set<string>()
  for await (const page of process.store.log.follow(1, signal)) {
    for (const { stream } of page) {
      if (stream === 'system') continue
      for (const [nth, asked] of questions(process, stream).entries()) {
        const isAnswered = process.entries(stream).some(({ type, causes }) => type.startsWith('Approval') && causes[0] === asked.seq)
        if (isAnswered || seen.has(entryId(stream, asked.seq))) continue
        seen.add(entryId(stream, asked.seq))
        const said = asked.payload.prepared.resources.includes('file:denied') ? denied : once
        // The process may die while it is told.
        void answer(process, stream, { by: ada, answer: said, nth }).catch(() => undefined)
      }
    }
  }
}

test('a runtime cut off before any of its appends, questions, answers and verdicts among them, is followed by one that ends the run', async () => {
  const cutBefore = new Set<string>()
  for (let cut = 0; ; cut += 1) {
    await using here = newPlace()
    here.write('a', 'old')
    await withOperators(here, ada)
    const agent = asking()
    const watching = new AbortController()
    const first = here.open({
      asks,
      // Each decision goes to the log alone, so that it can end behind any of them.
      limits: { heldEntries: 1 },
      cutAt: ({ entries }, index) => {
        if (index === cut) for (const { entry } of entries) cutBefore.add(entry.type)
        return index === cut
      },
    })
    const attending = attend(first, watching.signal)
    const settled = await Promise.race([first.start(agent).then(({ done }) => done), first.cut.then(turns)])
    watching.abort()
    await attending
    await first.die()
    if (settled !== undefined) break
    const next = here.open({ asks, agents: [agent] })
    const stop = new AbortController()
    const { resumed } = await next.runtime.recover()
    const following = attend(next, stop.signal)
    const results = await Promise.all(resumed.map(({ done }) => done))
    stop.abort()
    await following
    if (next.store.log.streams({ limit: 10 }).length < 2) continue
    expect(results, `cut before append ${cut}`).toMatchObject([
      { outcome: 'committed', output: [true, 'approval.denied'], releases: 'complete' },
    ])
    expect([here.read('a'), here.names()]).toEqual(['new', ['a']])
    expect(
      here
        .ledger()
        .map(({ amountMicro }) => amountMicro)
        .toSorted((one, other) => one - other),
    ).toEqual([1, 2])
    expect(await findings(next, [agent]), `cut before append ${cut}`).toEqual([])
  }
  expect([...cutBefore]).toEqual(
    expect.arrayContaining(['ApprovalRequested', 'ApprovalGiven', 'ApprovalDenied', 'ActionAuthorized', 'RunSuspended', 'RunResumed']),
  )
})

async function turns(): Promise<undefined> {
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  return undefined
}
