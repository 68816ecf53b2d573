import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { functionAgent } from '@ice-runtime/agents'
import { createCatalog, openVolatileWorkspace, spawnDriver } from '@ice-runtime/effects'
import { digestFromBytes, parseLogId, views } from '@ice-runtime/kernel'
import type { AgentHost, FileState, Sha256 } from '@ice-runtime/kernel'
import { emptyContent, openVolatileStore } from '@ice-runtime/stores/volatile'
import { judgeSimulation } from './judge-simulation.ts'
import type { Script } from './scripts.ts'
import { simulate } from './simulate.ts'
import type { Simulated } from './simulate.ts'

const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer')
const logId = parseLogId('log_simulator000')
/** `npm run test:sim` goes on where `npm test` stops. */
const seedsCount = process.env['npm_lifecycle_event'] === 'test:sim' ? 3000 : 300
const batchSize = 50

interface Outcome {
  readonly simulated: Simulated
  readonly findings: readonly string[]
}

async function run(seed: number): Promise<Outcome> {
  const content = emptyContent()
  const files = new Map<string, FileState>()
  const agents = new Map<string, AgentHost>()
  const simulated = await simulate(seed, {
    sha256,
    openStore: ({ fate, time }) => {
      // A store that broke is gone with its process.
      content.owner.taken = false
      const timers = { soon: (task: () => void) => void setImmediate(task), later: laterOn(time) }
      return openVolatileStore({ logId, sha256, views, content, commitFate: fate, timers })
    },
    workspace: openVolatileWorkspace({ identity: 'simulated', files }),
    edit: (path, text) => {
      const bytes = Buffer.from(text)
      const blob = digestFromBytes(sha256(bytes))
      // What a run finds there it keeps as a base; here everything that was ever there is kept.
      content.blobs.set(blob, bytes)
      files.set(path, { kind: 'file', blob, sizeBytes: bytes.length, mode: 0o644 })
    },
    agentOf: (script) => {
      const agent = agentOf(script)
      agents.set(script.name, agent)
      return agent
    },
    catalogOf: (drivers) =>
      createCatalog([...drivers, spawnDriver({ agent: (name) => agents.get(name)?.identity, terms: noTerms })], sha256),
  })
  return { simulated, findings: await judgeSimulation(simulated, { sha256, files, hostOf: (name) => agents.get(name) }) }
}

function noTerms(): never {
  throw new Error('a simulated agent says in full what it lends')
}

function laterOn(time: { after(delayMs: number, callback: () => void): Disposable }): (task: () => void, ms: number) => () => void {
  return (task, ms) => {
    const timer = time.after(ms, task)
    return () => timer[Symbol.dispose]()
  }
}

function agentOf({ name, batches, fails }: Script): AgentHost {
  return functionAgent({
    name,
    version: '1',
    requests: [],
    run: async (_input, { propose }) => {
      const told: string[] = []
      for (const batch of batches) {
        const outcomes = await Promise.allSettled(
          batch.map(({ action, args, at }) => propose(action, args, at === undefined ? undefined : { at, reason: 'simulated' })),
        )
        told.push(...outcomes.map(({ status }) => status))
      }
      if (fails) throw new Error('gave up')
      return told.join(' ')
    },
  })
}

const batches = Array.from({ length: seedsCount / batchSize }, (_, index) => index * batchSize + 1)
const seen = { breaks: 0, outcomes: new Set<string>(), types: new Set<string>(), refusals: new Set<string>(), edited: 0 }

test.each(batches)('from seed %i on, fifty seeds keep every law through breaks of the store, the outside and the clock', async (first) => {
  for (let seed = first; seed < first + batchSize; seed += 1) {
    const { simulated, findings } = await run(seed)
    expect(findings, `seed ${seed}`).toEqual([])
    seen.breaks += simulated.breaks
    for (const { entries } of simulated.runs) {
      for (const entry of entries) {
        seen.types.add(entry.type)
        if (entry.type === 'ActionRefused') seen.refusals.add(entry.payload.code)
        if (entry.type === 'ActionAuthorized' && entry.payload.edited === true) seen.edited += 1
      }
      const end = entries.findLast(({ type }) => type === 'RunTornDown')
      if (end?.type === 'RunTornDown') seen.outcomes.add(`${end.payload.outcome} ${end.payload.code ?? ''}`.trim())
    }
  }
})

test('the simulations met breaks and every kind of end', () => {
  expect(seen.breaks).toBeGreaterThan(seedsCount / 2)
  expect([...seen.outcomes]).toEqual(
    expect.arrayContaining(['committed', 'merged', 'aborted run.parent_ended', 'aborted agent.failed', 'aborted files.conflict']),
  )
  expect([...seen.outcomes]).not.toContain('terminated replay.diverged')
})

test('the simulations met people who agree, deny, change, and are not heard in time', () => {
  expect([...seen.types]).toEqual(expect.arrayContaining(['ApprovalGiven', 'ApprovalDenied', 'ApprovalExpired']))
  expect([...seen.refusals]).toEqual(expect.arrayContaining(['approval.denied', 'approval.expired']))
  expect([...seen.outcomes]).toContain('aborted approval.denied')
  expect(seen.edited).toBeGreaterThan(0)
})

test('one seed is one simulation', async () => {
  for (const seed of [7, 77]) {
    const [one, again] = [await run(seed), await run(seed)]
    expect(again.simulated.fingerprint).toBe(one.simulated.fingerprint)
    expect(again.simulated.outside).toEqual(one.simulated.outside)
  }
})
