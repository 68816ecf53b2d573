import { describe, expect, test } from 'vitest'
import { driveClaude, drivenMs as timeout } from './hosts/drive-claude.ts'
import type { Driven } from './hosts/drive-claude.ts'
import { hostProgram, programs } from './hosts/host-program.ts'
import { openHookedProject } from './hosts/project.ts'
import type { HookedOptions, HookedProject } from './hosts/project.ts'

const program = await hostProgram('claude-code')

/** The host gives up early on the hook that is asked, which stands first. */
const impatient = (text: string): string => text.replace('"timeout": 60', '"timeout": 2')

async function drive(command: string, options: HookedOptions = {}): Promise<Driven & Disposable & { readonly project: HookedProject }> {
  const project = openHookedProject('claude-code', options)
  const driven = await driveClaude(program ?? '', command, project)
  return { ...driven, project, [Symbol.dispose]: () => project[Symbol.dispose]() }
}

describe.skipIf(program === undefined)(`Claude Code ${programs['claude-code'].version}, where it installs`, { timeout }, () => {
  test('runs a command that is allowed, and reports what came of it', async () => {
    using driven = await drive('echo hi > ran.txt')
    expect(driven.ended.status).toBe(0)
    expect(driven.project.has('ran.txt')).toBe(true)
    expect(driven.project.asked()).toEqual([
      { event: 'session-start', tool: null, verdict: 'silent' },
      { event: 'before', tool: 'Bash', verdict: 'allow' },
      { event: 'after', tool: 'Bash', verdict: 'silent' },
      { event: 'session-end', tool: null, verdict: 'silent' },
    ])
  })

  test('does not run one that is denied, and tells the model the rule', async () => {
    using driven = await drive('echo hi > forbidden.txt')
    expect(driven.project.has('forbidden.txt')).toBe(false)
    expect(driven.told).toContain('rule 1 forbids')
    expect(driven.project.asked().map(({ event }) => event)).not.toContain('after')
  })

  test('does not run one that a person has to be asked about where nobody is', async () => {
    using driven = await drive('echo hi > doubtful.txt')
    expect(driven.project.has('doubtful.txt')).toBe(false)
    expect(driven.told).toContain('rule 2 asks')
  })

  test.each(['exit', 'kill', 'throw'] as const)('lets nothing through when the hook is in trouble: %s', async (trouble) => {
    using driven = await drive('echo hi > ran.txt', { trouble })
    expect(driven.project.has('ran.txt')).toBe(false)
    expect(driven.project.asked().filter(({ event }) => event === 'before')).toHaveLength(1)
    expect(driven.told).toContain('ICE')
  })

  test('lets nothing through when the hook hangs', async () => {
    using driven = await drive('echo hi > ran.txt', { trouble: 'hang', edit: impatient })
    expect(driven.project.has('ran.txt')).toBe(false)
    expect(driven.told).toContain('onFailure')
  })

  test('lets nothing through when the hook is not there', async () => {
    using driven = await drive('echo hi > ran.txt', { missing: true })
    expect(driven.project.has('ran.txt')).toBe(false)
  })

  test('lets a command through without our guard and its own, which is why both are installed', async () => {
    const unguarded = (text: string): string =>
      text.replace(/sh -c '(.*? hook claude-code); s=[^\n]*?exit 2'/, '$1').replace(',\n            "onFailure": "block"', '')
    using driven = await drive('echo hi > ran.txt', { trouble: 'exit', edit: unguarded })
    expect(driven.project.has('ran.txt')).toBe(true)
    // It did not pass unnoticed: a report came for what had no verdict.
    expect(driven.project.asked().map(({ event }) => event)).toContain('after')
  })
})
