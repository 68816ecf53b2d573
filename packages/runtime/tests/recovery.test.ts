import { afterEach, beforeEach, expect, test } from 'vitest'
import { plainGrant, plainPrincipal } from '@ice-runtime/conformance'
import { emptyHead, seal } from '@ice-runtime/kernel'
import type { AgentHost } from '@ice-runtime/kernel'
import type { RunResult } from '@ice-runtime/runtime'
import { driverOf } from './drivers.ts'
import { agentOf, findings, newPlace, sha256, until } from './place.ts'
import type { Place } from './place.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
  place.write('a', 'old')
})
afterEach(() => place[Symbol.asyncDispose]())

const now = { at: 'now', reason: 'test' } as const

/** One of everything: a read, staging, parallel proposals, a refusal, an effect at once, and two that wait. */
function everything(): AgentHost {
  return agentOf(async ({ propose, state }) => {
    const { text } = await propose<{ readonly text: string }>('files.read', { path: 'a' })
    state('plan', { text: 'write, then send' })
    await Promise.all([
      propose('files.write', { path: 'a', content: `${text} new` }),
      propose('files.write', { path: 'b/c', content: 'made' }),
      propose('mail.send').catch(() => undefined),
    ])
    await propose('ledger.post', { account: 'ada', amountMicro: 1 }, now)
    await propose('ledger.post', { account: 'bob', amountMicro: 2 })
    await propose('ledger.transfer', { account: 'eve', amountMicro: 3 })
    return 'done'
  })
}

test('a runtime cut off before any of its appends is followed by one that ends the run, with nothing done twice', async () => {
  const phases = new Set<string>()
  for (let cut = 0; ; cut += 1) {
    await using here = newPlace()
    here.write('a', 'old')
    const agent = everything()
    // Each decision goes to the log alone, so that it can end behind any of them.
    const first = here.open({ limits: { heldEntries: 1 }, cutAt: (_request, index) => index === cut })
    const asked = first.start(agent)
    const settled = await Promise.race([asked.then(({ done }) => done), first.cut.then(quiet)])
    await first.die()
    const next = here.open({ agents: [agent] })
    const [stream] = next.store.log.streams({ limit: 10 })
    const { resumed, setAside } = await next.runtime.recover()
    const results = await Promise.all(resumed.map(({ done }) => done))
    expect(setAside).toEqual([])
    if (settled !== undefined) break
    if (stream === undefined) continue
    for (const { type } of next.entries(stream as never)) phases.add(type)
    expect(results, `cut before append ${cut}`).toMatchObject([{ outcome: 'committed', output: 'done', releases: 'complete', refused: 1 }])
    expect([here.read('a'), here.read('b/c'), here.names()]).toEqual(['old new', 'made', ['a', 'b', 'b/c']])
    expect(here.ledger().map(({ amountMicro }) => amountMicro)).toEqual([1, 2, 3])
    expect(await findings(next, [agent]), `cut before append ${cut}`).toEqual([])
  }
  expect(phases.has('RunRecovered')).toBe(true)
})

/** Resolves once nothing more happens: every append that is answered takes a turn, and one that is cut takes none. */
async function quiet(): Promise<undefined> {
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  return undefined
}

test('what was staged before a crash is there before what the agent asks for next', async () => {
  const agent = agentOf(async ({ propose }) => {
    const written = propose('files.write', { path: 'a', content: 'new' })
    const read = propose<{ readonly text: string }>('files.read', { path: 'a' })
    await written
    return (await read).text
  })
  const first = place.open({ cutAt: (request) => request.entries.some(({ entry }) => entry.type === 'ActionSucceeded') })
  await first.start(agent)
  await first.cut
  await quiet()
  await first.die()
  const next = place.open({ agents: [agent] })
  const [run] = (await next.runtime.recover()).resumed
  expect(await run?.done).toMatchObject({ outcome: 'committed', output: 'new' })
})

test('a run without a workspace that died while its effects were sent sends the rest', async () => {
  const agent = agentOf(async ({ propose }) => {
    await propose('ledger.post', { account: 'ada', amountMicro: 1 })
    await propose('ledger.post', { account: 'bob', amountMicro: 2 })
    return null
  })
  const first = place.open({
    agents: [agent],
    cutAt: (request) => request.entries.some(({ entry }) => entry.type === 'ActionSucceeded'),
  })
  await first.runtime.start({ agent, input: null, principal: plainPrincipal, grants: [plainGrant] })
  await first.cut
  await first.die()
  const next = place.open()
  const [run] = (await next.runtime.recover()).resumed
  expect(await run?.done).toMatchObject({ outcome: 'committed', releases: 'complete' })
  expect(place.ledger().map(({ amountMicro }) => amountMicro)).toEqual([1, 2])
})

test('a file that others changed after a commit had put it in place stays theirs, and the commit stays whole', async () => {
  const agent = agentOf(async ({ propose }) => {
    await propose('files.write', { path: 'a', content: 'ours' })
    await propose('files.write', { path: 'b', content: 'ours' })
    return null
  })
  const first = place.open({ cutAt: (request) => request.entries.some(({ entry }) => entry.type === 'RunCommitted') })
  await first.start(agent)
  await first.cut
  await first.die()
  place.write('b', 'theirs')
  const next = place.open({ agents: [agent] })
  const [run] = (await next.runtime.recover()).resumed
  expect(await run?.done).toMatchObject({ outcome: 'committed' })
  expect([place.read('a'), place.read('b'), place.names()]).toEqual(['ours', 'theirs', ['a', 'b']])
})

