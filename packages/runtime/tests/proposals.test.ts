import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { maxMalformedProposals } from '@ice-runtime/kernel'
import type { AgentHost, PreparedAction } from '@ice-runtime/kernel'
import { driverOf, gate, waiting } from './drivers.ts'
import { agentOf, findings, newPlace, until } from './place.ts'
import type { Place } from './place.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

/** A host that says exactly these messages at its start, and ends when all have been answered. */
function saying(messages: readonly unknown[]): AgentHost {
  return {
    ...agentOf(() => null),
    open: async (_start, channel) => {
      const told: string[] = []
      return {
        start: async () => messages.forEach((message, key) => channel.propose({ key, message })),
        deliver: async ({ outcome }) => {
          told.push('code' in outcome ? outcome.code : outcome.type)
          if (told.length === messages.length) channel.end({ type: 'completed', output: told })
        },
        stop: async () => undefined,
      }
    },
  }
}

const nested = `${'['.repeat(200_000)}${']'.repeat(200_000)}`

test.each<readonly [string, unknown]>([
  ['no JSON', '{"action":'],
  ['no object', '7'],
  ['a member too many', { action: 'time.now', args: {}, sudo: true }],
  ['a name that is none', { action: '', args: { x: 'time' } }],
  ['nesting of 200,000', `{"action":"time.now","args":${nested}}`],
  ['a duplicate key', '{"action":"time.now","action":"files.read"}'],
  ['__proto__', '{"action":"time.now","args":{"__proto__":{}}}'],
  ['a lone surrogate', { action: 'time.now', args: { x: '\ud800' } }],
  ['no number', { action: 'time.now', args: { x: Number.NaN } }],
  ['a function', () => 'time.now'],
])('a proposal with %s is recorded as it came, refused, and answered', async (_what, message) => {
  const process = place.open()
  const agent = saying([message])
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', output: ['proposal.malformed'], refused: 1 })
  const proposed = process.entries(run.id).find((entry) => entry.type === 'ActionProposed')
  const raw = proposed?.type === 'ActionProposed' ? proposed.payload.malformed?.raw : undefined
  // The bytes as they came where there were any, else as much of a description as the value allows.
  const kept = Buffer.from(process.store.blobs.get(raw ?? ('' as never))).toString()
  expect(kept).toContain(typeof message === 'string' ? message : 'time')
  expect(await findings(process)).toEqual([])
})

test('after a bound of malformed proposals the run is ended', async () => {
  const process = place.open()
  const run = await process.start(saying(Array.from({ length: maxMalformedProposals + 5 }, () => 'x')))
  expect(await run.done).toMatchObject({ outcome: 'terminated', code: 'limit.malformed' })
  expect(await findings(process)).toEqual([])
})

test('proposals made together are answered each, and what stays inside happens in their order', async () => {
  const process = place.open()
  const agent = agentOf(async ({ propose }) => {
    const names = ['a', 'b', 'c', 'd']
    await Promise.all(names.map((path) => propose('files.write', { path, content: path })))
    return null
  })
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', steps: 4 })
  const results = process.entries(run.id).flatMap((entry) => (entry.type === 'ActionSucceeded' ? [entry.payload.changes?.[0]?.path] : []))
  expect(results).toEqual(['a', 'b', 'c', 'd'])
  expect(await findings(process, [agent])).toEqual([])
})

test('effects at once that an agent asks for in its first turn happen once each', async () => {
  const sent: string[] = []
  const send = driverOf('test.send', {
    class: 'irreversible',
    leaves: true,
    probe: async () => ({ found: 'not_done' }),
    perform: async (_prepared, { key }) => {
      sent.push(key)
      return { result: key }
    },
  })
  const process = place.open({ drivers: [send] })
  const now = { at: 'now', reason: 'test' } as const
  const agent = agentOf(async ({ propose }) => await Promise.all([propose('test.send', {}, now), propose('test.send', {}, now)]))
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', output: sent })
  expect(sent).toHaveLength(2)
  expect(await findings(process, [agent])).toEqual([])
})

