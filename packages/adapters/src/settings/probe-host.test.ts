import { describe, expect, test } from 'vitest'
import { hosts } from '../host.ts'
import type { Host } from '../host.ts'
import { guarded } from './hook-plan.ts'
import { hookSettings, installHook } from './hook-settings.ts'
import { claudeOnFailureVersion, probeHost } from './probe-host.ts'

const path = 'settings.json'

function installed(host: Host): readonly [{ readonly path: string; readonly text: string }] {
  return [{ path, text: installHook(host, undefined, `ice hook ${host}`) }]
}

describe.each(hosts)('%s', (host) => {
  test('with the hook is asked, and stopped by a denial', () => {
    const probe = probeHost(host, installed(host), '99.0.0')
    expect(probe).toMatchObject({ host, installed: [path], missing: [], denial: { blocks: true }, crash: { blocks: true } })
  })

  test.each([undefined, '', '{}', '{"hooks":{}}', '{"hooks":[]}', '{"hooks":{"PreToolUse":7}}', 'no json', '[]'])(
    'without it blocks nothing, whatever the settings are: %s',
    (text) => {
      const probe = probeHost(host, [{ path, ...(text === undefined ? {} : { text }) }])
      expect(probe).toMatchObject({ installed: [], denial: { blocks: false }, crash: { blocks: false }, timeout: { blocks: false } })
    },
  )

  test('with the hook of somebody else only, or of ours for another host, blocks nothing', () => {
    for (const command of ['audit.sh', 'ice hook other-host', `echo ice hook ${host}x`, 'rm -rf ice']) {
      const text = JSON.stringify(hookSettings(host, command))
      expect(probeHost(host, [{ path, text }])).toMatchObject({ installed: [], denial: { blocks: false } })
    }
  })

  test('with the hook in one file and nothing in another is asked', () => {
    expect(probeHost(host, [{ path: 'other.json', text: '{}' }, ...installed(host)]).installed).toStrictEqual([path])
  })
})

test('Claude Code blocks on a hook that hangs from one version on, and not before', () => {
  const at = (version?: string): object => probeHost('claude-code', installed('claude-code'), version).timeout
  expect(at('2.1.294 (Claude Code)')).toStrictEqual({ blocks: false, known: 'verified' })
  expect(at(`${claudeOnFailureVersion} (Claude Code)`)).toStrictEqual({ blocks: true, known: 'verified' })
  expect(at('3.0.0')).toStrictEqual({ blocks: true, known: 'verified' })
  expect(at('10.0.0')).toStrictEqual({ blocks: true, known: 'verified' })
  expect(at('1.9.999')).toMatchObject({ blocks: false })
  expect(at('no version')).toMatchObject({ blocks: false })
  expect(at()).toStrictEqual({ blocks: false, known: 'unknown' })
})

test('Codex never blocks on a hook that hangs, and says so', () => {
  const probe = probeHost('codex', installed('codex'), '0.169.0')
  expect(probe.timeout).toStrictEqual({ blocks: false, known: 'verified' })
  expect(probe.notes.join(' ')).toMatch(/too long/)
  expect(probe.notes.join(' ')).toMatch(/write_stdin/)
})

test('what nobody tried is not said to be verified', () => {
  const { denial, crash, timeout } = probeHost('cursor', installed('cursor'))
  expect([denial.known, crash.known, timeout.known]).toStrictEqual(['documented', 'documented', 'documented'])
})

test('a hook without its guard lets a crash through', () => {
  const text = installed('codex')[0].text.replace(JSON.stringify(guarded('ice hook codex')), '"ice hook codex"')
  expect(text).not.toContain('sh -c')
  expect(probeHost('codex', [{ path, text }], '0.169.0')).toMatchObject({ installed: [path], crash: { blocks: false } })
})

test('a hook behind a narrower matcher is not asked about every tool', () => {
  const text = installed('claude-code')[0].text.replaceAll('"matcher": "*"', '"matcher": "Bash"')
  expect(probeHost('claude-code', [{ path, text }], '2.1.332')).toMatchObject({ installed: [], denial: { blocks: false } })
})

test('hooks that are switched off in any file block nothing', () => {
  const off = { path: 'settings.local.json', text: '{"disableAllHooks":true}' }
  const probe = probeHost('claude-code', [...installed('claude-code'), off], '2.1.332')
  expect(probe).toMatchObject({ denial: { blocks: false }, crash: { blocks: false } })
  expect(probe.notes.join(' ')).toMatch(/switched off/)
})

test('settings that let only managed hooks run are named', () => {
  const managed = { path: 'managed-settings.json', text: '{"allowManagedHooksOnly":true}' }
  expect(probeHost('claude-code', [...installed('claude-code'), managed], '2.1.332').notes.join(' ')).toMatch(/managed-settings\.json/)
})

test('a version that nobody tried is said to be one', () => {
  const notes = (version?: string): string => probeHost('codex', installed('codex'), version).notes.join(' ')
  expect(notes('codex-cli 0.170.1')).toContain('Version 0.170.1 was not tried: what is said here is what 0.169.0 did.')
  for (const version of ['codex-cli 0.169.0', undefined]) expect(notes(version)).not.toContain('not tried')
})

test('a hook in two files is said to be asked twice', () => {
  const notes = (...files: Parameters<typeof probeHost>[1]): string => probeHost('claude-code', files, '2.1.332').notes.join(' ')
  const [one] = installed('claude-code')
  expect(notes(one, { ...one, path: 'user.json' })).toContain('settings.json and in user.json: every use is asked about')
  expect(notes(one)).not.toContain('more than once')
})
