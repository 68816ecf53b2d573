import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtinPolicy, digestFromBytes, IceError } from '@ice-runtime/kernel'
import type { IceEntry, RunSummary } from '@ice-runtime/kernel'
import { policyBundle, policyBytes } from '@ice-runtime/policy'
import { readEntries, replayRun, verifyStore } from '@ice-runtime/runtime'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { verifies } from '../answerable/ed25519.ts'
import { createIce } from '../create-ice.ts'
import { openIceReader } from '../open-reader.ts'
import { sha256 } from '../sha256.ts'
import { askHook } from './ask-hook.ts'

let place = ''
let root = ''
let data = ''
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'ice-hook-')))
  root = join(place, 'project')
  data = join(place, 'data')
  mkdirSync(root)
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const fixtures = new URL('../../../adapters/fixtures/claude-code/2.1.332/', import.meta.url)

/** A payload as Claude Code wrote it, in this project, with some of its members changed. */
function payload(name: string, change: object = {}): string {
  const text = readFileSync(new URL(`${name}.json`, fixtures), 'utf8').replaceAll('/project', root)
  return JSON.stringify({ ...(JSON.parse(text) as object), ...change })
}

async function ask(name: string, change: object = {}, waitMs = 10_000): Promise<string> {
  const question = { data, host: 'claude-code', root, payload: payload(name, change), deadline: Date.now() + waitMs }
  const verdict = await askHook(question)
  return 'reason' in verdict ? `${verdict.type}: ${verdict.reason}` : verdict.type
}

/** The runs of the record, in the order they were requested. */
async function runs(): Promise<readonly { readonly summary: RunSummary; readonly entries: readonly IceEntry[] }[]> {
  await using store = openIceReader(data)
  const summaries = store.views.list('runs', { limit: 100 }).map(({ value }) => value as RunSummary)
  const found = summaries.map((summary) => ({ summary, entries: readEntries(store.log, summary.run as never) }))
  for (const { summary } of found) {
    const { decisions } = await replayRun(store, summary.run as never, { sha256, verifies, host: undefined })
    expect(decisions.divergence).toBeUndefined()
  }
  return found.toSorted((left, right) => Number(left.entries[0]?.at) - Number(right.entries[0]?.at))
}

async function types(): Promise<readonly string[]> {
  const all = (await runs()).flatMap(({ entries }) => entries)
  return all
    .filter(({ type }) => type.startsWith('Action'))
    .map(({ type, payload: said }) => ('code' in said ? `${type} ${said.code}` : type))
}

async function order(change: object): Promise<void> {
  const ice = await createIce({ workspace: root, data })
  await ice.order({ method: 'configureHost', host: 'claude-code', ...change })
  await ice.close('suspend')
}