test('an agent that floods ends its own run and no other', async () => {
  const held = gate()
  const process = place.open({ drivers: [waiting('test.wait', held)], limits: { queuedProposals: 10 } })
  const flood = await process.start(saying(Array.from({ length: 50 }, () => ({ action: 'test.wait' }))))
  const other = await process.start(agentOf(() => 'calm'))
  expect(await other.done).toMatchObject({ outcome: 'committed' })
  held.open()
  expect(await flood.done).toMatchObject({ outcome: 'terminated', code: 'limit.queued_proposals' })
})

test('what is asked while the run is being stopped is refused or dropped, and never performed', async () => {
  const held = gate()
  const process = place.open({ drivers: [waiting('test.wait', held)] })
  const agent = agentOf(async ({ propose }) => {
    void propose('test.wait').catch(() => undefined)
    await propose('files.write', { path: 'late', content: 'x' })
    return null
  })
  const run = await process.start(agent)
  await held.reached
  await process.runtime.abort(run.id, { by: 'me' })
  held.open()
  expect(await run.done).toMatchObject({ outcome: 'aborted' })
  expect(place.names()).toEqual([])
  expect(await findings(process)).toEqual([])
})

test('changes that no entry holds fail the action instead of losing the run', async () => {
  const many = driverOf('test.stage', {
    class: 'staged',
    perform: () => ({
      result: null,
      changes: Array.from({ length: 3000 }, (_, index) => ({
        path: `${'x'.repeat(80)}${index}`,
        to: { kind: 'directory' } as const,
        base: { kind: 'absent' } as const,
      })),
    }),
  })
  const process = place.open({ drivers: [many] })
  const agent = agentOf(async ({ propose }) => await propose('test.stage').catch((error: unknown) => ({ ...(error as object) })))
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', output: { code: 'limit.exceeded', outcome: 'failed' } })
  expect(await findings(process, [agent])).toEqual([])
})

test.each<[string, Partial<PreparedAction>]>([
  ['names more resources than an entry holds', { resources: Array.from({ length: 2000 }, (_, index) => `test:${index}`) }],
  ['states a fact longer than a fact may be', { facts: { text: 'x'.repeat(9000) } }],
  ['states a number that is none', { facts: { size: Number.NaN } }],
  ['states a fact it never declared', { facts: { stranger: true } }],
  ['states a fact of another type', { facts: { size: 'large' } }],
])('a preparation that %s is refused instead of losing the run', async (_, part) => {
  const strange = driverOf('test.strange', {
    facts: { text: { type: 'string', optional: true }, size: { type: 'integer', optional: true } },
    perform: () => ({ result: null }),
    prepare: (args) => ({ action: 'test.strange', args, resources: ['test:a'], facts: {}, class: 'observe', cost: {}, ...part }),
  })
  const process = place.open({ drivers: [strange] })
  const agent = agentOf(async ({ propose }) => await propose('test.strange').catch((error: unknown) => ({ ...(error as object) })))
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', output: { code: 'effect.prepare_failed', outcome: 'refused' } })
  expect(await findings(process, [agent])).toEqual([])
})

test('what is done is what was decided, whatever the agent does to its own objects afterwards', async () => {
  const performed: unknown[] = []
  const mail = driverOf('test.mail', {
    class: 'keyed',
    leaves: true,
    perform: ({ args }) => {
      performed.push(args)
      return { result: null }
    },
  })
  const process = place.open({ drivers: [mail] })
  const agent = agentOf(async ({ propose }) => {
    const letter = { to: 'ada' }
    const proposed = propose('test.mail', letter)
    letter.to = 'eve'
    await proposed
    letter.to = 'mallory'
    return null
  })
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', releases: 'complete' })
  expect(performed).toEqual([{ to: 'ada' }])
  expect(await findings(process, [agent])).toEqual([])
})

