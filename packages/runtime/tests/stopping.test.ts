import { afterEach, beforeEach, expect, test } from 'vitest'
import { gate, driverOf, waiting } from './drivers.ts'
import { agentOf, findings, newPlace, until } from './place.ts'
import type { Place } from './place.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

const forever = (): Promise<never> => new Promise(() => undefined)

test('a suspended run takes nothing further until it is resumed, and then goes on where it was', async () => {
  const held = gate()
  const process = place.open({ drivers: [waiting('test.wait', held)] })
  const agent = agentOf(async ({ propose }) => {
    await propose('test.wait')
    await propose('files.write', { path: 'a', content: 'x' })
    return null
  })
  const run = await process.start(agent)
  await held.reached
  await process.runtime.suspend(run.id, { by: 'me' })
  held.open()
  await until(process, run.id, 'ActionSucceeded')
  expect(process.types(run.id).slice(-2)).toEqual(['RunSuspended', 'ActionSucceeded'])
  await process.runtime.resume(run.id, { by: 'me' })
  expect(await run.done).toMatchObject({ outcome: 'committed' })
  expect(place.read('a')).toBe('x')
  expect(await findings(process, [agent])).toEqual([])
})

test('a run can be suspended while it is judged', async () => {
  const held = gate()
  const judge = { name: 'slow', check: async () => await held.pass().then(() => ({ passed: true })) }
  const process = place.open({ validators: [judge] })
  const run = await process.start(
    agentOf(async ({ propose }) => await propose('files.write', { path: 'a', content: 'x' })),
    {
      validators: ['slow'],
    },
  )
  await held.reached
  await process.runtime.suspend(run.id, { by: 'me' })
  held.open()
  await process.runtime.resume(run.id, { by: 'me' })
  expect(await run.done).toMatchObject({ outcome: 'committed' })
  expect(await findings(process)).toEqual([])
})

test.each([['executing'], ['suspended'], ['validating']] as const)(
  'a run is aborted while %s and leaves the workspace alone',
  async (phase) => {
    const held = gate()
    const judge = { name: 'slow', check: async () => await held.pass().then(forever) }
    const process = place.open({ validators: [judge], drivers: [waiting('test.wait', held)] })
    const agent = agentOf(async ({ propose }) => {
      await propose('files.write', { path: 'a', content: 'x' })
      return phase === 'validating' ? null : await propose('test.wait')
    })
    const run = await process.start(agent, { validators: ['slow'] })
    await held.reached
    if (phase === 'suspended') await process.runtime.suspend(run.id, { by: 'me' })
    await process.runtime.abort(run.id, { by: 'me', detail: 'enough' })
    held.open()
    expect(await run.done).toMatchObject({ outcome: 'aborted', code: 'run.aborted' })
    expect(place.names()).toEqual([])
    expect(await findings(process, [agent])).toEqual([])
  },
)

test('a run past its commit point is not aborted', async () => {
  const held = gate()
  const process = place.open({ drivers: [waiting('test.send', held, { class: 'keyed', leaves: true })] })
  const run = await process.start(agentOf(async ({ propose }) => await propose('test.send')))
  await held.reached
  await expect(process.runtime.abort(run.id, { by: 'me' })).rejects.toMatchObject({ code: 'usage.invalid' })
  await expect(process.runtime.suspend(run.id, { by: 'me' })).rejects.toMatchObject({ code: 'usage.invalid' })
  held.open()
  expect(await run.done).toMatchObject({ outcome: 'committed', releases: 'complete' })
})

test('an ended run takes no order', async () => {
  const process = place.open()
  const run = await process.start(agentOf(() => null))
  await run.done
  await expect(process.runtime.abort(run.id, { by: 'me' })).rejects.toMatchObject({ code: 'run.ended' })
  await expect(process.runtime.resume(run.id, { by: 'me' })).rejects.toMatchObject({ code: 'run.ended' })
})

test.each([
  ['observe', true, 'ActionFailed'],
  ['irreversible', true, 'ActionUncertain'],
  ['staged', false, 'ActionFailed'],
] as const)('an aborted run waits for a hanging %s driver no longer than the grace', async (effectClass, leaves, type) => {
  const begun = gate()
  const hanging = driverOf('test.send', { class: effectClass, leaves, perform: async () => await begun.pass().then(forever) })
  const process = place.open({ drivers: [hanging] })
  const now = effectClass === 'irreversible' ? ({ at: 'now', reason: 'test' } as const) : undefined
  const run = await process.start(agentOf(async ({ propose }) => await propose('test.send', {}, now)))
  await begun.reached
  await process.runtime.abort(run.id, { by: 'me' })
  while (!process.types(run.id).includes('RunTornDown')) {
    await new Promise((resolve) => setImmediate(resolve))
    process.time.advance(100)
  }
  expect(await run.done).toMatchObject({ outcome: 'aborted' })
  expect(process.types(run.id)).toContain(type)
  expect(await findings(process)).toEqual([])
})

