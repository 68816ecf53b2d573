import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { agentSource, jsonLines, openPlace, trying } from './ice-process.ts'
import type { Place } from './ice-process.ts'

let place: Place

beforeEach(() => {
  place = openPlace()
})
afterEach(() => place[Symbol.dispose]())

const writes = `await ctx.propose('files.write', { path: 'report.md', content: 'found ' + input.count + '\\n' }); return { ok: true }`

describe('ice run', () => {
  test('commits what it was allowed to write, with data on stdout and the story on stderr', async () => {
    const agent = place.write('agent.ts', agentSource('writer', writes))
    const { exit, stdout, stderr } = await place.ice('run', agent, '--input', '{"count":3}', '--allow', 'files.write:report.md')
    expect(stdout).toMatch(/^run_[0-9a-z]{20} {2}committed\n\{"ok":true\}\n$/)
    expect(stderr).toContain('permit files.write on file:report.md/** up to staged; nothing leaves')
    expect(stderr).toMatch(/allowed +files\.write {2}report\.md +by grant #3, staged/)
    expect(stderr).toMatch(/new {2}report\.md {2}8 bytes/)
    expect(stderr.indexOf('permit ')).toBeLessThan(stderr.indexOf('executing'))
    expect(stderr).toMatch(/ice show run_/)
    expect(readFileSync(join(place.workspace, 'report.md'), 'utf8')).toBe('found 3\n')
    expect(exit).toBe(0)
  })

  test.each(['stdout', 'stderr'] as const)('goes on to its end when nobody reads its %s', async (stream) => {
    const agent = place.write('agent.ts', agentSource('writer', writes))
    const child = place.start('run', agent, '--json', '--input', '{"count":3}', '--allow', 'files.write:report.md')
    child.process[stream]?.destroy()
    expect((await child.finished).exit).toBe(0)
    expect(readFileSync(join(place.workspace, 'report.md'), 'utf8')).toBe('found 3\n')
  })

  test('grants nothing that was not given, shows what the agent asks for, and exits with 4 only when strict', async () => {
    const agent = place.write('agent.ts', agentSource('asker', `${trying('files.write', { path: 'a', content: '' })} return 1`))
    const lenient = await place.ice('run', agent)
    expect(lenient.stderr).toContain('none: every proposal will be refused')
    expect(lenient.stderr).toContain('files.read on src')
    expect(lenient.stderr).toMatch(/refused +files\.write {2}a +grant\.none/)
    expect(lenient.exit).toBe(0)
    expect((await place.ice('run', agent, '--strict')).exit).toBe(4)
    expect(existsSync(join(place.workspace, 'a'))).toBe(false)
  })

  test('aborts when a validator objects, leaves the workspace as it was, and exits with 10', async () => {
    const key = ['AKIA', 'IOSFODNN7', 'ABCDEFG'].join('')
    const agent = place.write(
      'agent.ts',
      agentSource('leaker', `await ctx.propose('files.write', { path: 'a.txt', content: '${key}' }); return 1`),
    )
    const { exit, stdout, stderr } = await place.ice('run', agent, '--allow', 'files.write')
    expect(stderr).toMatch(/invalid +.*secrets failed/)
    expect(stdout).toContain('aborted  validation.failed')
    expect(existsSync(join(place.workspace, 'a.txt'))).toBe(false)
    expect(exit).toBe(10)
  })

  test('ends at its ceilings, and exits with 6', async () => {
    const agent = place.write('agent.ts', agentSource('endless', `for (;;) ${trying('time.now', {})}`))
    const { exit, stdout } = await place.ice('run', agent, '--allow', 'time.now', '--steps', '3')
    expect(stdout).toContain('terminated  limit.steps')
    expect(exit).toBe(6)
    expect((await place.ice('show', 'last')).stdout).toMatch(/^run_\S+ {2}terminated {2}limit\.steps\n/)
    const { refused } = JSON.parse((await place.ice('explain', 'last', '--json')).stdout) as {
      readonly refused: readonly { readonly seq: number }[]
    }
    expect((await place.ice('explain', `last#${refused[0]?.seq}`)).stdout).toContain('--steps 4   (decided again with it: allowed)')
  })

  test('prints each entry and then the result as JSON', async () => {
    const agent = place.write('agent.ts', agentSource('writer', writes))
    const input = place.write('input.json', '{"count":1}')
    const { stdout, stderr } = await place.ice(
      'run',
      agent,
      '--json',
      '--input',
      `@${input}`,
      '--allow',
      'files.write:report.md',
      '--seed',
      'fixed',
    )
    const lines = jsonLines(stdout)
    expect(lines.slice(0, -1).map(({ seq }) => seq)).toEqual(lines.slice(0, -1).map((_, index) => index + 1))
    expect(lines[0]).toMatchObject({ type: 'RunRequested', payload: { seed: 'fixed', input: { value: { count: 1 } } } })
    expect(lines.at(-2)).toMatchObject({ type: 'RunTornDown' })
    expect(lines.at(-1)).toMatchObject({ result: { outcome: 'committed', output: { ok: true }, changes: ['report.md'] }, exit: 0 })
    expect(stderr).toBe('')
  })

  test('runs a model agent from its declaration, and replays it with no model', async () => {
    const script = place.write(
      'script.json',
      JSON.stringify({ replies: [{ toolCalls: [{ name: 'files.write', args: { path: 'note.md', content: 'hi' } }] }, { text: 'done' }] }),
    )
    const agent = place.write('agent.json', JSON.stringify({ name: 'm', version: '1', instructions: 'Write.', tools: ['files.write'] }))
    const ran = await place.ice(
      'run',
      agent,
      '--model',
      `scripted:${script}`,
      '--allow',
      'model.generate:scripted',
      '--allow',
      'files.write:note.md',
    )
    expect(ran.stdout).toMatch(/committed\n"done"\n$/)
    expect(readFileSync(join(place.workspace, 'note.md'), 'utf8')).toBe('hi')
    const replayed = await place.ice('replay', 'last')
    expect(replayed.stdout).toContain('model calls: 0, network: 0, identical: yes')
    expect(replayed.exit).toBe(0)
  })

  test('escapes what an agent would have a terminal obey', async () => {
    const agent = place.write(
      'agent.ts',
      agentSource('evil', `${trying('files.read', { path: '\u001b[2Jx\u202ey' })} console.log('\\u001b[31m'); return '\\u009b31m'`),
    )
    const { stdout, stderr } = await place.ice('run', agent, '--allow', 'files.read')
    expect(stderr).toContain('\\x1b[2Jx\\u{202e}y')
    expect(stdout + stderr).not.toMatch(/[\u001b\u009b\u202e]/)
  })

  test.each([
    ['an agent that is not there', ['nowhere.ts'], 3, 'files.not_found'],
    ['an agent that is no agent', ['{root}/note.txt'], 2, 'usage.invalid'],
    ['an agent that does not compile', ['{root}/bad.ts'], 1, 'agent.bundle_failed'],
    ['a declaration with a misspelt member', ['{root}/bad.json'], 2, 'usage.invalid'],
    ['an allowance that is none', ['{root}/bad.ts', '--allow', 'everything'], 2, 'usage.invalid'],
    ['input that is no JSON', ['{root}/bad.ts', '--input', '{'], 2, 'usage.invalid'],
    ['a model that is no provider', ['{root}/bad.ts', '--model', 'oracle'], 2, 'usage.invalid'],
    ['a bound that is no number', ['{root}/bad.ts', '--steps', '1e3'], 2, 'usage.invalid'],
    ['a data directory inside the workspace', ['{root}/bad.ts', '--data', './inside'], 2, 'data.inside_workspace'],
  ])('says in one line of JSON what is wrong with %s', async (_, args, exit, code) => {
    place.write('note.txt', '')
    place.write('bad.ts', 'export default {')
    place.write('bad.json', '{"name":"m","version":"1","instructions":"","modle":"x"}')
    const refused = await place.ice('run', ...args.map((arg) => arg.replace('{root}', place.root)), '--json')
    expect(jsonLines(refused.stderr)).toEqual([expect.objectContaining({ code })])
    expect(refused.stdout).toBe('')
    expect(refused.exit).toBe(exit)
  })
})
