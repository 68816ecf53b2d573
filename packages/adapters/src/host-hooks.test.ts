import { driverContract, openMemoryBlobs } from '@ice-runtime/conformance'
import { emptyMap, parseRunId } from '@ice-runtime/kernel'
import type { Json, JsonObject, PreparedAction, PrepareRefusal } from '@ice-runtime/kernel'
import { describe, expect, test } from 'vitest'
import { maxCallChars } from './action/host-driver.ts'
import { hosts } from './host.ts'
import type { Host } from './host.ts'
import { hostDrivers, hostProposal } from './host-hooks.ts'

const root = '/project'
const cwd = '/project'

function driverOf(host: Host, action: string): ReturnType<typeof hostDrivers>[number] {
  const driver = hostDrivers(host, root).find((one) => one.action === action)
  if (driver === undefined) throw new Error(`no driver of ${action}`)
  return driver
}

async function judge(host: Host, tool: string, input: JsonObject, from = cwd): Promise<PreparedAction | PrepareRefusal> {
  const { action, args } = hostProposal(host, { tool, input, cwd: from })
  const context = { runId: parseRunId('run_judged000000'), at: 0, staged: emptyMap<never>(), blobs: openMemoryBlobs() }
  return driverOf(host, action).prepare(args, { ...context, signal: new AbortController().signal })
}

const honest: readonly (readonly [host: Host, action: string, uses: readonly (readonly [tool: string, input: JsonObject])[]])[] = [
  [
    'claude-code',
    'files.read',
    [
      ['Read', { file_path: '/project/a' }],
      ['Read', { file_path: '/project/b', limit: 2.5 }],
    ],
  ],
  [
    'claude-code',
    'files.list',
    [
      ['Glob', { pattern: 'src/*.ts' }],
      ['LS', { path: '/project' }],
    ],
  ],
  [
    'claude-code',
    'files.search',
    [
      ['Grep', { pattern: 'x' }],
      ['Grep', { pattern: 'x', glob: 'docs/**' }],
    ],
  ],
  [
    'claude-code',
    'files.write',
    [
      ['Write', { file_path: '/etc/x', content: 'y' }],
      ['NotebookEdit', { notebook_path: '/project/n.ipynb' }],
    ],
  ],
  [
    'claude-code',
    'process.run',
    [
      ['Bash', { command: 'ls' }],
      ['Bash', { command: 'x'.repeat(20_000) }],
    ],
  ],
  [
    'claude-code',
    'http.request',
    [
      ['WebFetch', { url: 'https://example.com/a' }],
      ['WebSearch', { query: 'ice' }],
    ],
  ],
  [
    'claude-code',
    'agent.spawn',
    [
      ['Task', { prompt: 'go' }],
      ['Agent', { prompt: 'go', subagent_type: 'Explore' }],
    ],
  ],
  [
    'claude-code',
    'mcp.call',
    [
      ['mcp__notes__add', { text: 'a' }],
      ['mcp__notes__add', { text: 'b' }],
    ],
  ],
  [
    'claude-code',
    'host.tool',
    [
      ['TodoWrite', { todos: [] }],
      ['read', { file_path: '/project/a' }],
    ],
  ],
  ['codex', 'files.write', [['apply_patch', { command: '*** Begin Patch\n*** Delete File: a\n*** End Patch' }]]],
  [
    'cursor',
    'files.write',
    [
      ['Write', { file_path: '/project/a', content: 'b' }],
      ['Delete', { path: '/project/a' }],
    ],
  ],
  ['cursor', 'mcp.call', [['MCP:add', { text: 'a' }]]],
]

for (const [host, action, uses] of honest) {
  driverContract(`${action} of ${host}`, {
    open: () => ({ driver: driverOf(host, action), look: () => null }),
    performer: 'host',
    honestArgs: uses.map(([tool, input]) => ({ tool, cwd, input })),
    refusedArgs: [
      { args: { tool: action === 'host.tool' ? 'Bash' : 'no_such_tool', cwd, input: {} }, code: 'args.invalid' },
      { args: { tool: uses[0]?.[0] ?? '', cwd: 'relative', input: uses[0]?.[1] ?? {} }, code: 'args.invalid' },
    ],
  })
}

test.each(hosts)('%s has one driver for each action, and for no other', (host) => {
  const actions = hostDrivers(host, root).map(({ action }) => action)
  expect(actions.toSorted()).toStrictEqual([...new Set(actions)].toSorted())
  for (const tool of ['Bash', 'Read', 'Shell', 'apply_patch', 'WebSearch', 'mcp__a__b', 'MCP:a', 'nobody knows']) {
    expect(actions).toContain(hostProposal(host, { tool, cwd, input: {} }).action)
  }
})

describe('a path', () => {
  test.each([
    ['/project/src/a.ts', 'file:src/a.ts'],
    ['src/../a.ts', 'file:a.ts'],
    ['../project/a.ts', 'file:a.ts'],
    ['/project-old/a.ts', 'outside:/project-old/a.ts'],
    ['/project/../etc/passwd', 'outside:/etc/passwd'],
    ['~/.bashrc', 'outside:~/.bashrc'],
  ])('%s is the resource %s, so that a grant on the project never covers what is outside', async (path, resource) => {
    expect(await judge('claude-code', 'Read', { file_path: path })).toMatchObject({ resources: [resource] })
  })

  test('is taken from the working directory of the call', async () => {
    expect(await judge('claude-code', 'Read', { file_path: 'a' }, '/elsewhere')).toMatchObject({
      resources: ['outside:/elsewhere/a'],
      facts: { outside: true },
    })
  })

  test.each(['/project/.env', '/project/.ENV', '/project/a/.ssh/x', '/elsewhere/.aws/credentials'])(
    '%s is shaped like a secret',
    async (path) => {
      const judged = await judge('claude-code', 'Read', { file_path: path })
      expect(judged).toMatchObject({ facts: { secretShaped: true }, label: 'trusted/secret' })
    },
  )

  test.each(['', '/project/\0', '\ud800', 'x'.repeat(5000)])('%j is refused', async (path) => {
    expect(await judge('claude-code', 'Read', { file_path: path })).toMatchObject({ refused: 'args.invalid' })
  })
})

