import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { jsonLines, openPlace } from './ice-process.ts'
import type { Finished, Place } from './ice-process.ts'

/** Each of these starts a few processes. */
const timeout = 180_000
const main = fileURLToPath(new URL('../bin/ice.js', import.meta.url))

function fixture(host: string, version: string, name: string, place: Place): string {
  const file = fileURLToPath(new URL(`../../adapters/fixtures/${host}/${version}/${name}.json`, import.meta.url))
  return readFileSync(file, 'utf8').replaceAll('/project', realpathSync(place.workspace))
}

const claude = (name: string, place: Place): string => fixture('claude-code', '2.1.332', name, place)
const codex = (name: string, place: Place): string => fixture('codex', '0.169.0', name, place)

/** Runs a command as a host does: through a shell, in the project, with the payload on standard input, which stays open without one. */
function hook(place: Place, payload: string | undefined, command = `ice hook claude-code`): Promise<Finished> {
  const bin = join(place.root, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'ice'), `#!/bin/sh\nexec '${process.execPath}' --conditions=source '${main}' "$@"\n`)
  chmodSync(join(bin, 'ice'), 0o755)
  const { CLAUDE_PROJECT_DIR: _other, ...inherited } = process.env
  const env = { ...inherited, ICE_DATA: place.data, PATH: `${bin}:${process.env['PATH'] ?? ''}` }
  const child = spawn('sh', ['-c', command], { cwd: place.workspace, env })
  child.stdin.on('error', () => undefined)
  if (payload !== undefined) child.stdin.end(payload)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve) => child.on('close', (exit) => resolve({ exit, stdout, stderr })))
}

function decision({ stdout }: Finished): unknown {
  const { hookSpecificOutput: said } = JSON.parse(stdout) as { hookSpecificOutput: { permissionDecision: string } }
  return said.permissionDecision
}

describe('ice hook', { timeout }, () => {
  test('answers a captured payload of Claude Code, and records what it says was done as its report', async () => {
    using place = openPlace()
    expect((await place.ice('hook', 'claude-code', '--allow-all')).exit).toBe(0)
    const allowed = await hook(place, claude('before-write', place))
    expect([allowed.exit, decision(allowed), allowed.stderr]).toEqual([0, 'allow', ''])
    expect(await hook(place, claude('after-write', place))).toEqual({ exit: 0, stdout: '', stderr: '' })
    const shown = await place.ice('show', 'last')
    expect(shown.stdout).toMatch(/allowed +files\.write +b\.txt/)
    expect(shown.stdout).toMatch(/reported +files\.write +b\.txt +done/)
    expect(shown.stdout).toContain('reported done')
    expect((await place.ice('verify')).exit).toBe(0)
  })

  test('denies by exit code and by word, with the rule', async () => {
    using place = openPlace()
    const secret = claude('before-read', place).replace('a.txt', '.env')
    const denied = await hook(place, secret)
    expect([denied.exit, decision(denied)]).toEqual([2, 'deny'])
    expect(denied.stderr).toContain('policy.forbidden, by builtin:secret-shaped')
  })

  test('denies under the adopted policy, which also knows what only runs do, and explains it from the record', async () => {
    using place = openPlace()
    place.write(
      'workspace/policy.cedar',
      `permit (principal, action, resource);
forbid (principal, action == Ice::Action::"files.delete", resource) when { context.facts.count > 3 };
@description("Nothing of the network.")
forbid (principal, action == Ice::Action::"process.run", resource) when { context.facts.network };
@description("Notes are of people.")
forbid (principal, action == Ice::Action::"files.write", resource) when { context.facts has tool && context.facts.tool == "Write" };
`,
    )
    expect((await place.ice('policy', 'adopt', 'policy.cedar', '--yes')).exit).toBe(0)
    const denied = await hook(place, claude('before-write', place))
    expect(denied.exit).toBe(2)
    const [, where] = /policy\.forbidden, by policy\.cedar:5 \((run_\S+)\)/.exec(denied.stderr) ?? []
    const { stdout } = await place.ice('explain', where ?? '')
    expect(stdout).toContain('Notes are of people.')
    expect(stdout).toMatch(/would flip +without the rule policy\.cedar:5/)
  })

  test('answers Codex, to which an allowance is silence, and records a report without a question as that', async () => {
    using place = openPlace()
    expect((await place.ice('hook', 'codex', '--allow-all')).exit).toBe(0)
    expect(await hook(place, codex('before-bash', place), 'ice hook codex')).toEqual({ exit: 0, stdout: '', stderr: '' })
    expect((await hook(place, codex('after-apply-patch', place), 'ice hook codex')).exit).toBe(0)
    expect((await place.ice('show', 'last')).stdout).toMatch(/passed over .*host\.unasked/)
  })

  test.each(['', '{', '[]', '{"session_id":"a"}', '\u0000'])('blocks what it cannot read: %j', async (payload) => {
    using place = openPlace()
    const answer = await hook(place, payload)
    expect([answer.exit, decision(answer)]).toEqual([2, 'deny'])
    expect(answer.stderr).toContain('hook.malformed')
  })

  test('blocks when the record cannot be written', async () => {
    using place = openPlace()
    writeFileSync(place.data, 'a file stands where the data directory should be')
    const answer = await hook(place, claude('before-read', place))
    expect([answer.exit, decision(answer)]).toEqual([2, 'deny'])
    expect(answer.stderr).toContain('data.unreadable')
  })

  test('blocks at a deadline of its own when its host never finishes what it says', async () => {
    using place = openPlace()
    const answer = await hook(place, undefined)
    expect([answer.exit, decision(answer)]).toEqual([2, 'deny'])
    expect(answer.stderr).toContain('no answer within 30 s')
  })

  test('finds its project above the directory that the agent has moved to', async () => {
    using place = openPlace()
    await place.ice('hook', 'claude-code', '--install')
    mkdirSync(join(place.workspace, 'src/deep'), { recursive: true })
    const moved = claude('before-read', place).replace(/"cwd": "([^"]+)"/, '"cwd": "$1/src/deep"')
    expect((await hook(place, moved)).exit).toBe(0)
    const [proposed] = jsonLines((await place.ice('show', 'last', '--events', '--json')).stdout).filter(
      ({ type }) => type === 'ActionAuthorized',
    )
    expect(proposed).toMatchObject({ payload: { prepared: { resources: ['file:a.txt'] } } })
  })

  test('observes when an operator says so, and only then', async () => {
    using place = openPlace()
    const secret = claude('before-read', place).replace('a.txt', '.env')
    const observing = await place.ice('hook', 'claude-code', '--observe', 'on')
    expect(observing.stderr).toContain('only observed')
    expect(await hook(place, secret)).toEqual({ exit: 0, stdout: '', stderr: '' })
    expect((await place.ice('show', 'last')).stdout).toMatch(/passed over .*policy\.forbidden/)
    await place.ice('hook', 'claude-code', '--observe', 'off')
    expect((await hook(place, secret.replace('toolu_r1', 'toolu_r2'))).exit).toBe(2)
  })

  test('holds a host to what it is granted', async () => {
    using place = openPlace()
    await place.ice('hook', 'claude-code', '--allow', 'files.read', '--allow', 'process.run:git')
    expect((await hook(place, claude('before-read', place))).exit).toBe(0)
    const denied = await hook(place, claude('before-write', place))
    expect(denied.stderr).toContain('grant.none')
    expect((await place.ice('hook', 'claude-code', '--allow', 'files.fly')).exit).toBe(2)
  })
})

