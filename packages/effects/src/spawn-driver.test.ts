import { describe, expect, test } from 'vitest'
import { driverContract, openMemoryBlobs } from '@ice-runtime/conformance'
import { emptyMap, parseDigest, parseRunId } from '@ice-runtime/kernel'
import type { AgentIdentity, GrantTerms, JsonObject, PreparedAction } from '@ice-runtime/kernel'
import { defaultChildSteps, spawnDriver } from './spawn-driver.ts'

const helper: AgentIdentity = { name: 'helper', version: '1', kind: 'function', digest: parseDigest('a'.repeat(64)) }
const read: GrantTerms = { actions: ['files.read'], resources: ['file:src/**'], class: 'observe', egress: [] }

function open(agents: Map<string, AgentIdentity> = new Map([[helper.name, helper]])) {
  const driver = spawnDriver({ agent: (name) => agents.get(name), terms: (allow) => ({ ...read, resources: [allow] }) })
  return { driver, look: () => null }
}

driverContract('agent.spawn', {
  open,
  honestArgs: [{ agent: 'helper' }, { agent: 'helper', input: { task: 1 }, allow: ['file:a'], ceilings: { steps: 3, tokens: 10 } }],
  refusedArgs: [
    { args: { agent: 'nobody' }, code: 'agent.not_found' },
    { args: { agent: 'helper', grants: [{ ...read, actions: ['*'] } as unknown as JsonObject] }, code: 'args.invalid' },
    { args: { agent: 'helper', grants: [{ ...read, uses: -1 } as unknown as JsonObject] }, code: 'args.invalid' },
    { args: { agent: 'helper', ceilings: { steps: 0.5 } }, code: 'args.invalid' },
    { args: { agent: 'helper', allow: Array.from({ length: 65 }, () => 'file:a') }, code: 'args.invalid' },
  ],
})

const context = {
  runId: parseRunId('run_000000000000'),
  key: 'run_000000000000#1',
  at: 0,
  staged: emptyMap<never>(),
  blobs: openMemoryBlobs(),
  signal: new AbortController().signal,
}

async function prepared(args: JsonObject, driver = open().driver): Promise<PreparedAction> {
  const answer = await driver.prepare(args, context)
  if ('refused' in answer) throw new Error(answer.detail)
  return answer
}

describe('what a child would be', () => {
  test('is what was asked for, and nothing where nothing was', async () => {
    const { spawn, args, resources } = await prepared({
      agent: 'helper',
      input: 7,
      allow: ['file:a'],
      grants: [read as unknown as JsonObject],
      ceilings: { tokens: 9 },
    })
    expect(spawn).toEqual({
      agent: helper,
      grants: [{ ...read, resources: ['file:a'] }, read],
      ceilings: { steps: defaultChildSteps, cost: { tokens: 9 } },
    })
    expect(args).toEqual({
      agent: 'helper',
      input: 7,
      grants: [{ ...read, resources: ['file:a'] }, read],
      ceilings: { steps: 100, tokens: 9 },
    })
    expect(resources).toEqual(['agent:helper'])
    expect((await prepared({ agent: 'helper' })).spawn).toEqual({
      agent: helper,
      grants: [],
      ceilings: { steps: defaultChildSteps, cost: {} },
    })
  })

  test('is shown to people whole: agent, digest, input, ceilings and every grant', async () => {
    const { driver } = open()
    const text = driver.describe(
      await prepared({ agent: 'helper', grants: [{ ...read, uses: 2 } as unknown as JsonObject], ceilings: { wallMs: 5 } }),
    )
    for (const part of ['helper 1', helper.digest.slice(0, 12), 'wallMs 5', 'steps 100', 'file:src/**', '"uses":2', '4 bytes'])
      expect(text).toContain(part)
  })

  test('is refused when the agent is no longer the one that was decided about', async () => {
    const agents = new Map([[helper.name, helper]])
    const { driver } = open(agents)
    const action = await prepared({ agent: 'helper' }, driver)
    agents.set(helper.name, { ...helper, digest: parseDigest('b'.repeat(64)) })
    expect(() => driver.perform(action, context)).toThrow(expect.objectContaining({ code: 'facts.changed' }))
    agents.delete(helper.name)
    expect(() => driver.perform(action, context)).toThrow(expect.objectContaining({ code: 'facts.changed' }))
  })
})
