import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { driveClaude, drivenMs } from '../../packages/adapters/tests/hosts/drive-claude.ts'
import type { Driven } from '../../packages/adapters/tests/hosts/drive-claude.ts'
import { hostProgram, programs } from '../../packages/adapters/tests/hosts/host-program.ts'
import { openGovernedProject, troubleBefore } from './governed-project.ts'
import type { GovernedProject } from './governed-project.ts'

const program = await hostProgram('claude-code')
const timeout = drivenMs * 2

const governed = (): GovernedProject => openGovernedProject('claude-code', program ?? '')

const drive = (project: GovernedProject, command: string): Promise<Driven> => driveClaude(program ?? '', command, project)
const settings = '.claude/settings.json'

describe.skipIf(program === undefined)(`ice behind Claude Code ${programs['claude-code'].version}, where it installs`, { timeout }, () => {
  test('lets an allowed command run, and records the verdict and the report of it', async () => {
    using project = governed()
    const { ended } = await drive(project, 'echo hi > ran.txt')
    expect([ended.status, project.has('ran.txt')]).toEqual([0, true])
    const { stdout } = project.ice('show', 'last')
    expect(stdout).toMatch(/allowed +process\.run +sh/)
    expect(stdout).toMatch(/reported +process\.run +sh +done/)
    expect(project.ice('verify').status).toBe(0)
    expect(project.ice('replay', 'last').stdout).toContain('identical: yes')
  })

  test('keeps a denied command from running; the model is told the rule, and the record explains it', async () => {
    using project = governed()
    const { told } = await drive(project, 'echo hi > forbidden.txt')
    expect(project.has('forbidden.txt')).toBe(false)
    expect(told).toContain('policy.forbidden, by policy.cedar:4')
    expect(project.ice('show', 'last').stdout).toMatch(/refused +process\.run +sh +policy\.forbidden {2}policy\.cedar:4/)
    const { explained } = explanationOf(project)
    expect(explained).toContain('What is forbidden is not touched.')
  })

  test.each(['exit 1', 'kill -9 $$', 'exit 127'])('lets nothing through when the hook ends badly: %s', async (trouble) => {
    using project = governed()
    project.replaceIce(troubleBefore(trouble))
    await drive(project, 'echo hi > ran.txt')
    expect(project.has('ran.txt')).toBe(false)
  })

  test('goes on where something else stands in for ice, says nothing that can be read and is content: the record shows it', async () => {
    using project = governed()
    project.replaceIce(troubleBefore('echo no answer; exit 0'))
    await drive(project, 'echo hi > ran.txt')
    expect(project.has('ran.txt')).toBe(true)
    expect(project.ice('show', 'last').stdout).toMatch(/passed over +process\.run +sh +host\.unasked/)
  })

  test('shows in the record what a hook without its guard let through when it crashed', async () => {
    using project = governed()
    const text = readFileSync(join(project.root, settings), 'utf8')
    const unguarded = text.replace(/sh -c '(ice hook claude-code); s=[^\n]*?exit 2'/, '$1').replace(/,\s*"onFailure": "block"/, '')
    expect(unguarded).not.toContain('exit 2')
    project.write(settings, unguarded)
    project.replaceIce(troubleBefore('exit 1'))
    await drive(project, 'echo hi > ran.txt')
    expect(project.has('ran.txt')).toBe(true)
    const { stdout } = project.ice('show', 'last')
    expect(stdout).toMatch(/passed over +process\.run +sh +host\.unasked/)
    expect(stdout).toMatch(/reported +process\.run +sh +done/)
    expect(project.ice('doctor').stdout).toMatch(/missing +claude-code +goes on when the hook crashes \(tried\)/)
  })

  test('records an input that another hook edited after it was judged as something that nobody was asked about', async () => {
    using project = governed()
    const edit = { hookEventName: 'PreToolUse', permissionDecision: 'allow', updatedInput: { command: 'echo hi > edited.txt' } }
    project.write('edit.sh', `cat > /dev/null\necho '${JSON.stringify({ hookSpecificOutput: edit })}'\n`)
    const parsed = JSON.parse(readFileSync(join(project.root, settings), 'utf8')) as { hooks: { PreToolUse: object[] } }
    parsed.hooks.PreToolUse.push({ matcher: '*', hooks: [{ type: 'command', command: 'sh edit.sh' }] })
    project.write(settings, JSON.stringify(parsed))
    await drive(project, 'echo hi > ran.txt')
    expect([project.has('edited.txt'), project.has('ran.txt')]).toEqual([true, false])
    expect(project.ice('show', 'last').stdout).toMatch(/passed over +process\.run +sh +host\.edited/)
  })

  test('only looks on when an operator says so, and tells what it would have refused', async () => {
    using project = governed()
    expect(project.ice('hook', 'claude-code', '--observe', 'on').status).toBe(0)
    await drive(project, 'echo hi > forbidden.txt')
    expect(project.has('forbidden.txt')).toBe(true)
    const { stdout } = project.ice('show', 'last')
    expect(stdout).toMatch(/passed over +process\.run +sh +policy\.forbidden/)
    expect(stdout).toMatch(/reported +process\.run +sh +done/)
  })

  test('is found sound by the doctor, which asks this very program for its version', async () => {
    using project = governed()
    const { stdout } = project.ice('doctor')
    expect(stdout).toContain(`settings.json; ${programs['claude-code'].version}`)
    for (const when of ['we say no', 'the hook crashes', 'the hook hangs'])
      expect(stdout).toMatch(new RegExp(`fine +claude-code +blocks when ${when} \\(tried\\)`))
    expect(stdout).toMatch(/fine +claude-code +the hook answers/)
  })

  test('imports what the program kept of a session without a hook, and says what the policy would have refused of it', async () => {
    using project = governed()
    expect(project.ice('hook', 'claude-code', '--uninstall').status).toBe(0)
    await drive(project, 'echo hi > forbidden.txt')
    expect(project.has('forbidden.txt')).toBe(true)
    const imported = project.ice('import', 'claude-code', join(project.env['HOME'] ?? '', '.claude/projects'))
    expect(imported.stdout).toMatch(/^1 use of tools imported, from 1 session in 1 file\n/)
    const { stdout } = project.ice('policy', 'simulate', 'policy.cedar', '--imported')
    expect(stdout).toMatch(/refused +1, of which 1 happened/)
    expect(stdout).toContain('echo hi > forbidden.txt')
  })
})

function explanationOf(project: GovernedProject): { readonly explained: string } {
  const { stdout } = project.ice('show', 'last', '--json')
  const { story } = JSON.parse(stdout) as { readonly story: readonly { readonly word: string; readonly action?: number }[] }
  const action = story.find(({ word }) => word === 'refused')?.action
  return { explained: project.ice('explain', `last#${action}`).stdout }
}