test.each<[string, object]>([
  ['staged changes', { changes: [{ path: 'a', to: { kind: 'directory' }, base: { kind: 'absent' } }] }],
  ['a label that is none', { label: 'secret' }],
])('an effect outside that answers with %s is uncertain, and sent once', async (_, part) => {
  let sent = 0
  const odd = driverOf('test.odd', {
    class: 'keyed',
    leaves: true,
    perform: () => {
      sent += 1
      return { result: null, ...part }
    },
  })
  const process = place.open({ drivers: [odd] })
  const agent = agentOf(async ({ propose }) => await propose('test.odd'))
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', releases: 'incomplete' })
  expect(sent).toBe(1)
  expect(await findings(process, [agent])).toEqual([])
})

test('a driver that prepares nothing is refused', async () => {
  const empty = driverOf('test.empty', { perform: () => ({ result: null }), prepare: () => null as never })
  const process = place.open({ drivers: [empty] })
  const agent = agentOf(async ({ propose }) => await propose('test.empty').catch((error: unknown) => ({ ...(error as object) })))
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', output: { code: 'effect.prepare_failed', outcome: 'refused' } })
})

describe('ceilings', () => {
  test('of steps end a run at the proposal beyond them', async () => {
    const process = place.open()
    const agent = agentOf(async ({ propose }) => {
      for (;;) await propose('time.now')
    })
    const run = await process.start(agent, { ceilings: { steps: 3 } })
    expect(await run.done).toMatchObject({ outcome: 'terminated', code: 'limit.steps', steps: 4 })
    expect(await findings(process)).toEqual([])
  })

  test('of time end a run that waits for nothing that comes', async () => {
    const process = place.open()
    const run = await process.start(
      agentOf(() => new Promise(() => undefined)),
      { ceilings: { wallMs: 5000 } },
    )
    await until(process, run.id, 'RunRequested')
    while (process.time.nextMs() === undefined) await new Promise((resolve) => setImmediate(resolve))
    process.time.advance(5000)
    expect(await run.done).toMatchObject({ outcome: 'terminated', code: 'limit.wall' })
  })

  test('of spend refuse what does not fit and leave the rest', async () => {
    const process = place.open()
    const agent = agentOf(async ({ propose }) => {
      const codes: string[] = []
      for (const amountMicro of [60, 60, 40]) {
        const args = { account: 'ada', amountMicro }
        codes.push(
          await propose('ledger.transfer', args).then(
            () => 'deferred',
            (error: unknown) => (error as { readonly code: string }).code,
          ),
        )
      }
      return codes
    })
    const run = await process.start(agent, { ceilings: { cost: { moneyMicro: 100 } } })
    expect(await run.done).toMatchObject({ outcome: 'committed', output: ['deferred', 'budget.money', 'deferred'] })
    expect(place.ledger().map(({ amountMicro }) => amountMicro)).toEqual([60, 40])
  })
})

describe('admission', () => {
  test('a burst beyond what may work and wait is refused, each that was accepted ends', async () => {
    const process = place.open({ limits: { activeRuns: 2, waitingRuns: 3 } })
    const agent = agentOf(() => 'done')
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => process.start(agent)))
    const accepted = asked.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    const refused = asked.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []))
    expect(accepted).toHaveLength(5)
    expect(refused).toHaveLength(15)
    expect(refused).toEqual(refused.map(() => expect.objectContaining({ code: 'runtime.overloaded' })))
    for (const { done } of accepted) expect(await done).toMatchObject({ outcome: 'committed' })
    expect(await (await process.start(agent)).done).toMatchObject({ outcome: 'committed' })
  })

  test('a limit of no waiting leaks no place', async () => {
    const process = place.open({ limits: { activeRuns: 1, waitingRuns: 0 } })
    for (let nth = 0; nth < 3; nth += 1) expect(await (await process.start(agentOf(() => nth))).done).toMatchObject({ output: nth })
  })
})
