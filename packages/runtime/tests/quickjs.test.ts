import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { bundleAgent, openQuickjsPool, quickjsAgent } from '@ice-runtime/agents'
import type { QuickjsPool } from '@ice-runtime/agents'
import type { AgentHost } from '@ice-runtime/kernel'
import { findings, newPlace, until } from './place.ts'
import type { Place } from './place.ts'

let pool: QuickjsPool
let place: Place
beforeAll(async () => {
  pool = await openQuickjsPool({ workers: 1, maxTicksPerTurn: 1_000_000_000 })
})
afterAll(() => pool[Symbol.asyncDispose]())
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

async function bundled(body: string): Promise<AgentHost> {
  const source = `export default defineAgent({ name: 'a', version: '1', requests: [], async run(input, ctx) {\n${body}\n} })`
  return quickjsAgent({ bundle: await bundleAgent({ source, file: 'agent.ts' }, { pool }), pool })
}

const parallel = `
  const names = ['a', 'b', 'c']
  const told = await Promise.all(names.map(async (path) => {
    await ctx.propose('files.write', { path, content: path + Math.random() })
    return await ctx.propose('ledger.post', { account: path, amountMicro: 1 }, path === 'b' ? { at: 'now', reason: 'x' } : undefined)
  }))
  return told.length`

test('a bundled agent whose proposals overlap commits and replays as it was recorded', async () => {
  const process = place.open()
  const agent = await bundled(parallel)
  const run = await process.start(agent)
  expect(await run.done).toMatchObject({ outcome: 'committed', output: 3, releases: 'complete' })
  expect(place.ledger()).toHaveLength(3)
  expect(await findings(process, [agent])).toEqual([])
})

test('a bundled agent goes on over its record in the next process', async () => {
  const agent = await bundled(parallel)
  const first = place.open({ cutAt: (request) => request.entries.some(({ entry }) => entry.type === 'OutputStated') })
  await first.start(agent)
  await first.cut
  await first.die()
  const next = place.open({ agents: [agent] })
  const [run] = (await next.runtime.recover()).resumed
  expect(await run?.done).toMatchObject({ outcome: 'committed', output: 3, releases: 'complete' })
  expect(place.ledger()).toHaveLength(3)
  expect(await findings(next, [agent])).toEqual([])
})

test('an agent that never yields is ended by an abort', async () => {
  const process = place.open()
  const agent = await bundled(`await ctx.propose('files.write', { path: 'a', content: 'x' }); for (;;) {}`)
  const run = await process.start(agent)
  await until(process, run.id, 'ExecutionStarted')
  await process.runtime.abort(run.id, { by: 'me' })
  expect(await run.done).toMatchObject({ outcome: 'aborted', code: 'run.aborted' })
  expect(place.names()).toEqual([])
  expect(await findings(process)).toEqual([])
})
