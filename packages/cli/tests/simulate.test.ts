import { copyFileSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { askHook } from '@ice-runtime/ice/host'
import { openPlace } from './ice-process.ts'
import type { Place } from './ice-process.ts'

/** Each of these starts a few processes. */
const timeout = 180_000
const fixtures = fileURLToPath(new URL('../../adapters/fixtures/claude-code/2.1.332/', import.meta.url))

let place: Place
beforeEach(() => {
  place = openPlace()
})
afterEach(() => place[Symbol.dispose]())

const strict = `permit (principal, action in Ice::Action::"files", resource)
when { context.class == "observe" };

@id("no-commands")
@description("Commands are for people.")
forbid (principal, action == Ice::Action::"process.run", resource);
`
const open = 'permit (principal, action, resource);\n'

async function simulate(policy: string, ...args: readonly string[]): Promise<{ readonly [name: string]: unknown }> {
  place.write('workspace/next.cedar', policy)
  const { exit, stdout, stderr } = await place.ice('policy', 'simulate', 'next.cedar', ...args, '--json')
  expect([exit, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as { readonly [name: string]: unknown }
}

describe('ice policy simulate --imported', { timeout }, () => {
  test('tells how many past uses of tools would be refused, and the worst five with the rule', async () => {
    await place.ice('import', 'claude-code', join(fixtures, 'transcripts'))
    place.write('workspace/next.cedar', strict)
    const { exit, stdout } = await place.ice('policy', 'simulate', 'next.cedar', '--imported')
    expect(exit).toBe(0)
    expect(stdout).toMatch(/^asked about 12 imported uses of tools in 4 runs\n/)
    expect(stdout).toMatch(/refused +9, of which 7 happened\n/)
    expect(stdout).toContain('the worst 5 that it would refuse')
    expect(stdout).toMatch(/irreversible {2}process\.run {2}.*\n {4}run_[0-9a-f]{24}#\d+ {2}next\.cedar:4 {2}Commands are for people\./)
    // What leaves the machine comes before what stays on it.
    const shown = [...stdout.matchAll(/^ {2}(?:irreversible|observe) {2}(\S+)/gm)].map(([, action]) => action)
    expect(shown).toHaveLength(5)
    expect(shown).not.toContain('files.read')
  })

  test('a policy that permits everything refuses nothing; one that forbids what nobody did refuses nothing of it', async () => {
    await place.ice('import', 'claude-code', join(fixtures, 'transcripts'))
    expect(await simulate(open, '--imported')).toMatchObject({ imported: true, asked: 12, allowed: 12, refused: 0, worst: [] })
    const other = `${open}forbid (principal, action == Ice::Action::"files.write", resource) when { context.facts.path == "nobody" };\n`
    expect(await simulate(other, '--imported')).toMatchObject({ refused: 0 })
  })

  test('labels rise with what was shown, as they would have behind a hook', async () => {
    await place.ice('import', 'claude-code', join(fixtures, 'transcripts'))
    const trusting = `permit (principal, action, resource) when { context.labels.integrity == "trusted" };\n`
    const { refused, asked } = await simulate(trusting, '--imported')
    expect(Number(refused)).toBeGreaterThan(0)
    expect(Number(refused)).toBeLessThan(Number(asked))
  })

  test('counts a use of a tool whose call nobody understands as refused before any policy', async () => {
    const text = readFileSync(join(fixtures, 'transcripts/subagent.jsonl'), 'utf8').replace('"command":"echo sub > sub.txt"', '"shout":1')
    place.write('kept/a.jsonl', text)
    await place.ice('import', 'claude-code', join(place.root, 'kept'))
    expect(await simulate(open, '--imported')).toMatchObject({ asked: 0, unasked: 1 })
  })

  test('of a record without an import is an error that says how to make one', async () => {
    mkdirSync(join(place.root, 'kept'))
    copyFileSync(join(fixtures, 'transcripts/subagent.jsonl'), join(place.root, 'kept/a.jsonl'))
    await place.ice('import', 'claude-code', join(place.root, 'kept'))
    place.write('workspace/next.cedar', open)
    // Nothing was decided: what was imported was not.
    const decided = await place.ice('policy', 'simulate', 'next.cedar')
    expect([decided.exit, decided.stderr]).toEqual([3, expect.stringContaining('no policy was asked about anything')])
  })
})

describe('ice policy simulate', { timeout }, () => {
  async function hook(name: string, use: string, change: { readonly tool_input?: object } = {}): Promise<void> {
    const root = realpathSync(place.workspace)
    const text = readFileSync(join(fixtures, `${name}.json`), 'utf8').replaceAll('/project', root)
    const payload = JSON.stringify({ ...(JSON.parse(text) as object), tool_use_id: use, ...change })
    await askHook({ data: place.data, host: 'claude-code', root, payload, deadline: Date.now() + 10_000 })
  }

  test('asks about what was decided here, and says how it differs from the policy in force', async () => {
    await place.ice('hook', 'claude-code', '--allow-all')
    await hook('before-read', 'toolu_1')
    await hook('before-bash', 'toolu_2')
    await hook('before-bash', 'toolu_3')
    await hook('before-read', 'toolu_4', { tool_input: { file_path: join(realpathSync(place.workspace), '.env') } })
    const strictly = await simulate(strict)
    // The bash command twice is one kind; the secret is refused by what is in force and by this policy permitted.
    expect(strictly).toMatchObject({
      imported: false,
      runs: 1,
      asked: 4,
      allowed: 2,
      refused: 2,
      refusedThatHappened: 2,
      stricter: 2,
      looser: 1,
    })
    expect(strictly['worst']).toMatchObject([
      { count: 2, action: 'process.run', because: ['next.cedar:4'], why: [{ sentence: 'Commands are for people.' }] },
    ])
  })

  test('counts what a host that was only observed did all the same as having happened', async () => {
    await place.ice('hook', 'claude-code', '--observe', 'on')
    const secret = { tool_input: { file_path: join(realpathSync(place.workspace), '.env') } }
    await hook('before-read', 'toolu_1', secret)
    await hook('after-read', 'toolu_1', secret)
    await hook('before-read', 'toolu_2', secret)
    const nothing = 'permit (principal, action, resource) when { context.class == "staged" };\n'
    expect(await simulate(nothing)).toMatchObject({ asked: 2, refused: 2, refusedThatHappened: 1 })
  })

  test('asks people where a rule asks, and refuses a policy that cannot be opened', async () => {
    await hook('before-read', 'toolu_1')
    const asking = `${open}@approval("1 of ops")\nforbid (principal, action == Ice::Action::"files.read", resource);\n`
    expect(await simulate(asking)).toMatchObject({ allowed: 0, people: 1, refused: 0, stricter: 1 })
    place.write('workspace/next.cedar', 'permit (principal, action, resource) when { context.facts.nothing };\n')
    const broken = await place.ice('policy', 'simulate', 'next.cedar')
    expect(broken.stderr).toContain('policy.invalid')
    expect(broken.exit).not.toBe(0)
  })
})
