import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { hosts } from '../host.ts'
import { guarded } from './hook-plan.ts'
import { hookEvents, hookSettings, installHook, uninstallHook } from './hook-settings.ts'

describe.each(hosts)('%s', (host) => {
  const command = `ice hook ${host}`

  test('gets an entry for every event, from nothing as from an empty file', () => {
    const text = installHook(host, undefined, command)
    expect(installHook(host, '\n', command)).toBe(text)
    expect(JSON.parse(text)).toStrictEqual(hookSettings(host, command))
    for (const event of hookEvents(host)) expect(text).toContain(`"${event}"`)
  })

  test('is asked about every tool, behind a guard, and only there', () => {
    const { hooks } = JSON.parse(installHook(host, undefined, command)) as { readonly hooks: Record<string, readonly object[]> }
    const [asked = '', ...told] = hookEvents(host)
    expect(JSON.stringify(hooks[asked])).toContain(JSON.stringify(guarded(command)).slice(1, -1))
    for (const event of told) expect(JSON.stringify(hooks[event])).not.toContain('exit 2')
  })

  test('stays as it is when it is installed again, byte for byte', () => {
    const once = installHook(host, undefined, command)
    expect(installHook(host, once, command)).toBe(once)
    const compact = JSON.stringify(JSON.parse(once))
    expect(installHook(host, compact, command)).toBe(compact)
  })

  test('is replaced where it stood when the command changed, and stands once', () => {
    const before = installHook(host, undefined, `/old/path/ice hook ${host}`)
    const after = installHook(host, before, command)
    expect(after).toBe(installHook(host, undefined, command))
  })

  test('leaves keys, other hooks, their order and the layout alone', () => {
    const [asked = ''] = hookEvents(host)
    const other = host === 'cursor' ? { command: 'audit.sh' } : { matcher: 'Bash', hooks: [{ type: 'command', command: 'audit.sh' }] }
    const settings = { zebra: 1, hooks: { Other: [other], [asked]: [other] }, alpha: { nested: ['kept'] } }
    const text = JSON.stringify(settings, undefined, '\t')
    const result = installHook(host, text, command)
    const parsed = JSON.parse(result) as { readonly hooks: Record<string, readonly unknown[]> }
    expect(Object.keys(parsed).filter((key) => key !== 'version')).toStrictEqual(['zebra', 'hooks', 'alpha'])
    expect(Object.keys(parsed.hooks).slice(0, 2)).toStrictEqual(['Other', asked])
    expect(parsed.hooks[asked]?.[0]).toStrictEqual(other)
    expect(parsed.hooks[asked]).toHaveLength(2)
    expect(parsed.hooks['Other']).toStrictEqual([other])
    expect(result).toContain('\n\t"zebra"')
    expect(result.endsWith('}')).toBe(true)
  })

  test.each([
    '{ "hooks": {} } // mine',
    '// mine\n{}',
    '{ "a": 1, }',
    '[]',
    '"text"',
    '{"hooks":[]}',
    '{"hooks":7}',
    '{"hooks":{},"hooks":{}}',
    `{"hooks":{"${hookEvents(host)[0] ?? ''}":{}}}`,
  ])('is refused rather than installed into %s, which would be lost', (text) => {
    expect(() => installHook(host, text, command)).toThrow(expect.objectContaining({ code: 'hook.settings_malformed' }))
  })
})

test('another program in the same entry stays when ours is replaced', () => {
  const ours = { type: 'command', command: 'ice hook claude-code' }
  const theirs = { type: 'command', command: 'nice hook claude-code-audit' }
  const text = JSON.stringify({ hooks: { PreToolUse: [{ matcher: '*', hooks: [ours, theirs] }] } })
  const { hooks } = JSON.parse(installHook('claude-code', text, 'ice hook claude-code')) as {
    readonly hooks: { readonly PreToolUse: readonly object[] }
  }
  expect(hooks.PreToolUse).toHaveLength(2)
  expect(hooks.PreToolUse[0]).toStrictEqual({ matcher: '*', hooks: [theirs] })
})

test('a host that can block by itself when its hook fails is told to, before a tool and nowhere else', () => {
  expect(JSON.stringify(hookSettings('claude-code', 'ice hook claude-code')).split('"onFailure":"block"')).toHaveLength(2)
  expect(JSON.stringify(hookSettings('cursor', 'ice hook cursor')).split('"failClosed":true')).toHaveLength(2)
})

describe('a guarded command', () => {
  const run = (command: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
    spawnSync(guarded(command), { shell: '/bin/sh', encoding: 'utf8', input: 'payload' })

  test.each(['exit 1', 'exit 3', 'exit 127', '/no/such/program', 'kill -9 $$', 'kill -TERM $$', 'sh -c "kill -9 \\$\\$"', '/dev/null'])(
    '%s ends as the one code that blocks, or not at all, with words',
    (command) => {
      const { status, stderr } = run(`sh -c '${command.replaceAll("'", "'\\''")}'`)
      expect(status).toBe(2)
      expect(stderr.trim()).not.toBe('')
    },
  )

  test('that answers is left as it is', () => {
    expect(run("cat; printf 'it'\"'\"'s'")).toMatchObject({ status: 0, stdout: "payloadit's", stderr: '' })
    expect(run('echo no >&2; false || (exit 2)')).toMatchObject({ status: 2, stderr: 'no\n' })
  })
})

describe('taken off', () => {
  test.each(hosts)('%s has its settings as they were', (host) => {
    const before = '{\n    "theme": "dark"\n}\n'
    expect(uninstallHook(host, installHook(host, before, `ice hook ${host}`))).toBe(
      host === 'cursor' ? '{\n    "version": 1,\n    "theme": "dark"\n}\n' : before,
    )
  })

  test('takes our command out of an entry that others share, and leaves what is not ours', () => {
    const text = JSON.stringify({
      hooks: { PreToolUse: [{ matcher: '*', hooks: [{ command: 'theirs' }, { command: 'ice hook codex' }] }], Stop: [], odd: 1 },
    })
    expect(JSON.parse(uninstallHook('codex', text) ?? '')).toEqual({
      hooks: { PreToolUse: [{ matcher: '*', hooks: [{ command: 'theirs' }] }], Stop: [], odd: 1 },
    })
    expect(uninstallHook('codex', '{ "hooks": {} }')).toBe('{ "hooks": {} }')
    expect(uninstallHook('codex', undefined)).toBeUndefined()
  })
})