test('a driver that listens is told at its deadline', async () => {
  const begun = gate()
  const listening = driverOf('test.send', {
    leaves: true,
    perform: async (_prepared, { signal }) => {
      const aborted = new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
      await begun.pass()
      return await (aborted as Promise<never>)
    },
  })
  const process = place.open({ drivers: [listening] })
  begun.open()
  const run = await process.start(
    agentOf(async ({ propose }) => await propose('test.send').catch((error: unknown) => ({ ...(error as object) }))),
  )
  await until(process, run.id, 'ActionDispatched')
  await begun.reached
  process.time.advance(1000)
  expect(await run.done).toMatchObject({ outcome: 'committed', output: { code: 'effect.timeout' } })
})

test('a runtime that closes to finish takes no more runs and waits for those it has', async () => {
  const held = gate()
  const process = place.open({ drivers: [waiting('test.wait', held)] })
  const run = await process.start(agentOf(async ({ propose }) => await propose('test.wait')))
  await held.reached
  const closing = process.runtime.close('finish')
  await expect(process.start(agentOf(() => null))).rejects.toMatchObject({ code: 'runtime.closed' })
  held.open()
  await closing
  expect(await run.done).toMatchObject({ outcome: 'committed' })
  expect(process.runtime.live()).toEqual([])
})

test('a runtime that closes to finish leaves a suspended run to the next', async () => {
  const held = gate()
  const process = place.open({ drivers: [waiting('test.wait', held)] })
  const run = await process.start(agentOf(async ({ propose }) => await propose('test.wait')))
  await held.reached
  await process.runtime.suspend(run.id, { by: 'me' })
  held.open()
  await process.runtime.close('finish')
  await expect(run.done).rejects.toMatchObject({ code: 'runtime.closed' })
  expect(process.types(run.id).filter((type) => type.startsWith('RunS'))).toEqual(['RunSuspended'])
})

test('a runtime that closes while a run is being asked for leaves it in the log for the next', async () => {
  const process = place.open()
  const agent = agentOf(() => 'done')
  const asked = process.start(agent)
  await process.runtime.close('suspend')
  const run = await asked
  await expect(run.done).rejects.toMatchObject({ code: 'runtime.closed' })
  await process.die()
  const next = place.open({ agents: [agent] })
  const [again] = (await next.runtime.recover()).resumed
  expect(await again?.done).toMatchObject({ outcome: 'committed', output: 'done' })
})

test('runs suspended by a shutdown go on by themselves, those an operator suspended do not', async () => {
  const [one, other] = [gate(), gate()]
  const drivers = [waiting('test.one', one), waiting('test.other', other)]
  const agentFor = (action: string): ReturnType<typeof agentOf> =>
    agentOf(async ({ propose }) => {
      await propose('files.write', { path: action, content: 'x' })
      return await propose(action)
    }, action)
  const agents = [agentFor('test.one'), agentFor('test.other')]
  const first = place.open({ drivers })
  const [shut, stopped] = await Promise.all(agents.map((agent) => first.start(agent)))
  await Promise.all([one.reached, other.reached])
  await first.runtime.suspend(stopped?.id ?? ('' as never), { by: 'me' })
  const closing = first.runtime.close('suspend')
  one.open()
  other.open()
  await closing
  await expect(shut?.done).rejects.toMatchObject({ code: 'runtime.closed' })
  await first.die()

  const next = place.open({ drivers, agents })
  const { resumed } = await next.runtime.recover()
  const ended = resumed.find(({ id }) => id === shut?.id)
  expect(await ended?.done).toMatchObject({ outcome: 'committed' })
  expect(next.runtime.live()).toEqual([stopped?.id])
  const waits = await next.runtime.resume(stopped?.id ?? ('' as never), { by: 'me' })
  expect(await waits.done).toMatchObject({ outcome: 'committed' })
  expect(place.names()).toEqual(['test.one', 'test.other'])
  expect(await findings(next, agents)).toEqual([])
})
