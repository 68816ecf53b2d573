import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bundleAgent, modelAgent, quickjsAgent } from '@ice-runtime/agents'
import { defineEffect, scriptedProvider } from '@ice-runtime/effects'
import { createIce, sha256, verifies } from '@ice-runtime/ice'
import type { Ice } from '@ice-runtime/ice'
import { readEntries, replayRun } from '@ice-runtime/runtime'
import type { AgentHost, Driver, RunId } from '@ice-runtime/kernel'

/** Draws at once, whose results come back in whatever order; what it does next depends on which came first. */
const racer = `
  import { defineAgent } from '@ice-runtime/agents/define'
  export default defineAgent({
    name: 'racer', version: '1', requests: [],
    async run(input, ctx) {
      const order = []
      const draw = async (lane) => {
        const { value } = await ctx.propose('race.draw', { lane, sum: order.length })
        order.push(lane + ':' + value)
        if (order.length % 2 === 0) await ctx.propose('race.draw', { lane: lane + 10, sum: order.length, note: order.join() })
      }
      await Promise.all([0, 1, 2, 3, 4, 5].map(draw))
      const first = await Promise.race([ctx.propose('race.draw', { lane: 20, sum: 0 }), ctx.propose('race.draw', { lane: 21, sum: 0 })])
      return { order, first, chance: Math.random(), at: Date.now() }
    },
  })
`

let home: string
let ice: Ice
let agent: AgentHost
/** Turns of the loop the next effect takes: reseeded for each run. */
let nextTurns: () => number = () => 0

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ice-replay-'))
  ice = await createIce({
    workspace: null,
    data: join(home, 'data'),
    effects: [raceEffect()],
    models: { scripted: scriptedProvider({ script }) },
  })
  const pool = await ice.quickjs()
  agent = quickjsAgent({ bundle: await bundleAgent({ source: racer, file: join(import.meta.dirname, 'racer.ts') }, { pool }), pool })
})

afterAll(async () => {
  await ice.close('finish')
  await rm(home, { recursive: true, force: true })
})

const script = {
  replies: [
    { text: '', toolCalls: [1, 2, 3].map((lane) => ({ name: 'race.draw', args: { lane, sum: 0 } })) },
    { text: 'done', toolCalls: [] },
  ],
}

function raceEffect(): Driver {
  return defineEffect({
    action: 'race.draw',
    version: 1,
    description: 'Answers after a while.',
    args: z.strictObject({ lane: z.int(), sum: z.int(), note: z.string().optional() }),
    class: 'observe',
    egress: ['race:track'],
    costBound: {},
    resources: ['race:track'],
    describe: () => 'Draw.',
    perform: async ({ lane }) => {
      const turns = nextTurns()
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      return { result: { value: lane * 100 + turns } }
    },
  })
}

/** A small generator of its own for each seed: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function runWith(seed: number, host: AgentHost): Promise<RunId> {
  const random = seeded(seed)
  nextTurns = () => Math.floor(random() * 6)
  const run = await ice.run(host, { allow: ['race.draw:track', 'model.generate:scripted'], seed: String(seed) })
  expect(await run.done).toMatchObject({ outcome: 'committed' })
  return run.id
}

describe('replay', () => {
  test('is identical over 1,000 seeds of shuffled completion', { timeout: 180_000 }, async () => {
    const outputs = new Set<string>()
    const diverged: number[] = []
    for (let seed = 1; seed <= 1000; seed += 1) {
      const run = await runWith(seed, agent)
      const report = await replayRun(ice.store, run, { sha256, verifies, host: agent })
      if (!report.identical || report.agent === undefined || report.agent.same < 9) diverged.push(seed)
      outputs.add(report.state.hash)
    }
    expect(diverged).toEqual([])
    // Were the completions not shuffled, all runs would come to much the same.
    expect(outputs.size).toBeGreaterThan(900)
  })

  test('is identical for a model agent whose parallel calls complete out of order', async () => {
    const host = modelAgent({ name: 'caller', version: '1', instructions: 'Draw.', model: 'scripted:race', tools: ['race.draw'] })
    for (let seed = 1; seed <= 20; seed += 1) {
      const report = await replayRun(ice.store, await runWith(seed, host), { sha256, verifies, host })
      expect(report).toMatchObject({ identical: true, modelCalls: 0, networkCalls: 0 })
      expect(report.agent).toMatchObject({ promise: 'promised', same: 5 })
      const verdicts = readEntries(ice.store.log, report.run).filter((entry) => entry.type === 'InferenceCompleted')
      expect(verdicts.map(({ payload }) => payload)).toEqual([1, 2].map((turn) => ({ verdict: 'accepted', turn })))
    }
  })

  test('names the first proposal that an agent of another mind makes', async () => {
    const run = await runWith(7, agent)
    const pool = await ice.quickjs()
    const source = racer.replace('lane + 10', 'lane + 11')
    const other = quickjsAgent({ bundle: await bundleAgent({ source, file: join(import.meta.dirname, 'racer.ts') }, { pool }), pool })
    const report = await replayRun(ice.store, run, { sha256, verifies, host: other })
    expect(report.identical).toBe(false)
    expect(report.agent?.mismatch).toMatchObject({ match: 'different', field: 'args' })
  })

  test('comes to one state hash in three locales and two time zones', async () => {
    const run = await runWith(11, agent)
    const { state } = await replayRun(ice.store, run, { sha256, verifies, host: agent })
    await ice.store.log.flush()
    const hashes = new Set<string>([state.hash])
    for (const locale of ['C', 'de_DE.UTF-8', 'tr_TR.UTF-8']) {
      for (const zone of ['UTC', 'Pacific/Chatham']) hashes.add(await hashElsewhere(run, { LC_ALL: locale, LANG: locale, TZ: zone }))
    }
    expect([...hashes]).toEqual([state.hash])
  })
})

const elsewhere = `
  import { stateHash } from '@ice-runtime/kernel'
  import { foldRun, readEntries } from '@ice-runtime/runtime'
  import { openIceReader, sha256 } from '@ice-runtime/ice'
  const [data, run] = process.argv.slice(1)
  const reader = openIceReader(data)
  console.log(stateHash(foldRun(run, readEntries(reader.log, run)), sha256))
  await reader.close()
`

async function hashElsewhere(run: RunId, environment: Readonly<Record<string, string>>): Promise<string> {
  const options = ['--conditions=source', '--input-type=module', '--eval', elsewhere, join(home, 'data'), run]
  const { stdout } = await promisify(execFile)(process.execPath, options, {
    env: { ...process.env, ...environment },
    cwd: import.meta.dirname,
  })
  return stdout.trim()
}
