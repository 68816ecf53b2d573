import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { agentSource, jsonLines, openPlace, trying } from './ice-process.ts'
import type { Finished, Place } from './ice-process.ts'

let place: Place
let suggested: string

beforeEach(() => {
  place = openPlace()
  place.write('workspace/src/a.txt', 'a')
  place.write('workspace/.env', 'SECRET=1')
  suggested = join(place.root, 'policy', 'least.cedar')
})
afterEach(() => place[Symbol.dispose]())

const allowed: readonly string[] = ['--allow', 'files.read', '--allow', 'files.write:report.md']

/** Reads, is refused a secret, and writes what it was answered. */
function reporter(): string {
  const body = `const codes = []
  for (const path of ['src/a.txt', '.env'])
    await ctx.propose('files.read', { path }).then(() => codes.push('read'), (error) => codes.push(error.code))
  await ctx.propose('files.write', { path: 'report.md', content: codes.join() })
  return codes`
  return place.write('reporter.ts', agentSource('reporter', body))
}

async function adopt(file: string): Promise<void> {
  expect(await place.ice('policy', 'adopt', file, '--yes')).toMatchObject({ exit: 0 })
}

async function suggest(...more: readonly string[]): Promise<Finished> {
  return await place.ice('policy', 'suggest', suggested, '--from', 'last', ...more)
}

