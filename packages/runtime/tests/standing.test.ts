import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ada } from '@ice-runtime/conformance'
import { decodeEntry, entryId } from '@ice-runtime/kernel'
import type { SystemOrder } from '@ice-runtime/kernel'
import { agentOf, findings, newPlace, until } from './place.ts'
import { addAda } from './naming-ada.ts'
import type { Place } from './place.ts'

let place: Place
const by = ada.subject
const lock = (on: boolean, agent?: string): SystemOrder => ({
  type: 'SetLockdown',
  on,
  reason: 'it went wrong',
  by,
  ...(agent === undefined ? {} : { agent }),
})

beforeEach(() => {
  place = newPlace()
})
afterEach(async () => await place[Symbol.asyncDispose]())

/** Reads one file after the other, each when it is told to, and notes what it was told. */
function reader(): { readonly agent: ReturnType<typeof agentOf>; readonly next: () => void; readonly told: readonly string[] } {
  const told: string[] = []
  let waiting = Promise.withResolvers<void>()
  const agent = agentOf(async (context) => {
    for (let count = 0; count < 2; count += 1) {
      await waiting.promise
      waiting = Promise.withResolvers()
      try {
        await context.propose('files.read', { path: 'a.txt' })
        told.push('read')
      } catch (error) {
        told.push(error instanceof Error && 'code' in error ? String(error.code) : String(error))
      }
    }
  })
  return { agent, told, next: () => waiting.resolve() }
}

describe('an order about all runs', () => {
  test('is durable on return, live at once, and survives the process', async () => {
    const process = place.open()
    await process.runtime.order(addAda)
    expect(process.store.log.head('system').seq).toBe(1)
    expect(process.runtime.standing().system.operators.get(ada.subject)?.roles).toEqual(['ops'])
    await process.die()
    const next = place.open()
    expect(next.runtime.standing().system.operators.has(ada.subject)).toBe(true)
    expect(await findings(next)).toEqual([])
  })

  test('that is not taken is said with its code, and nothing is recorded', async () => {
    const process = place.open()
    await expect(process.runtime.order(lock(false))).rejects.toMatchObject({
      code: 'usage.invalid',
      message: expect.stringContaining('lockdown.not_on'),
    })
    expect(process.store.log.head('system').seq).toBe(0)
    await process.runtime.close('finish')
    await expect(process.runtime.order(lock(true))).rejects.toMatchObject({ code: 'runtime.closed' })
  })

  test('given at the same time as others is taken in the order of the calls', async () => {
    const process = place.open()
    await Promise.all([process.runtime.order(lock(true)), process.runtime.order(lock(false)), process.runtime.order(lock(true, 'tester'))])
    expect(process.runtime.standing().system).toMatchObject({ lockdown: false, lockedAgents: new Set(['tester']) })
  })

  test('given between what a run decides comes after what was decided before it', async () => {
    place.write('a.txt', 'a')
    const process = place.open()
    const orders: Promise<void>[] = []
    const agent = agentOf(async (context) => {
      const before = context.propose('files.read', { path: 'a.txt' })
      orders.push(process.runtime.order(addAda))
      await before
      await context.propose('files.read', { path: 'a.txt' })
    })
    const run = await process.start(agent)
    expect(await run.done).toMatchObject({ outcome: 'committed' })
    await Promise.all(orders)
    const all = process.store.log.read({ from: 1 }, 1024)
    const order = all.findIndex(({ stream }) => stream === 'system')
    expect(all.slice(0, order).map((stored) => decodeEntry(stored).type)).toContain('ActionAuthorized')
    expect(all.slice(order).map((stored) => decodeEntry(stored).type)).toContain('ActionAuthorized')
    expect(await findings(process)).toEqual([])
  })

  test('to revoke a grant refuses the next use of it, in a run at work', async () => {
    place.write('a.txt', 'a')
    const process = place.open()
    const { agent, told, next } = reader()
    const run = await process.start(agent)
    next()
    await until(process, run.id, 'ActionSucceeded')
    const granted = process.entries(run.id).find(({ type }) => type === 'CapabilityGranted')
    await process.runtime.order({ type: 'RevokeSystemGrant', grant: entryId(run.id, granted?.seq ?? 0), reason: 'enough' })
    next()
    await run.done
    expect(told).toEqual(['read', 'grant.revoked'])
    expect(await findings(process)).toEqual([])
  })
})
