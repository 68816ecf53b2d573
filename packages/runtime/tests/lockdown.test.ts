import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainPrincipal } from '@ice-runtime/conformance'
import type { IceEntry, RunId, SystemOrder } from '@ice-runtime/kernel'
import { driverOf, gate } from './drivers.ts'
import { agentOf, findings, newPlace, until } from './place.ts'
import type { Place, Process } from './place.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
})
afterEach(async () => await place[Symbol.asyncDispose]())

const now = { at: 'now', reason: 'the answer is needed' } as const

function lockdown(on: boolean, agent?: string): SystemOrder {
  const why = { reason: 'it went wrong', by: plainPrincipal.subject }
  return { type: 'SetLockdown', on, ...why, ...(agent === undefined ? {} : { agent }) }
}

function entryOf<Type extends IceEntry['type']>(process: Process, run: RunId, type: Type): Extract<IceEntry, { type: Type }> | undefined {
  return process.entries(run).find((entry): entry is Extract<IceEntry, { type: Type }> => entry.type === type)
}

/** The code of a refusal or failure. */
async function codeOf(asking: Promise<unknown>): Promise<string> {
  return await asking.then(
    () => 'done',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  )
}

describe('under a lockdown', () => {
  test('every further proposal is refused, whatever was granted, until it is lifted', async () => {
    const process = place.open()
    const [first, second] = [gate(), gate()]
    const agent = agentOf(async ({ propose }) => {
      const told = [await codeOf(propose('files.write', { path: 'a', content: 'x' }))]
      await first.pass()
      told.push(
        await codeOf(propose('files.write', { path: 'b', content: 'x' })),
        await codeOf(propose('ledger.post', { account: 'ada', amountMicro: 5 }, now)),
      )
      await second.pass()
      return [...told, await codeOf(propose('files.write', { path: 'c', content: 'x' }))]
    })
    const run = await process.start(agent)
    await first.reached
    await process.runtime.order(lockdown(true))
    first.open()
    await second.reached
    await process.runtime.order(lockdown(false))
    second.open()
    expect(await run.done).toMatchObject({ outcome: 'committed', output: ['done', 'lockdown.on', 'lockdown.on', 'done'] })
    expect([place.names(), place.ledger()]).toEqual([['a', 'c'], []])
    expect(await findings(process)).toEqual([])
  })

  test('of one agent the others go on', async () => {
    const process = place.open()
    const writing = (name: string): ReturnType<typeof agentOf> =>
      agentOf(async ({ propose }) => await codeOf(propose('files.write', { path: name, content: 'x' })), name)
    await process.runtime.order(lockdown(true, 'one'))
    const [one, two] = await Promise.all([process.start(writing('one')), process.start(writing('two'))])
    expect(await two.done).toMatchObject({ outcome: 'committed', output: 'done' })
    expect(await one.done).toMatchObject({ outcome: 'committed', output: 'lockdown.on' })
    expect(place.names()).toEqual(['two'])
  })

  test('nothing is committed: a run that has ended its work is held, and commits when it is over', async () => {
    const process = place.open()
    const held = gate()
    const agent = agentOf(async ({ propose }) => {
      await propose('files.write', { path: 'a', content: 'x' })
      await propose('ledger.post', { account: 'ada', amountMicro: 5 })
      await held.pass()
      return null
    })
    const run = await process.start(agent)
    await held.reached
    await process.runtime.order(lockdown(true))
    held.open()
    await until(process, run.id, 'RunSuspended')
    expect(entryOf(process, run.id, 'RunSuspended')?.payload).toEqual({ cause: 'lockdown', code: 'lockdown.on' })
    expect([place.names(), place.ledger()]).toEqual([[], []])
    // The workspace is free for others meanwhile.
    await (await process.lock())[Symbol.asyncDispose]()
    await process.runtime.order(lockdown(false))
    expect(await run.done).toMatchObject({ outcome: 'committed', releases: 'complete' })
    expect([place.names(), place.ledger().length]).toEqual([['a'], 1])
    expect(await findings(process)).toEqual([])
  })
})