describe('a use of a tool that is asked about', () => {
  test('is allowed by a rule that is named, handed over in the record, and settled by its report', async () => {
    expect(await ask('before-read')).toMatch(/^allow: ICE: allowed by builtin:granted \(run_[0-9a-f]{24}#7\)$/)
    expect(await ask('after-read')).toBe('silent')
    expect(await types()).toEqual(['ActionProposed', 'ActionAuthorized', 'ActionDispatched', 'ActionSucceeded'])
    expect((await runs())[0]?.entries.at(-1)).toMatchObject({ origin: 'host', payload: { reported: true } })
  })

  test('is denied with the rule and where to read more', async () => {
    const denied = await ask('before-read', { tool_input: { file_path: join(root, '.env') } })
    expect(denied).toMatch(/^deny: ICE: policy\.forbidden, by builtin:secret-shaped \(run_[0-9a-f]{24}#7\)$/)
    expect(await types()).toEqual(['ActionProposed', 'ActionRefused policy.forbidden'])
  })

  test('may only look at what is in the project while nobody has adopted a policy or said more', async () => {
    expect(await ask('before-read')).toContain('allow')
    const elsewhere = { tool_use_id: 'toolu_2', tool_input: { file_path: '/etc/hosts' } }
    expect(await ask('before-read', elsewhere)).toContain('deny: ICE: grant.resource')
    expect(await ask('before-write')).toContain('deny: ICE: grant.')
    expect(await ask('before-bash', { tool_use_id: 'toolu_3' })).toContain('deny: ICE: grant.')
  })

  test('is denied when its call is not understood', async () => {
    expect(await ask('before-read', { tool_input: {} })).toContain('deny: ICE: args.invalid')
    await expect(askHook({ data, host: 'claude-code', root, payload: '{"a":', deadline: 0 })).rejects.toMatchObject({
      code: 'hook.malformed',
    })
  })

  test('is held to what an operator granted the host, from the next use on', async () => {
    expect(await ask('before-read')).toContain('allow')
    await order({ allow: ['files.read:src'] })
    expect(await ask('before-read', { tool_use_id: 'toolu_2' })).toContain('deny: ICE: grant.resource')
    expect(await ask('before-read', { tool_use_id: 'toolu_3', tool_input: { file_path: join(root, 'src/a.ts') } })).toContain('allow')
    await order({ allow: [] })
    expect(await ask('before-bash')).toContain('allow')
    const [first, second, third] = await runs()
    expect(second?.entries[0]?.payload).toMatchObject({ continues: first?.summary.run })
    expect(third?.entries[0]?.payload).toMatchObject({ continues: second?.summary.run })
  })

  test('is stopped by a lockdown of its host, also while it is only observed', async () => {
    await order({ observe: true })
    const ice = await createIce({ workspace: root, data })
    await ice.order({ method: 'lockdown', on: true, agent: 'claude-code', reason: 'it went wrong' })
    await ice.close('suspend')
    expect(await ask('before-read')).toContain('deny: ICE: lockdown.on')
  })
})

describe('a host that is only observed', () => {
  test('is told nothing, and the record says what it would have been told', async () => {
    await order({ observe: true })
    const secret = { tool_input: { file_path: join(root, '.env') } }
    expect(await ask('before-read', secret)).toBe('silent')
    expect(await ask('after-read', secret)).toBe('silent')
    expect(await types()).toEqual(['ActionProposed', 'ActionRefused policy.forbidden', 'ActionSucceeded'])
    await order({ observe: false })
    expect(await ask('before-read', { ...secret, tool_use_id: 'toolu_2' })).toContain('deny')
  })
})

describe('under an adopted policy', () => {
  const policy = `@description("Looking is free.")
permit (principal, action in Ice::Action::"files", resource)
when { context.class == "observe" };

@description("A note is asked about.")
permit (principal == Ice::Agent::"claude-code", action == Ice::Action::"mcp.call", resource);

forbid (principal, action == Ice::Action::"files.delete", resource);

@description("Commands are for people.")
forbid (principal, action == Ice::Action::"process.run", resource)
when { context.facts.shell || context.facts has outside };
`

  async function adopt(text: string): Promise<void> {
    const ice = await createIce({ workspace: root, data })
    await ice.order({ method: 'adoptPolicy', policy: new TextDecoder().decode(policyBytes(policyBundle([{ name: 'main.cedar', text }]))) })
    await ice.close('suspend')
  }

  test('a host is held to it from its next use of a tool on, whoever answers the hook, and each answer names the rule', async () => {
    expect(await ask('before-bash')).toContain('deny: ICE: grant.')
    await adopt(policy)
    expect(await ask('before-read')).toContain('allow: ICE: allowed by main.cedar:1 (run_')
    expect(await ask('before-bash', { tool_use_id: 'toolu_2' })).toContain('deny: ICE: policy.forbidden, by main.cedar:10 (run_')
    expect(await ask('before-write')).toContain('deny: ICE: policy.forbidden, no rule permits it')
    await using _owner = await createIce({ workspace: root, data, control: true })
    expect(await ask('before-mcp-notes-add')).toContain('allow: ICE: allowed by main.cedar:5')
    expect(await ask('before-bash', { tool_use_id: 'toolu_3' })).toContain('deny: ICE: policy.forbidden, by main.cedar:10')
    // One run under the built-in rules, one under those that were adopted, and one of the session that the note is of.
    expect(await runs()).toHaveLength(3)
  })

  test('a policy that cannot be opened any more lets nothing through', async () => {
    await adopt(policy)
    const ice = await createIce({ workspace: root, data, policy: builtinPolicy(sha256) })
    const gone = digestFromBytes(sha256(new TextEncoder().encode('nobody has this text')))
    await ice.runtime.order({ type: 'AdoptPolicy', policy: gone, by: ice.principal.subject })
    await ice.close('suspend')
    expect(await ask('before-read')).toMatch(/^deny: ICE: policy\.error, the adopted policy cannot be opened/)
  })
})

describe('a report', () => {
  test('of what nobody was asked about is recorded as that', async () => {
    expect(await ask('after-read')).toBe('silent')
    expect(await types()).toEqual(['ActionProposed', 'ActionRefused host.unasked', 'ActionSucceeded'])
  })

  test('of what was refused says that the host defied it', async () => {
    const secret = { tool_input: { file_path: join(root, '.env') } }
    await ask('before-read', secret)
    await ask('after-read', secret)
    expect((await types()).slice(2)).toEqual(['ActionProposed', 'ActionRefused host.defied', 'ActionSucceeded'])
  })

  test('of something else than was asked about is another action, and the one asked about was not done', async () => {
    await order({ allow: [] })
    await ask('before-bash')
    await ask('after-failure-bash', { tool_input: { command: 'rm -rf src' } })
    const entries = (await runs()).flatMap((run) => run.entries)
    expect((await types()).slice(3)).toEqual([
      'ActionFailed effect.not_done',
      'ActionProposed',
      'ActionRefused host.edited',
      'ActionFailed effect.failed',
    ])
    const requests = entries.flatMap((entry) =>
      entry.type === 'ActionAuthorized' || entry.type === 'ActionRefused' ? [entry.payload.request] : [],
    )
    expect(new Set(requests).size).toBe(2)
  })

  test('from another directory is of the same action: a command may have moved there', async () => {
    await order({ allow: [] })
    await ask('before-bash')
    await ask('after-failure-bash', { cwd: join(root, 'src') })
    expect((await types()).slice(3)).toEqual(['ActionFailed effect.failed'])
  })

  test('told twice is recorded once', async () => {
    await ask('before-read')
    for (const name of ['after-read', 'after-read', 'after-grep', 'after-grep']) await ask(name)
    expect((await types()).filter((type) => type === 'ActionSucceeded')).toHaveLength(2)
  })
})

describe('a session', () => {
  test('ends with its runs, in which what was never reported stays unknown', async () => {
    await order({ allow: [] })
    await ask('before-read')
    await ask('before-bash')
    await ask('after-read')
    expect(await ask('session-end')).toBe('silent')
    const [run] = await runs()
    expect(run?.summary).toMatchObject({ phase: 'terminated', outcome: 'committed', kind: 'host' })
    expect(await types()).toContain('ActionUncertain effect.uncertain')
  })

  test('that goes on after its end goes on in a run that continues it', async () => {
    await ask('before-read')
    await ask('session-end')
    await ask('before-bash')
    const [first, second] = await runs()
    expect(second?.summary.phase).toBe('executing')
    expect(second?.entries[0]?.payload).toMatchObject({ continues: first?.summary.run })
  })

  test('that an operator ended takes nothing more, and what is reported of it is still heard', async () => {
    await ask('before-read')
    const [run] = await runs()
    const ice = await createIce({ workspace: root, data })
    await ice.order({ method: 'abort', run: run?.summary.run as never })
    await ice.close('finish')
    expect(await ask('before-bash')).toContain('was ended by an operator')
    await ask('after-failure-bash')
    expect(await types()).toContain('ActionRefused host.unasked')
  })

  test('says nothing at its start, and leaves nothing', async () => {
    expect(await ask('session-start')).toBe('silent')
    expect(() => openIceReader(data)).toThrow(IceError)
  })
})

describe('the data directory', () => {
  test('may be wanted by many hooks at once: each is answered, and the log is sound', async () => {
    const asked = Array.from({ length: 12 }, (_, index) => ask('before-read', { tool_use_id: `toolu_${index}` }))
    for (const answer of await Promise.all(asked)) expect(answer).toContain('allow')
    const [run, ...others] = await runs()
    expect(others).toEqual([])
    expect(run?.entries.filter(({ type }) => type === 'ActionDispatched')).toHaveLength(12)
    await using store = openIceReader(data)
    expect(verifyStore(store, sha256).problems).toEqual([])
  })

  test('may belong to a runtime, which then answers', async () => {
    await using ice = await createIce({ workspace: root, data, control: true })
    expect(await ask('before-read')).toContain('allow')
    await Promise.all(['after-read', 'before-bash', 'before-grep'].map((name) => ask(name)))
    await ice.order({ method: 'lockdown', on: true, reason: 'stop' })
    expect(await ask('before-write')).toContain('deny: ICE: lockdown.on')
    expect(await ice.recover()).toEqual({ resumed: [], setAside: [] })
  })

  test('that somebody keeps to himself blocks, in time', async () => {
    await using _ice = await createIce({ workspace: root, data })
    await expect(ask('before-read', {}, 100)).rejects.toMatchObject({ code: 'data.in_use' })
  })

  test('lies outside the project', async () => {
    data = join(root, 'data')
    await expect(ask('before-read')).rejects.toMatchObject({ code: 'data.inside_workspace' })
  })
})
