import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseEntryId, parseSubjectId, splitEntryId } from '@ice-runtime/kernel'
import type { RunId } from '@ice-runtime/kernel'
import type { Finding } from '@ice-runtime/runtime'
import { driverOf } from './drivers.ts'
import { agentOf, findings, newPlace, until } from './place.ts'
import type { Place, Process } from './place.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

const said = (found: Finding['found']): Finding => ({ found, by: parseSubjectId('sub_00000000000ada'), reason: 'the bank shows it' })
const now = { at: 'now', reason: 'the answer is needed' } as const

function transferring(fail: 'before' | 'after' | undefined, action = 'ledger.transfer'): ReturnType<typeof agentOf> {
  return agentOf(async ({ propose }) => {
    const args = { account: 'ada', amountMicro: 5, ...(fail === undefined ? {} : { fail }) }
    const told = await propose(action, args, now).catch((error: unknown) => ({ ...(error as object) }))
    await propose('files.write', { path: 'after', content: 'x' })
    return { told: told as never }
  })
}

function uncertainOf(process: Process, run: RunId): number {
  const entry = process.entries(run).find(({ type }) => type === 'ActionUncertain')
  if (entry?.type !== 'ActionUncertain') throw new Error('nothing is uncertain')
  return entry.payload.action
}

test('an effect at once is durable before it is sent and tells its result', async () => {
  const process = place.open()
  const agent = transferring(undefined)
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', output: { told: { seq: 1 } }, releases: 'none' })
  const [record] = place.ledger()
  const { seq } = splitEntryId(parseEntryId(record?.key ?? ''))
  expect(process.entries(run.id)[seq - 1]?.type).toBe('ActionProposed')
  expect(await findings(process, [agent])).toEqual([])
})

test('an effect at once that policy does not name is refused', async () => {
  const process = place.open({ atOnce: ['ledger.post'] })
  const run = await process.start(transferring(undefined))
  expect(await run.done).toMatchObject({ output: { told: { code: 'policy.forbidden' } } })
  expect(place.ledger()).toEqual([])
})

test('what an abort could not take back is listed', async () => {
  const process = place.open()
  const agent = agentOf(async ({ propose }) => {
    await propose('ledger.post', { account: 'ada', amountMicro: 5 }, now)
    throw new Error('no more')
  })
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'aborted' })
  const aborted = process.entries(run.id).find(({ type }) => type === 'RunAborted')
  expect(aborted?.payload).toMatchObject({ left: [expect.any(Number)] })
})

test.each([
  ['an operator says it was done', 'ledger.wire', said('done'), 'done', { told: null }],
  ['an operator says it was not', 'ledger.wire', said('not_done'), 'not_done', { told: { code: 'effect.failed', outcome: 'failed' } }],
  ['the probe finds it', 'ledger.transfer', 'probe', 'done', { told: { seq: 1 } }],
] as const)('an uncertain effect suspends the run until %s', async (_what, action, found, answered, output) => {
  const process = place.open()
  const agent = transferring('after', action)
  const run = await process.start(agent)
  await until(process, run.id, 'RunSuspended')
  await expect(process.runtime.resume(run.id, { by: 'me' })).rejects.toMatchObject({ code: 'usage.invalid' })
  expect(await process.runtime.reconcile(run.id, uncertainOf(process, run.id), found)).toBe(answered)
  await process.runtime.resume(run.id, { by: 'me' })
  expect(await run.done).toMatchObject({ outcome: 'committed', output })
  expect([place.ledger().length, place.read('after')]).toEqual([1, 'x'])
  expect(await findings(process, [agent])).toEqual([])
})

test('an uncertain effect that cannot be asked about stays so', async () => {
  const process = place.open()
  const run = await process.start(transferring('after', 'ledger.wire'))
  await until(process, run.id, 'RunSuspended')
  expect(await process.runtime.reconcile(run.id, uncertainOf(process, run.id), 'probe')).toBe('unknown')
  await process.runtime.abort(run.id, { by: 'me' })
  expect(await run.done).toMatchObject({ outcome: 'aborted', code: 'run.aborted' })
})

test('a run that suspended over an uncertain effect goes on in the next process once that is reconciled', async () => {
  const first = place.open()
  const agent = transferring('after')
  const { id } = await first.start(agent)
  await until(first, id, 'RunSuspended')
  await first.die()
  const next = place.open({ agents: [agent] })
  const [run] = (await next.runtime.recover()).resumed
  expect(await next.runtime.reconcile(id, uncertainOf(next, id), 'probe')).toBe('done')
  await next.runtime.resume(id, { by: 'me' })
  expect(await run?.done).toMatchObject({ outcome: 'committed', output: { told: { seq: 1 } } })
  expect(place.ledger()).toHaveLength(1)
  expect(await findings(next, [agent])).toEqual([])
})

test.each([['keyed'], ['irreversible']] as const)(
  'a %s effect whose answer no record can hold is uncertain, not failed',
  async (effectClass) => {
    const send = driverOf('test.send', { class: effectClass, leaves: true, perform: () => ({ result: Number.NaN }) })
    const process = place.open({ drivers: [send] })
    const run = await process.start(agentOf(async ({ propose }) => await propose('test.send', {}, now)))
    await until(process, run.id, 'RunSuspended')
    expect(process.types(run.id)).toContain('ActionUncertain')
    await process.runtime.abort(run.id, { by: 'me' })
    await run.done
  },
)

test('a read that breaks has failed and does not suspend the run', async () => {
  const broken = driverOf('test.send', { leaves: true, perform: () => Promise.reject(new Error('reset')) })
  const process = place.open({ drivers: [broken] })
  const run = await process.start(
    agentOf(async ({ propose }) => await propose('test.send').catch((error: unknown) => ({ ...(error as object) }))),
  )
  expect(await run.done).toMatchObject({ outcome: 'committed', output: { code: 'effect.failed', outcome: 'failed' } })
})