describe('a lockdown reaches what is under way', () => {
  test('a change that heeds its signal ends at once, as what may have happened, and its run waits for somebody who knows', async () => {
    const sent = gate()
    const driver = driverOf('test.send', {
      class: 'keyed',
      perform: async (_prepared, { signal }) => {
        void sent.pass()
        return await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('cut off'))))
      },
    })
    const process = place.open({ drivers: [driver] })
    const run = await process.start(agentOf(async ({ propose }) => await propose('test.send', {}, now)))
    await sent.reached
    await process.runtime.order(lockdown(true))
    await until(process, run.id, 'ActionUncertain')
    expect(entryOf(process, run.id, 'RunSuspended')?.payload.cause).toBe('reconciliation')
    expect(await findings(process)).toEqual([])
  })

  test('a read ends as failed, and its agent is told', async () => {
    const asked = gate()
    const driver = driverOf('test.look', {
      leaves: true,
      perform: async (_prepared, { signal }) => {
        void asked.pass()
        return await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('cut off'))))
      },
    })
    const process = place.open({ drivers: [driver] })
    const run = await process.start(agentOf(async ({ propose }) => await codeOf(propose('test.look'))))
    await asked.reached
    await process.runtime.order(lockdown(true))
    await until(process, run.id, 'ActionFailed')
    await process.runtime.order(lockdown(false))
    expect(await run.done).toMatchObject({ outcome: 'committed', output: 'effect.failed' })
  })

  test('one that says it has done its work has done it', async () => {
    const sent = gate()
    const driver = driverOf('test.send', {
      class: 'keyed',
      perform: async (_prepared, { signal }) => {
        void sent.pass()
        return await new Promise((resolve) => signal.addEventListener('abort', () => resolve({ result: 'in time' })))
      },
    })
    const process = place.open({ drivers: [driver] })
    const run = await process.start(agentOf(async ({ propose }) => await propose('test.send', {}, now)))
    await sent.reached
    await process.runtime.order(lockdown(true))
    expect(await run.done).toMatchObject({ outcome: 'committed', output: 'in time' })
  })

  test('one that ignores its signal is waited for as long as the grace, and no longer', async () => {
    const sent = gate()
    const driver = driverOf('test.send', { class: 'irreversible', perform: async () => await sent.pass().then(() => ({ result: null })) })
    const process = place.open({ drivers: [driver], limits: { graceMs: 50 } })
    const run = await process.start(agentOf(async ({ propose }) => await propose('test.send', {}, now)))
    await sent.reached
    await process.runtime.order(lockdown(true))
    process.time.advance(49)
    expect(process.types(run.id)).not.toContain('ActionUncertain')
    process.time.advance(1)
    await until(process, run.id, 'ActionUncertain')
  })

  test('effects that a commit decided and nobody sent are withheld, and the run ends', async () => {
    const sent = gate()
    const order: string[] = []
    const slow = driverOf('test.slow', {
      class: 'keyed',
      perform: async () => {
        await sent.pass()
        order.push('slow')
        return { result: null }
      },
    })
    const process = place.open({ drivers: [slow] })
    const agent = agentOf(async ({ propose }) => {
      await propose('test.slow')
      await propose('ledger.post', { account: 'ada', amountMicro: 5 })
      return null
    })
    const run = await process.start(agent)
    await sent.reached
    await process.runtime.order(lockdown(true))
    sent.open()
    expect(await run.done).toMatchObject({ outcome: 'committed', releases: 'incomplete' })
    expect(entryOf(process, run.id, 'ActionWithheld')?.payload.code).toBe('lockdown.on')
    expect([order, place.ledger()]).toEqual([['slow'], []])
    expect(await findings(process, [agent])).toEqual([])
  })
})

describe('a lockdown survives its process', () => {
  test('and refuses what a new run asks', async () => {
    const first = place.open()
    await first.runtime.order(lockdown(true))
    await first.die()
    const process = place.open()
    const run = await process.start(agentOf(async ({ propose }) => await codeOf(propose('files.write', { path: 'a', content: 'x' }))))
    expect(await run.done).toMatchObject({ outcome: 'committed', output: 'lockdown.on' })
    expect(place.names()).toEqual([])
  })

  test.each([
    ['is over before the next one', true],
    ['is lifted there', false],
  ])('and a run that it held goes on when it %s', async (_, early) => {
    const held = gate()
    const agent = agentOf(async ({ propose }) => {
      const told = await codeOf(propose('files.write', { path: 'a', content: 'x' }))
      await held.pass()
      return told
    })
    const first = place.open({ agents: [agent] })
    const { id } = await first.start(agent)
    await held.reached
    await first.runtime.order(lockdown(true))
    held.open()
    await until(first, id, 'RunSuspended')
    await first.runtime.close('finish')
    await first.die()
    expect(place.names()).toEqual([])
    const process = place.open({ agents: [agent] })
    if (early) await process.runtime.order(lockdown(false))
    const { resumed } = await process.runtime.recover()
    if (!early) await process.runtime.order(lockdown(false))
    expect(await resumed[0]?.done).toMatchObject({ run: id, outcome: 'committed', output: 'done' })
    expect(place.names()).toEqual(['a'])
    expect(await findings(process, [agent])).toEqual([])
  })
})
