import { emptyMap, parseRunId } from '@ice-runtime/kernel'
import type { PreparedAction, PrepareRefusal } from '@ice-runtime/kernel'
import { hostDrivers, hostProposal, readHookCall } from '@ice-runtime/adapters'
import type { HookCall } from '@ice-runtime/adapters'
import { openMemoryBlobs } from '@ice-runtime/conformance'
import { expect, test } from 'vitest'
import { fixturesOf } from './fixtures.ts'
import type { Fixture } from './fixtures.ts'

const all = (['claude-code', 'codex'] as const).flatMap(fixturesOf)
const events: readonly HookCall['event'][] = ['before', 'after', 'session-start', 'session-end', 'other']

function callOf({ host, text }: Fixture): HookCall {
  return readHookCall(host, text)
}

async function judged(call: HookCall): Promise<PreparedAction | PrepareRefusal> {
  if (call.event !== 'before' && call.event !== 'after') throw new Error(`${call.event} proposes nothing`)
  const { action, args } = hostProposal(call.host, call)
  const driver = hostDrivers(call.host, '/project').find((one) => one.action === action)
  if (driver === undefined) throw new Error(`no driver of ${action}`)
  const context = { runId: parseRunId('run_fixture00000'), at: 0, staged: emptyMap<never>(), blobs: openMemoryBlobs() }
  return driver.prepare(args, { ...context, signal: new AbortController().signal })
}

test('payloads of every event were captured from both programs', () => {
  for (const host of ['claude-code', 'codex'] as const) {
    expect(new Set(fixturesOf(host).map((fixture) => callOf(fixture).event))).toEqual(new Set(events))
  }
})

const named = all.map((fixture) => [`${fixture.host} ${fixture.version} ${fixture.name}`, fixture] as const)

test.each(named)('%s is the event it was captured as', (_name, fixture) => {
  const call = callOf(fixture)
  expect(events.find((event) => fixture.name.startsWith(event))).toBe(call.event)
  expect(call).toMatchObject({ host: fixture.host, cwd: '/project' })
  expect(call.agent !== undefined).toBe(/subagent/.test(fixture.name))
})

test.each(named.filter(([, { name }]) => /^(?:before|after)/.test(name)))('%s is judged', async (_name, fixture) => {
  const call = callOf(fixture)
  const prepared = await judged(call)
  expect(prepared).not.toHaveProperty('refused')
  expect(prepared).toMatchObject({ facts: { tool: 'tool' in call ? call.tool : '' } })
})

const meanings: readonly (readonly [host: 'claude-code' | 'codex', name: string, expected: object])[] = [
  ['claude-code', 'before-read', { action: 'files.read', resources: ['file:a.txt'], class: 'observe' }],
  ['claude-code', 'before-edit', { action: 'files.write', resources: ['file:a.txt'], class: 'irreversible' }],
  ['claude-code', 'before-write', { action: 'files.write', resources: ['file:b.txt'], facts: { newSizeBytes: 4, deletes: false } }],
  ['claude-code', 'before-bash', { action: 'process.run', resources: ['program:exit'], egress: { destinations: ['host:unknown'] } }],
  ['claude-code', 'before-grep', { action: 'files.search', resources: ['file:.'] }],
  ['claude-code', 'before-webfetch', { action: 'http.request', egress: { destinations: ['http://127.0.0.1:9'] } }],
  ['claude-code', 'before-agent', { action: 'agent.spawn', resources: ['agent:general-purpose'] }],
  ['claude-code', 'before-mcp-notes-add', { action: 'mcp.call', resources: ['mcp:notes/add'], egress: { destinations: ['mcp:notes'] } }],
  ['claude-code', 'before-toolsearch', { action: 'host.tool', resources: ['tool:ToolSearch'], class: 'irreversible' }],
  ['codex', 'before-bash', { action: 'process.run', facts: { shell: true, network: false } }],
  ['codex', 'before-apply-patch', { action: 'files.write', resources: ['file:new.txt'], facts: { deletes: false } }],
  ['codex', 'before-view-image', { action: 'files.read', resources: ['file:a.txt'] }],
  ['codex', 'before-spawn-agent', { action: 'agent.spawn', resources: ['agent:default'] }],
  ['codex', 'before-get-goal', { action: 'host.tool', resources: ['tool:get_goal'] }],
]

test.each(meanings)('%s %s means what it does', async (host, name, expected) => {
  const fixture = fixturesOf(host).find((one) => one.name === name)
  if (fixture === undefined) throw new Error(`no fixture ${name}`)
  expect(await judged(callOf(fixture))).toMatchObject(expected)
})

test('a use is proposed alike before and after, unless somebody edited it', () => {
  for (const [before, after] of [
    ['before-edit', 'after-edit'],
    ['before-bash-in-subagent', 'after-bash-in-subagent'],
  ]) {
    const calls = fixturesOf('claude-code')
      .filter(({ name }) => name === before || name === after)
      .map(callOf)
    const [one, other] = calls.map((call) => ('tool' in call ? hostProposal(call.host, call) : undefined))
    expect(one).toBeDefined()
    expect(one).toStrictEqual(other)
  }
})