describe('ice hook --install', { timeout }, () => {
  test('puts a hook on a project that blocks when it is killed, crashes or is not there', async () => {
    using place = openPlace()
    mkdirSync(join(place.root, 'bin'))
    writeFileSync(join(place.root, 'bin/ice'), '')
    const installed = await place.ice('hook', 'claude-code', '--install')
    expect(installed.stderr).toContain('the hook is in')
    const settings = JSON.parse(readFileSync(join(place.workspace, '.claude/settings.json'), 'utf8')) as {
      hooks: { PreToolUse: [{ hooks: [{ command: string }] }] }
    }
    const { command } = settings.hooks.PreToolUse[0].hooks[0]
    expect((await hook(place, claude('before-read', place), command)).exit).toBe(0)
    const broken = (by: string): string => command.replace(/(?<=sh -c ').*?(?= hook claude-code)/, by)
    for (const by of ['kill -9 $$ #', 'exit 1 #', 'sh -c "kill -9 \\$\\$"', '/nowhere/ice']) {
      const answer = await hook(place, claude('before-read', place), broken(by))
      expect(by.startsWith('kill') ? [2, 137] : [2, 1]).toContain(answer.exit)
    }
    const again = await place.ice('hook', 'claude-code', '--install')
    expect(again.stderr).toContain('the hook was in')
  })

  test('leaves the rest of the settings alone, and is taken off without a trace', async () => {
    using place = openPlace()
    const file = place.write('workspace/.claude/settings.json', '{\n  "model": "a",\n  "hooks": { "Stop": [] }\n}\n')
    const before = readFileSync(file, 'utf8')
    await place.ice('hook', 'claude-code', '--install')
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ model: 'a', hooks: { Stop: [], PreToolUse: [{ matcher: '*' }] } })
    await place.ice('hook', 'claude-code', '--uninstall')
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(before))
    const none = await place.ice('hook', 'codex', '--uninstall')
    expect(none.stderr).toContain('there was no hook in')
    expect(existsSync(join(place.workspace, '.codex'))).toBe(false)
  })

  test('goes to the settings of the user when asked to, and prints without touching anything', async () => {
    using place = openPlace({ CLAUDE_CONFIG_DIR: '/nowhere', CODEX_HOME: '' })
    const printed = await place.ice('hook', 'codex', '--print')
    expect(JSON.parse(printed.stdout)).toHaveProperty('hooks.PreToolUse')
    expect(existsSync(join(place.workspace, '.codex'))).toBe(false)
    using other = openPlace({ CLAUDE_CONFIG_DIR: join(place.root, 'config') })
    await other.ice('hook', 'claude-code', '--install', '--scope', 'user')
    expect(existsSync(join(place.root, 'config/settings.json'))).toBe(true)
  })

  test('touches no settings that it does not understand', async () => {
    using place = openPlace()
    const file = place.write('workspace/.claude/settings.json', '{ // mine\n}')
    const failed = await place.ice('hook', 'claude-code', '--install')
    expect(failed.exit).toBe(1)
    expect(failed.stderr).toContain('hook.settings_malformed')
    expect(readFileSync(file, 'utf8')).toBe('{ // mine\n}')
  })
})
