import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { openPlace } from './ice-process.ts'
import type { Finished, Place } from './ice-process.ts'

/** Each of these starts a few processes. */
const timeout = 180_000
const main = fileURLToPath(new URL('../bin/ice.js', import.meta.url))

interface Looked {
  readonly exit: number | null
  readonly rows: readonly { readonly name: string; readonly state: string; readonly detail: string }[]
}

/** A place in which only these programs are found, and `sh`. */
function openWith(programs: { readonly [name: string]: string }): Place {
  const outer = openPlace()
  const bin = join(outer.root, 'bin')
  for (const [name, script] of Object.entries(programs)) chmodSync(outer.write(`bin/${name}`, `#!/bin/sh\n${script}\n`), 0o755)
  const place = openPlace({ PATH: [bin, '/usr/bin', '/bin'].join(delimiter), HOME: join(outer.root, 'home') })
  return {
    ...place,
    [Symbol.dispose]: () => {
      place[Symbol.dispose]()
      outer[Symbol.dispose]()
    },
  }
}

const ice = `exec '${process.execPath}' --conditions=source '${main}' "$@"`
const claude = (version: string): string => `echo '${version} (Claude Code)'`

async function doctor(place: Place): Promise<Looked> {
  const { exit, stdout } = await place.ice('doctor', '--json')
  const { findings } = JSON.parse(stdout) as { readonly findings: Looked['rows'] }
  return { exit, rows: findings.filter(({ name }) => ['claude-code', 'codex', 'cursor'].includes(name)) }
}

function said({ rows }: Looked): string {
  return rows.map(({ name, state, detail }) => `${state} ${name} ${detail}`).join('\n')
}

describe('ice doctor', { timeout }, () => {
  test('says nothing of programs that are neither here nor set up, and names one that is here without a hook', async () => {
    using place = openWith({ codex: 'echo codex-cli 0.169.0' })
    expect(said(await doctor(place))).toBe('note codex no hook on this project: ice hook codex --install puts it there')
  })

  test('says that a hook is asked, that it answers, and that this version keeps to it', async () => {
    using place = openWith({ ice, claude: claude('2.1.332') })
    await place.ice('hook', 'claude-code', '--install')
    const looked = await doctor(place)
    expect(said(looked)).toMatch(/fine claude-code asked before every tool, in \S*\.claude\/settings\.json; 2\.1\.332 \(Claude Code\)/)
    for (const when of ['we say no', 'the hook crashes', 'the hook hangs'])
      expect(said(looked)).toContain(`fine claude-code blocks when ${when} (tried)`)
    expect(said(looked)).toMatch(/fine claude-code the hook answers, and blocks what it cannot read/)
    expect(said(looked)).toContain('note claude-code Started with --bare')
    expect(looked.rows.map(({ state }) => state)).not.toContain('broken')
  })

  test('says what an older version, and what Codex, does not keep to', async () => {
    using place = openWith({ ice, claude: claude('2.1.200'), codex: 'echo codex-cli 0.169.0' })
    for (const host of ['claude-code', 'codex']) await place.ice('hook', host, '--install')
    const looked = said(await doctor(place))
    expect(looked).toContain('missing claude-code goes on when the hook hangs (tried)')
    expect(looked).toContain('note claude-code Version 2.1.200 was not tried')
    expect(looked).toContain('fine codex blocks when the hook crashes (tried)')
    expect(looked).toContain('missing codex goes on when the hook hangs (tried)')
    expect(looked).toContain('note codex Codex skips a hook that nobody has trusted')
  })

  test('does not know whether a hang blocks in a program that is not there to tell its version', async () => {
    using place = openWith({ ice })
    await place.ice('hook', 'claude-code', '--install')
    expect(said(await doctor(place))).toContain('missing claude-code goes on when the hook hangs (not known without its version)')
  })

  test('says of a host that is only observed that nothing is refused it', async () => {
    using place = openWith({ ice })
    await place.ice('hook', 'claude-code', '--install')
    expect(said(await doctor(place))).not.toContain('observed')
    await place.ice('hook', 'claude-code', '--observe', 'on')
    expect(said(await doctor(place))).toContain('missing claude-code only observed, so that we never say no')
  })

  test('exits with 9 where the hook does not answer', async () => {
    using place = openWith({ ice: 'exit 3' })
    await place.ice('hook', 'claude-code', '--install')
    const looked = await doctor(place)
    expect(said(looked)).toMatch(/broken claude-code the hook does not answer: exit code 2, "ICE: the hook failed \(3\)/)
    expect(looked.exit).toBe(9)
  })

  test('starts no command of a project that is another one than it would install', async () => {
    using place = openWith({ ice, claude: claude('2.1.332') })
    await place.ice('hook', 'claude-code', '--install')
    const settings = join(place.workspace, '.claude/settings.json')
    const mark = join(place.root, 'started')
    place.write('workspace/.claude/settings.json', readFileSync(settings, 'utf8').replaceAll('ice hook', `touch ${mark}; ice hook`))
    const looked: Finished = await place.ice('doctor')
    expect(looked.stdout).toMatch(/note +claude-code .*so it was not started/)
    expect(existsSync(mark)).toBe(false)
  })
})
