import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainGrant } from '@ice-runtime/conformance'
import { spawnDriver } from '@ice-runtime/effects'
import type { GrantTerms } from '@ice-runtime/kernel'
import { driverOf, gate } from './drivers.ts'
import { agentOf } from './place.ts'
import { newWorkers } from './workers.ts'
import type { Workers } from './workers.ts'

const now = { at: 'now', reason: 'the answer is needed' } as const

let workers: Workers
/** Whether the medium takes what is written. */
let isWritable: boolean
let outside: string[]

beforeEach(() => {
  isWritable = true
  outside = []
  workers = newWorkers({ commitFate: () => (isWritable ? 'durable' : 'lost') })
})
afterEach(async () => await workers[Symbol.asyncDispose]())

const sending = driverOf('test.send', {
  class: 'keyed',
  perform: () => {
    outside.push('sent')
    return { result: 'sent' }
  },
})
const looking = driverOf('test.look', { perform: () => ({ result: 'seen' }) })

async function codeOf(asking: Promise<unknown>): Promise<string> {
  return await asking.then(String, (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)))
}

/** An agent that works until it is told that nothing can be recorded any more, and notes what it is told. */
function insisting(asks: string, told: string[], begins = gate()): ReturnType<typeof agentOf> {
  return agentOf(async ({ propose }) => {
    await begins.pass()
    for (let count = 0; count < 50 && told.at(-1) !== 'store.unwritable'; count += 1) told.push(await codeOf(propose(asks, {}, now)))
    told.push(await codeOf(propose(asks, {}, now)))
    return null
  })
}

describe('a store that cannot be written', () => {
  test('sends nothing, and an agent that waits for its verdict is told why', async () => {
    const { start } = workers.worker({ drivers: [sending] })
    const [told, begins] = [[] as string[], gate()]
    const run = await start(insisting('test.send', told, begins))
    await begins.reached
    await workers.store.log.flush()
    isWritable = false
    begins.open()
    await expect(run.done).rejects.toMatchObject({ code: 'store.unknown', message: expect.stringContaining('store.unwritable') })
    expect([told, outside]).toEqual([['store.unwritable', 'store.unwritable'], []])
  })

  test('refuses every proposal from the moment on that it is known', async () => {
    const { start } = workers.worker({ drivers: [looking] })
    const told: string[] = []
    const agent = agentOf(async ({ propose }) => {
      while (told.at(-1) !== 'store.unwritable' && told.length < 100_000) {
        told.push(await codeOf(propose('test.look')))
        await new Promise((resolve) => setImmediate(resolve))
        if (told.length === 3) isWritable = false
      }
      for (let count = 0; count < 3; count += 1) told.push(await codeOf(propose('test.look')))
      return null
    })
    const run = await start(agent)
    await expect(run.done).rejects.toMatchObject({ code: 'store.unknown' })
    const first = told.indexOf('store.unwritable')
    expect(told.slice(0, first)).toEqual(Array.from({ length: first }, () => 'seen'))
    expect(told.slice(first)).toEqual(Array.from({ length: 4 }, () => 'store.unwritable'))
  })

  test('refuses every run of a family, and whoever waits for a run below', async () => {
    const begins = gate()
    const told: Record<string, string[]> = { leader: [], child: [] }
    const child = agentOf(async ({ propose }) => {
      await begins.pass()
      for (let count = 0; count < 3; count += 1) told['child']?.push(await codeOf(propose('test.send', {}, now)))
      return null
    }, 'child')
    const lent = { ...plainGrant, delegable: 1 }
    const leader = agentOf(async ({ propose }) => {
      told['leader']?.push(await codeOf(propose('agent.spawn', { agent: 'child', grants: [plainGrant], ceilings: { steps: 5 } })))
      told['leader']?.push(await codeOf(propose('test.send', {}, now)))
      return null
    }, 'leader')
    const never = (): never => {
      throw new Error('what is lent is said in full')
    }
    const starting = spawnDriver({ agent: (name) => (name === 'child' ? child.identity : undefined), terms: never })
    const { start } = workers.worker({ drivers: [sending, starting], agents: [child] })
    const starter: GrantTerms = { actions: ['agent.spawn'], resources: ['agent:child'], class: 'staged', egress: [] }
    const run = await start(leader, { grants: [starter, lent] })
    await begins.reached
    await workers.store.log.flush()
    isWritable = false
    begins.open()
    await expect(run.done).rejects.toMatchObject({ code: 'store.unknown', message: expect.stringContaining('store.unwritable') })
    expect(told).toEqual({
      leader: ['store.unwritable', 'store.unwritable'],
      child: ['store.unwritable', 'store.unwritable', 'store.unwritable'],
    })
    expect(outside).toEqual([])
  })

  test('starts no run and takes no order', async () => {
    const { runtime, start } = workers.worker({ drivers: [sending] })
    const told: string[] = []
    isWritable = false
    await expect(start(insisting('test.send', told))).rejects.toMatchObject({ code: 'store.unknown' })
    await expect(start(insisting('test.send', told))).rejects.toMatchObject({ code: 'store.closed' })
    await expect(runtime.order({ type: 'SetLockdown', on: true, reason: '', by: 'sub_0000000golden' as never })).rejects.toMatchObject({
      code: 'store.closed',
    })
    expect([told, outside]).toEqual([[], []])
  })

  test('ends at the grace with an agent that goes on asking', async () => {
    const { start } = workers.worker({ drivers: [sending] })
    const begins = gate()
    let asked = 0
    const agent = agentOf(async ({ propose }) => {
      await begins.pass()
      for (;;) {
        await codeOf(propose('test.send', {}, now))
        await new Promise((resolve) => setImmediate(resolve))
        asked += 1
        if (asked === 20) workers.time.advance(10_000)
      }
    })
    const run = await start(agent)
    await begins.reached
    isWritable = false
    begins.open()
    await expect(run.done).rejects.toMatchObject({ code: 'store.unknown' })
    expect(asked).toBeGreaterThanOrEqual(1)
    expect(outside).toEqual([])
  })
})
