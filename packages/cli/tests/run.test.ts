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

  test('leaves an agent that goes in a circle held, says where to look, and exits with 6', async () => {
    const agent = place.write('agent.ts', agentSource('endless', `for (;;) ${trying('files.read', { path: 'a' })}`))
    const { exit, stdout, stderr } = await place.ice('run', agent)
    expect(stdout).toMatch(/^run_\S+ {2}suspended\n$/)
    expect(stderr).toMatch(/why: ice explain run_/)
    expect(exit).toBe(6)
    const explained = await place.ice('explain', 'last')
    expect(explained.stdout).toMatch(/suspended +repetition {2}the same request had the same answer \(refused\) 8 times: #6, #8, /)
  })

  const generate = { model: 'openai:m', messages: [{ role: 'user', content: 'hello' }], maxOutputTokens: 100 }
  const asks = agentSource(
    'asker',
    `try { await ctx.propose('model.generate', ${JSON.stringify(generate)}) } catch (error) { return error.code }`,
  )
  const remote = ['--model', 'openai:m@http://127.0.0.1:9/v1', '--allow', 'model.generate:openai'] as const

  test('bounds money by what the prices say, and refuses a model without one', async () => {
    const agent = place.write('agent.ts', asks)
    const bounded = async (...more: readonly string[]): Promise<string> =>
      (await place.ice('run', agent, ...remote, '--money-micro', '100', ...more)).stdout
    expect(await bounded()).toContain('"budget.price_unknown"')
    const prices = place.write(
      'prices.json',
      JSON.stringify({ currency: 'EUR', models: { openai: { inputMicro: 0, outputMicro: 1_000_000 } } }),
    )
    expect(await bounded('--prices', prices)).toContain('"budget.money"')
    place.write('data/prices.json', JSON.stringify({ currency: 'EUR', models: { openai: { inputMicro: 0, outputMicro: 0 } } }))
    // Nobody listens there: it was allowed, and could not be reached.
    expect(await bounded()).toContain('"model.unreachable"')
  })

  test('says what is wrong with prices before it starts, and exits with 2', async () => {
    const agent = place.write('agent.ts', asks)
    const prices = place.write('prices.json', '{"currency":"EUR","models":{"openai":{"inputMicro":1}}}')
    const { exit, stdout, stderr } = await place.ice('run', agent, '--prices', prices)
    expect(stderr).toContain(`${prices}: openai: outputMicro is missing  prices.invalid`)
    expect([exit, stdout]).toEqual([2, ''])
  })

  test.each([
    ['--calls', '0', 'budget.calls'],
    ['--bytes', '1', 'budget.size'],
  ])('takes %s as a limit, and explains the one that would have done', async (option, value, code) => {
    const agent = place.write('agent.ts', agentSource('writer', `${trying('files.write', { path: 'a', content: 'abc' })} return 1`))
    await place.ice('run', agent, '--allow', 'files.write', option, value)
    const { refused } = JSON.parse((await place.ice('explain', 'last', '--json')).stdout) as {
      readonly refused: readonly { readonly seq: number; readonly code: string }[]
    }
    expect(refused).toMatchObject([{ code }])
    expect((await place.ice('explain', `last#${refused[0]?.seq}`)).stdout).toMatch(new RegExp(`${option} \\d+ {3}\\(decided again with it`))
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
