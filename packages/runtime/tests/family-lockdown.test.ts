import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainGrant, plainPrincipal } from '@ice-runtime/conformance'
import type { AgentHost, Driver, GrantTerms, RunId, SystemOrder } from '@ice-runtime/kernel'
import { driverOf, gate } from './drivers.ts'
import { agentOf, findings, newPlace, until } from './place.ts'
import type { Place, Process, ProcessOptions } from './place.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
})
afterEach(async () => await place[Symbol.asyncDispose]())

const now = { at: 'now', reason: 'the answer is needed' } as const
const leading: GrantTerms = {
  ...plainGrant,
  actions: ['agent.spawn', ...plainGrant.actions],
  resources: ['agent:**', ...plainGrant.resources],
  delegable: 1,
}
const leader = agentOf(
  async ({ propose }) =>
    await propose<{ output: unknown }>('agent.spawn', {
      agent: 'child',
      grants: [plainGrant],
      ceilings: { steps: 9, sizeBytes: 100 },
    }).then(({ output }) => output, codeOf),
  'leader',
)

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

function lockdown(on: boolean, agent?: string): SystemOrder {
  const why = { reason: 'it went wrong', by: plainPrincipal.subject }
  return { type: 'SetLockdown', on, ...why, ...(agent === undefined ? {} : { agent }) }
}

async function started(child: AgentHost, more: Partial<ProcessOptions> = {}) {
  const process = place.open({ agents: [leader, child], ...more })
  return { process, run: await process.start(leader, { grants: [leading] }) }
}

function childOf(process: Process, run: RunId): RunId {
  const spawned = process.entries(run).find((entry) => entry.type === 'ChildSpawned')
  if (spawned === undefined) throw new Error(`${run} has no child`)
  return spawned.payload.child
}

/** A change that is under way until the test lets it go, or its signal does. */
function sending(sent: ReturnType<typeof gate>, heeds: boolean): Driver {
  return driverOf('test.send', {
    class: 'irreversible',
    perform: async (_prepared, { signal }) => {
      const passed = sent.pass().then(() => ({ result: 'sent' }))
      if (!heeds) return await passed
      return await Promise.race([
        passed,
        new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('cut off')))),
      ])
    },
  })
}

describe('a lockdown reaches what a child has under way', () => {
  const child = agentOf(async ({ propose }) => await propose('test.send', {}, now).catch(codeOf), 'child')

  test.each([
    ['at once where it heeds its signal', true],
    ['after the grace where it does not', false],
  ])('%s, and the family goes on once somebody has said what became of it', async (_, heeds) => {
    const sent = gate()
    const { process, run } = await started(child, { drivers: [sending(sent, heeds)], limits: { graceMs: 50 } })
    await sent.reached
    const below = childOf(process, run.id)
    await process.runtime.order(lockdown(true))
    if (!heeds) process.time.advance(50)
    await until(process, below, 'RunSuspended')
    const uncertain = process.entries(below).find((entry) => entry.type === 'ActionUncertain')
    expect(process.entries(below).at(-1)?.payload).toMatchObject({ cause: 'reconciliation' })
    await process.runtime.order(lockdown(false))
    await process.runtime.reconcile(below, uncertain?.payload.action ?? 0, {
      found: 'done',
      by: plainPrincipal.subject,
      reason: 'it is there',
    })
    await process.runtime.resume(below, { by: 'ops' })
    expect(await run.done).toMatchObject({ outcome: 'committed', output: null })
    expect(process.types(below).at(-1)).toBe('RunTornDown')
    expect(await findings(process)).toEqual([])
  })

  test('also where it is of its leader alone', async () => {
    const begun = gate()
    const waiting = agentOf(async ({ propose }) => {
      await begun.pass()
      return await propose('files.write', { path: 'a', content: 'x' }).then(() => 'done', codeOf)
    }, 'child')
    const { process, run } = await started(waiting)
    await begun.reached
    await process.runtime.order(lockdown(true, 'leader'))
    begun.open()
    expect(await run.done).toMatchObject({ outcome: 'committed', output: 'lockdown.on' })
    expect(place.names()).toEqual([])
  })
})

describe('a lockdown survives its process', () => {
  test('and a child that it held merges once it is over, with what it deferred sent once', async () => {
    const begun = gate()
    const child = agentOf(async ({ propose }) => {
      await propose('files.write', { path: 'a', content: 'x' })
      await propose('ledger.post', { account: 'ada', amountMicro: 5 })
      await begun.pass()
      return await propose('files.write', { path: 'b', content: 'x' }).then(() => 'done', codeOf)
    }, 'child')
    const { process: first, run } = await started(child)
    await begun.reached
    await first.runtime.order(lockdown(true))
    begun.open()
    const below = childOf(first, run.id)
    await until(first, below, 'RunSuspended')
    expect(first.entries(below).at(-1)?.payload).toEqual({ cause: 'lockdown', code: 'lockdown.on' })
    await first.runtime.close('suspend')
    await first.die()
    expect([place.names(), place.ledger()]).toEqual([[], []])
    const process = place.open({ agents: [leader, child] })
    const { resumed } = await process.runtime.recover()
    expect(process.types(below)).not.toContain('RunMerged')
    await process.runtime.order(lockdown(false))
    const ends = await Promise.all(resumed.map(async ({ done }) => (await done).outcome))
    expect(ends).toEqual(['committed', 'merged'])
    expect([place.names(), place.ledger().length]).toEqual([['a'], 1])
    expect(await findings(process, [leader, child])).toEqual([])
  })
})
