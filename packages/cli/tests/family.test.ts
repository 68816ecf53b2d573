import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentSource, jsonLines, openPlace, trying } from './ice-process.ts'
import type { Place } from './ice-process.ts'

let place: Place
let parent: string
let child: string

/** A run that lent two grants to a child, which used one and was refused beyond it. */
beforeAll(async () => {
  place = openPlace()
  place.write('workspace/src/a.txt', 'hello\n')
  const helper = place.write(
    'helper.ts',
    agentSource(
      'helper',
      [trying('files.read', { path: 'src/a.txt' }), trying('files.write', { path: 'other.md', content: 'x' }), 'return 2'].join('\n'),
    ),
  )
  const lent = { agent: 'helper', allow: ['files.read:src,uses=2'], ceilings: { sizeBytes: 100 } }
  const leader = place.write(
    'leader.ts',
    agentSource('leader', `return (await ctx.propose('agent.spawn', ${JSON.stringify(lent)})).output`),
  )
  const allowed = ['--allow', 'agent.spawn:helper', '--allow', 'files.read:src,uses=5,delegable=1', '--allow', 'files.write:report.md']
  const { stdout, stderr, exit } = await place.ice('run', leader, '--agent', helper, ...allowed)
  if (exit !== 0) throw new Error(stderr)
  parent = stdout.split(' ')[0] ?? ''
  child = await childOf(parent)
})
afterAll(() => place[Symbol.dispose]())

async function childOf(run: string): Promise<string> {
  const runs = jsonLines((await place.ice('ps', '--json')).stdout) as readonly { readonly run: string; readonly parent?: string }[]
  return runs.find((summary) => summary.parent === run)?.run ?? ''
}

describe('ice ps', () => {
  test('tells whose child a run is', async () => {
    const { stdout } = await place.ice('ps')
    expect(stdout).toMatch(/^RUN .* CHILD OF +WHY/)
    expect(stdout).toMatch(new RegExp(`${child} +merged +helper 1\\.0\\.0 .* ${parent}`))
    expect(stdout).toMatch(new RegExp(`${parent} +committed +leader 1\\.0\\.0`))
  })
})

describe('ice show', () => {
  test('tells in the parent when a child was started and how it ended, and in the child what it handed on', async () => {
    expect((await place.ice('show', parent)).stdout).toMatch(new RegExp(`started +${child}[^]*ended +${child} +merged`))
    expect((await place.ice('show', child)).stdout).toMatch(new RegExp(`merged +0 changes, 0 releases +into ${parent}`))
  })

  test('--authority draws agent, grants and uses, what was lent and refused, and the child below', async () => {
    const { stdout, exit } = await place.ice('show', parent, '--authority')
    expect(exit).toBe(0)
    const lines = stdout.split('\n')
    expect(lines[0]).toBe(`leader 1.0.0  ${parent}  committed`)
    expect(stdout).toContain(`used  agent.spawn  agent:helper`)
    expect(stdout).toMatch(
      new RegExp(`lent  permit files\\.read on file:src/\\*\\* up to observe; nothing leaves; at most 2 times  to ${child}, back`),
    )
    expect(stdout).toMatch(/#\d+ permit files\.write on file:report\.md\/\*\* up to staged; nothing leaves {2}unused/)
    expect(stdout).toContain(`└ helper 1.0.0  ${child}  merged`)
    expect(stdout).toMatch(new RegExp(`#\\d+ permit files\\.read on file:src/\\*\\* .* {2}of ${parent}#\\d+ {2}1 use`))
    expect(stdout).toContain('refused  files.write  file:other.md  grant.none')
  })

  test('--authority as JSON holds the same tree', async () => {
    const { stdout } = await place.ice('show', parent, '--authority', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      run: parent,
      agent: 'leader',
      status: 'committed',
      refused: [],
      grants: [
        { used: [{ action: 'agent.spawn', resource: 'agent:helper', count: 1 }] },
        { use: { count: 1 }, used: [], lent: [{ child, returned: true, terms: { uses: 2 } }] },
        { use: { count: 0 }, used: [], lent: [] },
      ],
      children: [
        {
          run: child,
          status: 'merged',
          grants: [{ from: expect.stringContaining(`${parent}#`), use: { count: 1 }, used: [{ action: 'files.read', count: 1 }] }],
          refused: [{ action: 'files.write', resource: 'file:other.md', code: 'grant.none', count: 1 }],
        },
      ],
    })
  })

  test('--authority of a child begins with the child', async () => {
    expect((await place.ice('show', child, '--authority')).stdout.split('\n')[0]).toBe(`helper 1.0.0  ${child}  merged`)
  })
})

test('ice replay decides parent and child again, and runs both agents again', async () => {
  for (const run of [parent, child]) {
    const { stdout, exit } = await place.ice('replay', run)
    expect([exit, stdout]).toEqual([0, expect.stringContaining('identical: yes')])
  }
  expect((await place.ice('verify')).exit).toBe(0)
})

test('a run whose child is held says so and ends; the child is resumed first, then the run', { timeout: 180_000 }, async () => {
  using held = openPlace()
  const again = Array.from({ length: 9 }, () => trying('files.read', { path: 'other.txt' }))
  const circling = held.write('circling.ts', agentSource('circling', [...again, 'return 3'].join('\n')))
  const spawn = { agent: 'circling', allow: ['files.read:src'] }
  const leader = held.write(
    'leader.ts',
    agentSource('leader', `return (await ctx.propose('agent.spawn', ${JSON.stringify(spawn)})).output`),
  )
  const allowed = ['--allow', 'agent.spawn:circling', '--allow', 'files.read:src,delegable=1']
  const waiting = await held.ice('run', leader, '--agent', circling, ...allowed)
  const [, run = '', below = ''] = /^(run_\S+) .* waits for (run_\S+)\n$/.exec(waiting.stdout) ?? []
  expect([waiting.exit, below]).toEqual([6, expect.stringMatching(/^run_/)])
  expect(waiting.stderr).toMatch(new RegExp(`go on: .* resume ${below}[^]*then: .* resume ${run}`))
  const early = await held.ice('resume', run, '--json')
  expect([early.exit, jsonLines(early.stdout).at(-1)]).toEqual([6, { result: expect.objectContaining({ waitsFor: below }), exit: 6 }])
  expect(await held.ice('resume', below)).toMatchObject({ exit: 0, stdout: expect.stringContaining('merged') })
  expect(await held.ice('resume', run)).toMatchObject({ exit: 0, stdout: expect.stringContaining('committed\n3\n') })
})
