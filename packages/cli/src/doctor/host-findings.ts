import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { guarded, hosts, installHook, probeHost } from '@ice-runtime/ice/host'
import type { Blocking, Host, HostProbe } from '@ice-runtime/ice/host'
import { openIceReader } from '@ice-runtime/ice/reader'
import { readStanding } from '@ice-runtime/ice/record'
import { IceError } from '@ice-runtime/kernel'
import { findOnPath, hookCommand } from '../host/hook-command.ts'
import { readSettingsFile, settingsFiles } from '../host/settings-file.ts'
import { dataOf } from '../place.ts'
import type { OptionValues } from '../table/option-values.ts'
import { look } from './check.ts'
import type { Finding } from './check.ts'

/** The programs whose version says what they do when a hook fails. Cursor was not tried, so its version says nothing. */
const programs: { readonly [host in Host]?: string } = { 'claude-code': 'claude', codex: 'codex' }
/** They are started for that: some load half of themselves before they say it. */
const versionMs = 10_000
/** A hook that has not answered by then would be taken for one that hangs by a person long before a host does so. */
const answerMs = 15_000
const maxVersionChars = 60

/** Programs with a hook on this project: what it is worth with their version. Those that are here without one are named, others not. */
export async function hostFindings(workspace: string, options: OptionValues): Promise<readonly Finding[]> {
  const observed = await observedHosts(options)
  const found = await Promise.all(hosts.map((host) => findingsOf(host, { workspace, options, isObserved: observed.has(host) })))
  return found.flat()
}

interface Place {
  readonly workspace: string
  readonly options: OptionValues
  readonly isObserved: boolean
}

/** Hosts that an operator lets do what they like. A log that cannot be read is a finding of its own. */
async function observedHosts(options: OptionValues): Promise<ReadonlySet<string>> {
  const data = dataOf(options)
  if (!existsSync(join(data, 'log.sqlite'))) return new Set()
  try {
    await using store = openIceReader(data)
    const { hosts: settings } = readStanding(store.log).system
    return new Set(hosts.filter((host) => settings.get(host)?.observe === true))
  } catch (error) {
    if (error instanceof IceError) return new Set()
    throw error
  }
}

async function findingsOf(host: Host, { workspace, options, isObserved }: Place): Promise<readonly Finding[]> {
  const program = programs[host]
  const path = program === undefined ? undefined : findOnPath(program)
  const settings = settingsFiles(host, workspace).map((file) => ({ path: file, ...textOf(readSettingsFile(file)) }))
  const version = path === undefined ? undefined : await versionOf(path)
  const probe = probeHost(host, settings, version)
  const isHooked = probe.installed.length > 0
  if (!isHooked) return unhooked(probe, path)
  const own = settings.find(({ path: file }) => probe.installed.includes(file))
  return [
    installedFinding(probe, version),
    ...(isObserved ? [observedFinding(host)] : []),
    blockingFinding(host, { when: 'when we say no', blocking: probe.denial, disables: `every refusal of ${host}` }),
    blockingFinding(host, { when: 'when the hook crashes', blocking: probe.crash, disables: 'judging what it does then' }),
    blockingFinding(host, { when: 'when the hook hangs', blocking: probe.timeout, disables: 'judging what it does then' }),
    await answerFinding(host, { text: own?.text, workspace, options }),
    ...notesOf(probe),
  ]
}

function textOf(text: string | undefined): { readonly text?: string } {
  return text === undefined ? {} : { text }
}

function unhooked(probe: HostProbe, path: string | undefined): readonly Finding[] {
  const { host, notes } = probe
  const unread = notes.filter((note) => note.includes('cannot be read'))
  const detail = [`no hook on this project: ice hook ${host} --install puts it there`, ...unread].join('; ')
  return path === undefined && unread.length === 0 ? [] : [{ name: host, state: 'note', detail }]
}

function installedFinding({ host, installed, missing }: HostProbe, version: string | undefined): Finding {
  const detail = `asked before every tool, in ${installed.join(' and in ')}; ${version ?? 'its version is not known'}`
  if (missing.length === 0) return { name: host, state: 'fine', detail }
  return { name: host, state: 'missing', detail: `${detail}; not told of ${missing.join(', ')}`, disables: 'knowing what came of it' }
}

function observedFinding(host: Host): Finding {
  const detail = `only observed, so that we never say no: ice hook ${host} --observe off holds it to what it is told`
  return { name: host, state: 'missing', detail, disables: `every refusal of ${host}` }
}

const knowing: { readonly [known in Blocking['known']]: string } = {
  verified: 'tried',
  documented: 'as its documents say, not tried',
  unknown: 'not known without its version',
}

function blockingFinding(
  host: Host,
  { when, blocking, disables }: { readonly when: string; readonly blocking: Blocking; readonly disables: string },
): Finding {
  const detail = `${blocking.blocks ? 'blocks' : 'goes on'} ${when} (${knowing[blocking.known]})`
  return blocking.blocks ? { name: host, state: 'fine', detail } : { name: host, state: 'missing', detail, disables }
}

function notesOf({ host, notes }: HostProbe): readonly Finding[] {
  return notes.map((note) => ({ name: host, state: 'note', detail: note }))
}

interface Installed {
  readonly text: string | undefined
  readonly workspace: string
  readonly options: OptionValues
}

/**
 * Starts the hook as a host does and hands it what nobody can read: it is there if it says so, and blocks. A command that
 * is not the one that would be installed is not started: a project's settings may come from anybody.
 */
async function answerFinding(host: Host, { text, workspace, options }: Installed): Promise<Finding> {
  const command = hookCommand(host, options)
  if (text === undefined || installHook(host, text, command) !== text)
    return {
      name: host,
      state: 'note',
      detail: `its hook is another command than ice hook ${host} --install writes, so it was not started to see whether it answers`,
    }
  return await look(host, `everything ${host} asks about: it is blocked`, async () => {
    const began = performance.now()
    const { exit, stderr } = await answerTo('what nobody can read', { command: guarded(command), workspace })
    if (exit !== 2 || !stderr.includes('hook.malformed'))
      throw new IceError('hook.malformed', `the hook does not answer: exit code ${exit}, ${JSON.stringify(stderr.slice(0, maxShownChars))}`)
    return `the hook answers, and blocks what it cannot read, in ${((performance.now() - began) / 1000).toFixed(1)} s`
  })
}

const maxShownChars = 200

function answerTo(
  payload: string,
  { command, workspace }: { readonly command: string; readonly workspace: string },
): Promise<{ readonly exit: number | null; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that what the shell started ends with it.
    const child = spawn('sh', ['-c', command], { cwd: workspace, stdio: ['pipe', 'ignore', 'pipe'], detached: true })
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, answerMs)
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (said: string) => (stderr = `${stderr}${said}`.slice(0, maxShownChars * 4)))
    child.on('error', reject)
    child.on('close', (exit) => {
      clearTimeout(timer)
      resolve({ exit, stderr })
    })
    // A hook that is gone before it has read shows in how it ended.
    child.stdin.on('error', () => undefined)
    child.stdin.end(payload)
  })
}

/** What the program says of itself; undefined where it does not. Asked away from the project, whose settings it might follow. */
function versionOf(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { cwd: '/', timeout: versionMs }, (error, stdout) => {
      const [line = ''] = stdout.trim().split('\n')
      resolve(error === null && /\d+\.\d+\.\d+/.test(line) ? line.slice(0, maxVersionChars) : undefined)
    })
  })
}
