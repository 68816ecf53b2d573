import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { agentSource, jsonLines, openPlace } from './ice-process.ts'
import type { Place } from './ice-process.ts'

let place: Place

beforeEach(() => {
  place = openPlace()
  place.write('workspace/src/a.txt', 'a')
  place.write('workspace/notes.txt', 'n')
})
afterEach(() => place[Symbol.dispose]())

/** What an agent is told of two reads. */
async function reads(): Promise<unknown> {
  const read = (path: string): string =>
    `try { await ctx.propose('files.read', { path: '${path}' }); codes.push('read') } catch (error) { codes.push(error.code) }`
  const agent = place.write('agent.ts', agentSource('reader', `const codes = []; ${read('src/a.txt')}; ${read('notes.txt')}; return codes`))
  const { stdout } = await place.ice('run', agent, '--allow', 'files.read')
  return JSON.parse(stdout.split('\n')[1] ?? 'null')
}

const reading = 'permit (principal, action == Ice::Action::"files.read", resource)'

describe('a policy', () => {
  test('is shown, adopted on a yes, holds for the next run, and explains itself from the record', async () => {
    expect(await reads()).toEqual(['read', 'read'])
    const file = place.write('policy/main.cedar', `@description("Sources alone.")\n${reading}\nwhen { context.facts.path like "src/*" };\n`)
    const shown = await place.ice('policy', 'adopt', file)
    expect(shown).toMatchObject({ exit: 5, stdout: '' })
    expect(shown.stderr).toContain('+when { context.facts.path like "src/*" };')
    expect(await reads()).toEqual(['read', 'read'])
    expect((await place.ice('policy', 'adopt', file, '--yes')).stdout).toMatch(/^[0-9a-f]{64} {2}adopted\n$/)
    expect((await place.ice('policy', 'adopt', file, '--yes')).stdout).toContain('is adopted already')
    expect(await reads()).toEqual(['read', 'policy.forbidden'])
    const [refusal] = jsonLines((await place.ice('explain', 'last', '--json')).stdout) as [{ refused: [{ seq: number }] }]
    const { stdout } = await place.ice('explain', `last#${refusal.refused[0].seq}`)
    expect(stdout).toMatch(/nearest permit main\.cedar:1 +Sources alone\./)
    expect(stdout).toMatch(/false +context\.facts\.path like "src\/\*"/)
    expect((await place.ice('replay', 'last')).stdout).toContain('identical: yes')
    expect((await place.ice('verify')).exit).toBe(0)
  })

  test('of which a next one is adopted shows what changes', async () => {
    const file = place.write('policy/main.cedar', `${reading};\n`)
    await place.ice('policy', 'adopt', file, '--yes')
    place.write('policy/main.cedar', `${reading}\nwhen { context.facts.exists };\n`)
    const { stderr } = await place.ice('policy', 'adopt', file)
    expect(stderr).toContain(`-${reading};`)
    expect(stderr).toContain('+when { context.facts.exists };')
    expect((await place.ice('policy')).stdout).toContain(`${reading};`)
  })

  test('with an error is not adopted, and the place of the error is named', async () => {
    const file = place.write('policy/main.cedar', `\n@aproval("1 of ops") forbid (principal, action, resource);\n`)
    const refused = await place.ice('policy', 'adopt', file, '--yes')
    expect(refused.exit).not.toBe(0)
    expect(refused.stderr).toMatch(/main\.cedar:2: .*aproval/)
    const checked = await place.ice('policy', 'check', file)
    expect(checked.exit).toBe(1)
    expect(checked.stdout).toMatch(/^main\.cedar:2 {2}error {2}annotation\.unknown/)
    expect((await place.ice('policy')).stderr).toContain('none is adopted')
  })

  test('is tested by the cases beside it, and a rule that none needs is named', async () => {
    place.write(
      'policy/main.cedar',
      `${reading}\nwhen { context.facts.path like "src/*" };\n${reading}\nwhen { context.facts.path like "src/b*" };\n`,
    )
    const request = {
      action: 'files.read',
      facts: { path: 'src/a', extension: '', kind: 'file', exists: true, staged: false, secretShaped: false, sizeBytes: 1, mode: 420 },
    }
    place.write('policy/main.test.json', JSON.stringify({ cases: [{ name: 'sources are read', request, expect: 'allow' }] }))
    const tested = await place.ice('policy', 'test', `${place.root}/policy`)
    expect(tested.stdout + tested.stderr).toContain('1 passed, 0 failed, 0 skipped')
    expect(tested.stderr).toContain('main.cedar:3  no case reaches this rule')
    expect(tested.exit).toBe(0)
  })

  test('is not found where there is none', async () => {
    expect((await place.ice('policy', 'check', place.write('policy/none.txt', ''))).exit).toBe(3)
  })
})

describe('a lockdown', () => {
  test('stops what was allowed, says so, and is lifted', async () => {
    await reads()
    expect((await place.ice('lockdown', 'on')).stderr).toContain('say why')
    expect((await place.ice('lockdown', 'on', '--agent', 'reader', '--reason', 'it went wrong')).exit).toBe(0)
    expect((await place.ice('lockdown')).stdout).toMatch(/stopped +reader/)
    expect(await reads()).toEqual(['lockdown.on', 'lockdown.on'])
    expect((await place.ice('lockdown', 'off', '--agent', 'reader')).exit).toBe(0)
    expect(await reads()).toEqual(['read', 'read'])
    expect((await place.ice('lockdown', 'maybe')).exit).toBe(2)
  })
})

test('grants are listed with what was used of them, and taken back', async () => {
  await reads()
  const [grant] = jsonLines((await place.ice('grants', 'last', '--json')).stdout) as [{ grant: string; used: number }]
  expect(grant).toMatchObject({ used: 2, revoked: false })
  expect((await place.ice('grants', 'revoke', grant.grant, '--reason', 'done')).exit).toBe(0)
  expect((await place.ice('grants')).stdout).toMatch(/revoked +permit files\.read/)
  expect((await place.ice('grants', 'revoke', 'last#1')).exit).toBe(3)
  expect((await place.ice('grants', 'revoke', 'last')).exit).toBe(2)
})