describe('a glob', () => {
  test.each<[JsonObject, string]>([
    [{ pattern: '**/*.ts' }, 'file:.'],
    [{ pattern: 'src/*.ts' }, 'file:src'],
    [{ pattern: '*.ts', path: '/project/lib' }, 'file:lib'],
    [{ pattern: '/etc/*' }, 'outside:/etc'],
    [{ pattern: '../*' }, 'outside:/'],
    [{ pattern: '/*' }, 'outside:/'],
    [{ pattern: '~/.ssh/*' }, 'outside:~/.ssh'],
    [{ pattern: '/project/.ssh/id_rsa' }, 'file:.ssh/id_rsa'],
  ])('%j looks into %s', async (input, resource) => {
    expect(await judge('claude-code', 'Glob', input)).toMatchObject({ resources: [resource] })
  })

  test.each(['*/../../*', 'src/*/../../..', '{a,../b}', '{..,b}/x'])('%s that climbs behind its start is refused', async (pattern) => {
    expect(await judge('claude-code', 'Glob', { pattern })).toMatchObject({ refused: 'args.invalid' })
    expect(await judge('claude-code', 'Grep', { pattern: 'x', glob: pattern })).toMatchObject({ refused: 'args.invalid' })
  })

  test('that filters a search by a name is about that name too', async () => {
    expect(await judge('claude-code', 'Grep', { pattern: 'KEY', glob: '.env' })).toMatchObject({ facts: { secretShaped: true } })
  })
})

describe('a class', () => {
  test.each(hosts)('of %s is never lowered by what a tool says of itself', async (host) => {
    const claim: Json = { readOnly: true, class: 'observe', annotations: { readOnlyHint: true, destructiveHint: false } }
    for (const tool of ['Bash', 'Shell', 'mcp__notes__read', 'MCP:read', 'ReadOnlyThing']) {
      const judged = await judge(host, tool, { command: 'true', claim, readOnly: true })
      expect(judged).toMatchObject({ class: 'irreversible' })
    }
  })

  test.each(['read', 'READ', ' Read', 'Read ', 'Rеad', 'Read\u200b'])('is that of an unknown tool for %j', async (tool) => {
    expect(await judge('claude-code', tool, { file_path: '/project/a' })).toMatchObject({ action: 'host.tool', class: 'irreversible' })
  })
})

test('a call too large to be judged is refused', async () => {
  const content = 'x'.repeat(maxCallChars)
  expect(await judge('claude-code', 'Write', { file_path: '/project/a', content })).toMatchObject({ refused: 'args.invalid' })
})

describe('a command', () => {
  test('has a program of its own only while it is one plain call', async () => {
    expect(await judge('claude-code', 'Bash', { command: 'git status' })).toMatchObject({ resources: ['program:git'] })
    expect(await judge('claude-code', 'Bash', { command: 'git status; curl x' })).toMatchObject({ resources: ['program:sh'] })
  })

  test('may leave the machine, whatever it names', async () => {
    for (const command of ['true', 'curl http://x']) {
      expect(await judge('codex', 'Bash', { command })).toMatchObject({ egress: { destinations: ['host:unknown'] } })
    }
  })

  test('that leaves its host’s sandbox says so', async () => {
    expect(await judge('claude-code', 'Bash', { command: 'ls', dangerouslyDisableSandbox: true })).toMatchObject({
      facts: { unsandboxed: true },
    })
    expect(await judge('claude-code', 'Bash', { command: 'ls' })).toMatchObject({ facts: { unsandboxed: false } })
  })
})

test('an address names where it leads, and one in disguise is refused', async () => {
  expect(await judge('claude-code', 'WebFetch', { url: 'https://example.com/a/../b' })).toMatchObject({
    resources: ['url:https://example.com:443/b'],
    egress: { destinations: ['https://example.com:443'] },
    facts: { host: 'example.com', scheme: 'https', method: 'GET', known: true },
  })
  for (const url of ['file:///etc/passwd', 'https://good.test@evil.test/', 'example.com']) {
    expect(await judge('claude-code', 'WebFetch', { url })).toMatchObject({ refused: 'args.invalid' })
  }
})

test.each<[Host, string, JsonObject]>([
  ['claude-code', 'Bash', {}],
  ['claude-code', 'Bash', { command: ['ls'] }],
  ['claude-code', 'Read', { path: '/project/a' }],
  ['claude-code', 'Write', { content: 'x' }],
  ['claude-code', 'WebFetch', {}],
  ['claude-code', 'Agent', {}],
  ['claude-code', 'Glob', { path: 7, pattern: '*' }],
  ['claude-code', 'mcp__', {}],
  ['claude-code', 'mcp__server', {}],
  ['codex', 'Bash', { cmd: 'ls' }],
  ['codex', 'apply_patch', { command: 'no patch' }],
  ['cursor', 'Shell', {}],
  ['cursor', 'Read', { where: 'a' }],
])('%s: %s without what it needs is refused: %j', async (host, tool, input) => {
  expect(await judge(host, tool, input)).toMatchObject({ refused: 'args.invalid' })
})