test('a run whose agent this process does not have is set aside and the others go on', async () => {
  const [known, unknown] = [agentOf(() => 'done', 'known'), agentOf(() => 'done', 'unknown')]
  const first = place.open({ cutAt: (request) => request.entries.some(({ entry }) => entry.type === 'ProvisioningStarted') })
  const ids = [(await first.start(known)).id, (await first.start(unknown)).id]
  await first.die()
  const next = place.open({ agents: [known] })
  const { resumed, setAside } = await next.runtime.recover()
  expect(setAside).toMatchObject([{ run: ids[1], code: 'agent.not_found' }])
  expect(await resumed[0]?.done).toMatchObject({ outcome: 'committed', run: ids[0] })
  const aborted = await next.runtime.abort(ids[1] ?? ('' as never), { by: 'me' })
  expect(await aborted.done).toMatchObject({ outcome: 'aborted' })
})

test('another agent under the same name is not the one that was allowed to act', async () => {
  const first = place.open({ cutAt: (request) => request.entries.some(({ entry }) => entry.type === 'ProvisioningStarted') })
  await first.start(agentOf(() => 'done'))
  await first.die()
  const next = place.open({ agents: [agentOf(() => 'done', 'tester', { type: 'string' })] })
  expect((await next.runtime.recover()).setAside).toMatchObject([{ code: 'agent.not_found' }])
})

test('a run with an entry of a later version is set aside and the others go on', async () => {
  const agent = agentOf(() => 'done')
  const first = place.open({ cutAt: (request) => request.entries.some(({ entry }) => entry.type === 'ProvisioningStarted') })
  const [one, other] = [await first.start(agent), await first.start(agent)]
  const head = first.store.log.head(one.id)
  await first.die()
  const between = place.open()
  const body = { type: 'RunDreamt', v: 1, origin: 'runtime', at: head.at, causes: [], payload: {} } as const
  const sealed = seal(body, between.store.log.head(one.id) ?? emptyHead(one.id, context), context)
  const entries = [{ sealed, entry: { ...body, stream: one.id, seq: sealed.seq } }]
  await between.store.log.append({ expects: [{ stream: one.id, seq: head.seq }], entries, urgency: 'now' })
  await between.die()
  const next = place.open({ agents: [agent] })
  const { resumed, setAside } = await next.runtime.recover()
  expect(setAside).toMatchObject([{ run: one.id, code: 'taxonomy.unknown' }])
  expect(await Promise.all(resumed.map(({ done }) => done))).toMatchObject([{ run: other.id, outcome: 'committed' }])
})

const context = { logId: 'log_runtimetests' as never, sha256 }

test('a run that ends its runtime four times is ended, and the others finish', async () => {
  let attempts = 0
  const isDeadly = { is: true }
  const deadly = driverOf('test.wait', {
    perform: () => {
      attempts += 1
      return isDeadly.is ? new Promise(() => undefined) : { result: null }
    },
  })
  const killer = agentOf(async ({ propose }) => await propose('test.wait'), 'killer')
  const good = agentOf(async ({ propose }) => await propose('files.write', { path: 'good', content: 'x' }), 'good')
  let last: RunResult | undefined
  let process = place.open({ drivers: [deadly] })
  const { id } = await process.start(killer)
  await until(process, id, 'ActionAuthorized')
  const other = await process.start(good)
  expect(await other.done).toMatchObject({ outcome: 'committed' })
  for (let death = 0; death < 4; death += 1) {
    await process.die()
    process = place.open({ drivers: [deadly], agents: [killer, good] })
    const { resumed } = await process.runtime.recover()
    last = death < 3 ? await quiet() : await resumed[0]?.done
  }
  expect(last).toMatchObject({ outcome: 'terminated', code: 'run.quarantined' })
  expect(attempts).toBe(4)
  expect(await findings(process, [killer, good])).toEqual([])
})

test('a run that ends its runtime behind its commit point is left alone until an operator resumes it', async () => {
  let isDeadly = true
  const deadly = driverOf('test.send', {
    class: 'keyed',
    leaves: true,
    perform: () => (isDeadly ? new Promise(() => undefined) : { result: null }),
  })
  const agent = agentOf(async ({ propose }) => await propose('test.send'))
  let process = place.open({ drivers: [deadly] })
  const { id } = await process.start(agent)
  await until(process, id, 'ActionDispatched')
  for (let death = 0; death < 4; death += 1) {
    await process.die()
    process = place.open({ drivers: [deadly], agents: [agent] })
    const { setAside } = await process.runtime.recover()
    await quiet()
    expect(setAside.map(({ code }) => code)).toEqual(death < 3 ? [] : ['run.quarantined'])
  }
  isDeadly = false
  const resumed = await process.runtime.resume(id, { by: 'me' })
  expect(await resumed.done).toMatchObject({ outcome: 'committed', releases: 'complete' })
  expect(await findings(process, [agent])).toEqual([])
})

test('an agent that does something else when it runs again is ended where it differs', async () => {
  let runs = 0
  const agent = agentOf(async ({ propose }) => {
    runs += 1
    await propose('files.write', { path: 'a', content: `run ${runs}` })
    // Its end goes to the log on its own: what was cut off together with the proposal was never recorded.
    await new Promise((resolve) => setImmediate(resolve))
    return null
  })
  const first = place.open({ cutAt: (request) => request.entries.some(({ entry }) => entry.type === 'OutputStated') })
  await first.start(agent)
  await first.cut
  await first.die()
  const next = place.open({ agents: [agent] })
  const [run] = (await next.runtime.recover()).resumed
  expect(await run?.done).toMatchObject({ outcome: 'terminated', code: 'replay.diverged' })
  expect(place.read('a')).toBe('old')
})
