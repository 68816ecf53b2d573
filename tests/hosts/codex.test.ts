import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { drivenMs } from '../../packages/adapters/tests/hosts/drive-claude.ts'
import type { Driven } from '../../packages/adapters/tests/hosts/drive-claude.ts'
import { codexCommand, driveCodex } from '../../packages/adapters/tests/hosts/drive-codex.ts'
import { hostProgram, programs } from '../../packages/adapters/tests/hosts/host-program.ts'
import { openGovernedProject, troubleBefore } from './governed-project.ts'
import type { GovernedProject } from './governed-project.ts'

const program = await hostProgram('codex')
const timeout = drivenMs * 2

const governed = (): GovernedProject => openGovernedProject('codex', program ?? '')

function drive(project: GovernedProject, command: string, untrusted = false): Promise<Driven> {
  return driveCodex(program ?? '', [codexCommand(command)], { ...project, home: project.hostHome, untrusted })
}

describe.skipIf(program === undefined)(`ice behind Codex ${programs.codex.version}, where it installs`, { timeout }, () => {
  test('lets an allowed command run, and records the verdict and the report of it', async () => {
    using project = governed()
    await drive(project, 'echo hi > ran.txt')
    expect(project.has('ran.txt')).toBe(true)
    const { stdout } = project.ice('show', 'last')
    expect(stdout).toMatch(/allowed +process\.run +sh/)
    expect(stdout).toMatch(/reported +process\.run +sh +done/)
    expect(project.ice('verify').status).toBe(0)
  })

  test('keeps a denied command from running, and tells the model the rule', async () => {
    using project = governed()
    const { told } = await drive(project, 'echo hi > forbidden.txt')
    expect(project.has('forbidden.txt')).toBe(false)
    expect(told).toContain('policy.forbidden, by policy.cedar:4')
    expect(project.ice('show', 'last').stdout).toMatch(/refused +process\.run +sh +policy\.forbidden {2}policy\.cedar:4/)
  })

  test.each(['exit 1', 'kill -9 $$'])('lets nothing through when the hook crashes: %s', async (trouble) => {
    using project = governed()
    project.replaceIce(troubleBefore(trouble))
    await drive(project, 'echo hi > ran.txt')
    expect(project.has('ran.txt')).toBe(false)
  })

  test('goes on when the hook hangs: the record shows it, and the doctor says that this host does so', async () => {
    using project = governed()
    const hooks = join(project.hostHome, 'hooks.json')
    writeFileSync(hooks, readFileSync(hooks, 'utf8').replace('"timeout": 60', '"timeout": 2'))
    project.replaceIce(troubleBefore('sleep 20'))
    await drive(project, 'echo hi > ran.txt')
    expect(project.has('ran.txt')).toBe(true)
    expect(project.ice('show', 'last').stdout).toMatch(/passed over +process\.run +sh +host\.unasked/)
    const { stdout } = project.ice('doctor')
    expect(stdout).toContain(`hooks.json; codex-cli ${programs.codex.version}`)
    expect(stdout).toMatch(/fine +codex +blocks when the hook crashes \(tried\)/)
    expect(stdout).toMatch(/missing +codex +goes on when the hook hangs \(tried\)/)
  })

  test('does not ask a hook that nobody trusted, of which there is no record: the doctor says what to do', async () => {
    using project = governed()
    await drive(project, 'echo hi > forbidden.txt', true)
    expect(project.has('forbidden.txt')).toBe(true)
    expect(project.ice('ps').stdout).not.toContain('codex')
    expect(project.ice('doctor').stdout).toContain('trust it once with /hooks')
  })
})