describe('ice policy suggest', () => {
  test('writes a policy that passes its check and its tests, and under which the same run passes', async () => {
    const agent = reporter()
    expect((await place.ice('run', agent, ...allowed)).stdout).toContain('["read","policy.forbidden"]')
    const written = await suggest()
    expect(written).toMatchObject({ exit: 0, stdout: expect.stringMatching(/least\.cedar {2}2 rules\n.*least\.test\.json {2}2 cases\n$/) })
    expect(written.stderr).toContain('it is not in force')
    expect((await place.ice('policy')).stderr).toContain('none is adopted')
    expect(await place.ice('policy', 'check', suggested)).toMatchObject({ exit: 0, stdout: '' })
    const tested = await place.ice('policy', 'test', suggested)
    expect(tested).toMatchObject({ exit: 0, stderr: expect.stringContaining('2 passed, 0 failed, 0 skipped') })
    expect(tested.stderr).not.toContain('this rule')
    await adopt(suggested)
    const again = await place.ice('run', agent, ...allowed)
    expect(again).toMatchObject({ exit: 0, stdout: expect.stringContaining('["read","policy.forbidden"]') })
    const other = place.write('other.ts', agentSource('other', `return await ctx.propose('files.read', { path: 'src/a.txt' })`))
    expect(await place.ice('run', other, ...allowed)).toMatchObject({ exit: 10 })
  })

  test('writes over nothing unless that is said', async () => {
    await place.ice('run', reporter(), ...allowed)
    place.write('policy/least.test.json', 'mine')
    expect(await suggest()).toMatchObject({ exit: 2, stderr: expect.stringContaining('least.test.json is there already') })
    expect(readFileSync(join(place.root, 'policy/least.test.json'), 'utf8')).toBe('mine')
    const [told] = jsonLines((await suggest('--replace', '--json')).stdout)
    expect(told).toEqual({ files: [suggested, join(place.root, 'policy/least.test.json')], rules: 2, cases: 2, left: [] })
    expect(readFileSync(suggested, 'utf8')).toMatch(/^\/\/ From run_\w+#\d+\.\npermit \(\n {2}principal == Ice::Agent::"reporter",/)
  })

  test('includes what the children of a run did, each under its own name', async () => {
    const helper = place.write('helper.ts', agentSource('helper', trying('files.read', { path: 'src/a.txt' })))
    const spawn = JSON.stringify({ agent: 'helper', allow: ['files.read:src'], ceilings: { sizeBytes: 100 } })
    const leader = place.write('leader.ts', agentSource('leader', `return (await ctx.propose('agent.spawn', ${spawn})).outcome`))
    const run = async (): Promise<Finished> =>
      await place.ice('run', leader, '--agent', helper, '--allow', 'agent.spawn:helper', '--allow', 'files.read:src,delegable=1')
    await run()
    expect(await suggest()).toMatchObject({ exit: 0 })
    expect(readFileSync(suggested, 'utf8')).toMatch(/Agent::"leader"[^]*Agent::"helper"|Agent::"helper"[^]*Agent::"leader"/)
    await adopt(suggested)
    await run()
    const [last] = jsonLines((await place.ice('ps', '--json', '--limit', '2')).stdout).filter(({ agent }) => agent === 'helper')
    expect(last).toMatchObject({ outcome: 'merged', refused: 0 })
  })

  test('asks people again about what they agreed to', async () => {
    await place.ice('operators', 'add', 'Ada', '--role', 'ops')
    const asking = '@approval("1 of ops")\nforbid (principal, action == Ice::Action::"files.write", resource);\n'
    await adopt(place.write('policy/main.cedar', `permit (principal, action, resource);\n${asking}`))
    const write = (content: string): string => `await ctx.propose('files.write', { path: 'report.md', content: '${content}' });`
    const agent = place.write('writer.ts', agentSource('writer', `${write('two')} ${write('one')}`))
    expect(await place.ice('run', agent, ...allowed)).toMatchObject({ exit: 5 })
    expect(await suggest()).toMatchObject({ exit: 2, stderr: expect.stringContaining('nothing was allowed there') })
    expect(await place.ice('approvals', 'approve', 'last', '--scope', 'run')).toMatchObject({ exit: 0 })
    const resumed = await place.ice('resume', 'last')
    expect(resumed).toMatchObject({
      exit: 0,
      stderr: expect.stringMatching(/allowed +files\.write +report\.md[^]*allowed +files\.write +report\.md/),
    })
    // The second write was not asked about: an answer to the first one covered it.
    expect(await suggest()).toMatchObject({ exit: 0, stdout: expect.stringMatching(/2 rules\n.* {2}2 cases/) })
    expect(await place.ice('policy', 'test', suggested)).toMatchObject({ exit: 0 })
    await adopt(suggested)
    expect(await place.ice('run', agent, ...allowed)).toMatchObject({ exit: 5 })
    expect((await place.ice('approvals')).stdout).toMatch(/files\.write +file:report\.md +1 of ops/)
  })

  test('says what is missing', async () => {
    await place.ice('run', reporter(), ...allowed)
    expect(await place.ice('policy', 'suggest', suggested)).toMatchObject({ exit: 2, stderr: expect.stringContaining('--from last') })
    expect(await place.ice('policy', 'suggest', suggested, '--from', 'run_none')).toMatchObject({ exit: 3 })
    expect(await place.ice('policy', 'suggest', 'least.txt', '--from', 'last')).toMatchObject({ exit: 2 })
  })
})

const reading = 'permit (principal, action == Ice::Action::"files.read", resource)'

/** Four rules: needed by the case, by the record alone, by both and never, and by nothing. */
function fourRules(): string {
  const rules = [
    `${reading} when { context.facts.path like "docs/*" };`,
    `${reading} when { context.facts.path like "src/*" };`,
    `${reading} when { context.facts.path like "src/a*" || context.facts.path like "docs/*" };`,
    `${reading} when { context.facts.path like "lib/*" };`,
  ]
  const request = { action: 'files.read', resources: ['file:docs/a'], facts: { path: 'docs/a' } }
  place.write('four/main.test.json', JSON.stringify({ cases: [{ name: 'pages are read', request, expect: 'allow' }] }))
  return place.write('four/main.cedar', `${rules.join('\n')}\n`)
}

describe('ice policy test', () => {
  test('names the rules that neither a case nor a recorded decision needs, and what it looked at', async () => {
    const agent = place.write(
      'reader.ts',
      agentSource('reader', [trying('files.read', { path: 'src/a.txt' }), trying('files.read', { path: 'src/b.txt' })].join('\n')),
    )
    await place.ice('run', agent, '--allow', 'files.read:src')
    const file = fourRules()
    const { exit, stderr } = await place.ice('policy', 'test', file)
    expect(exit).toBe(0)
    expect(stderr.split('\n').filter((line) => line.includes('this rule'))).toEqual([
      'main.cedar:1  no case and no recorded decision would be answered otherwise without this rule',
      'main.cedar:2  no case reaches this rule, 2 recorded decisions did',
      'main.cedar:3  no case and no recorded decision would be answered otherwise without this rule',
      'main.cedar:4  no case and no recorded decision reaches this rule',
    ])
    expect(stderr).toContain(`looked at 1 case and 2 recorded decisions of 1 run in ${place.data}`)
    const lines = jsonLines((await place.ice('policy', 'test', file, '--json')).stdout)
    expect(lines.slice(1)).toEqual([
      { rule: 'main.cedar:1', effect: 'permit', tests: 1, recorded: 0, decisive: 0 },
      { rule: 'main.cedar:2', effect: 'permit', tests: 0, recorded: 2, decisive: 1 },
      { rule: 'main.cedar:3', effect: 'permit', tests: 1, recorded: 1, decisive: 0 },
      { rule: 'main.cedar:4', effect: 'permit', tests: 0, recorded: 0, decisive: 0 },
      { looked: { cases: 1, data: place.data, runs: 1, decisions: 2, partial: false } },
    ])
  })

  test('says that there is no record, and takes one that was named and is not there for a mistake', async () => {
    const file = fourRules()
    const { stderr } = await place.ice('policy', 'test', file)
    expect(stderr).toContain('main.cedar:2  no case reaches this rule\n')
    expect(stderr).toContain(`looked at 1 case and no record: there is none in ${place.data}`)
    expect(jsonLines((await place.ice('policy', 'test', file, '--json')).stdout).at(-1)).toEqual({ looked: { cases: 1 } })
    expect(await place.ice('policy', 'test', file, '--data', join(place.root, 'nowhere'))).toMatchObject({ exit: 3 })
  })

  test('does not count what was refused before policy was asked', async () => {
    await place.ice(
      'run',
      place.write('reader.ts', agentSource('reader', trying('files.read', { path: 'lib/a.txt' }))),
      '--allow',
      'files.read:src',
    )
    const { stderr } = await place.ice('policy', 'test', fourRules())
    expect(stderr).toContain('0 recorded decisions of 1 run')
    expect(stderr).toContain('main.cedar:4  no case and no recorded decision reaches this rule')
  })
})
