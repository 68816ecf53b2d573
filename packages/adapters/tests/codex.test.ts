import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { drivenMs as timeout } from './hosts/drive-claude.ts'
import type { Driven } from './hosts/drive-claude.ts'
import { codexCommand as command, driveCodex } from './hosts/drive-codex.ts'
import { hostProgram, programs } from './hosts/host-program.ts'
import { openHookedProject } from './hosts/project.ts'
import type { HookedOptions, HookedProject } from './hosts/project.ts'
import type { ScriptedCall } from './hosts/responses-server.ts'

const program = await hostProgram('codex')

interface DriveOptions extends HookedOptions {
  readonly untrusted?: boolean
}

async function drive(
  calls: readonly ScriptedCall[],
  options: DriveOptions = {},
): Promise<Driven & Disposable & { readonly project: HookedProject }> {
  const project = openHookedProject('codex', { settings: '../codex/hooks.json', ...options })
  const { root, env } = project
  const untrusted = options.untrusted === true
  const driven = await driveCodex(program ?? '', calls, { root, env, home: join(root, '../codex'), untrusted })
  return { ...driven, project, [Symbol.dispose]: () => project[Symbol.dispose]() }
}

describe.skipIf(program === undefined)(`Codex ${programs.codex.version}, where it installs`, { timeout }, () => {
  test('runs a command that is allowed, and reports what came of it', async () => {
    using driven = await drive([command('echo hi > ran.txt')])
    expect(driven.project.has('ran.txt')).toBe(true)
    expect(driven.ended.stderr).not.toContain('Failed')
    expect(driven.project.asked()).toEqual([
      { event: 'session-start', tool: null, verdict: 'silent' },
      { event: 'before', tool: 'Bash', verdict: 'allow' },
      { event: 'after', tool: 'Bash', verdict: 'silent' },
      { event: 'session-end', tool: null, verdict: 'silent' },
    ])
  })

  test('does not run one that is denied, and tells the model the rule', async () => {
    using driven = await drive([command('echo hi > forbidden.txt')])
    expect(driven.project.has('forbidden.txt')).toBe(false)
    expect(driven.told).toContain('rule 1 forbids')
  })

  test('does not run one that a person has to be asked about, since it cannot ask', async () => {
    using driven = await drive([command('echo hi > doubtful.txt')])
    expect(driven.project.has('doubtful.txt')).toBe(false)
    expect(driven.told).toContain('rule 2 asks')
  })

  test.each(['exit', 'kill', 'throw'] as const)('lets nothing through when the hook is in trouble: %s', async (trouble) => {
    using driven = await drive([command('echo hi > ran.txt')], { trouble })
    expect(driven.project.has('ran.txt')).toBe(false)
    expect(driven.told).toContain('ICE')
  })

  test('lets nothing through when the hook is not there', async () => {
    using driven = await drive([command('echo hi > ran.txt')], { missing: true })
    expect(driven.project.has('ran.txt')).toBe(false)
  })

  test('goes on when the hook hangs, and a report shows that it did', async () => {
    using driven = await drive([command('echo hi > ran.txt')], {
      trouble: 'hang',
      edit: (text) => text.replace('"timeout": 60', '"timeout": 2'),
    })
    expect(driven.project.has('ran.txt')).toBe(true)
    expect(driven.project.asked().map(({ event }) => event)).toContain('after')
  })

  test('does not ask a hook that nobody trusted, and does not say so', async () => {
    using driven = await drive([command('echo hi > forbidden.txt')], { untrusted: true })
    expect(driven.project.has('forbidden.txt')).toBe(true)
    expect(driven.project.asked()).toEqual([])
    expect(driven.ended.stderr).not.toMatch(/hooks? .*(?:trust|review)/i)
  })

  test('does not ask about what is typed into a command that still runs', async () => {
    using driven = await drive([
      { id: 'call_1', name: 'exec_command', arguments: { cmd: 'bash', tty: true, yield_time_ms: 300 } },
      { id: 'call_2', name: 'write_stdin', arguments: { session_id: '$SESSION', chars: 'echo hi > forbidden.txt\n', yield_time_ms: 500 } },
      { id: 'call_3', name: 'write_stdin', arguments: { session_id: '$SESSION', chars: 'exit\n', yield_time_ms: 500 } },
    ])
    expect(driven.project.has('forbidden.txt')).toBe(true)
    expect(driven.project.asked().filter(({ event }) => event === 'before')).toHaveLength(1)
  })
})
