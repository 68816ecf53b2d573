import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The programs that are driven, exact. Their payloads are in `fixtures` under the same versions. */
export const programs = {
  'claude-code': { name: '@anthropic-ai/claude-code', version: '2.1.332', bin: 'claude' },
  codex: { name: '@openai/codex', version: '0.169.0', bin: 'codex' },
} as const

const cache = fileURLToPath(new URL('../../../../node_modules/.cache/host-programs/', import.meta.url))
/** Each is a few hundred megabytes. */
const installMs = 300_000

/**
 * Where the program is, installed from the registry into a cache on first use. Undefined where it does not install: without a
 * network, or on a platform it is not made for. Its tests are then skipped by name.
 */
export async function hostProgram(host: keyof typeof programs): Promise<string | undefined> {
  const { name, version, bin } = programs[host]
  const folder = join(cache, `${host}-${version}`)
  const path = join(folder, 'node_modules/.bin', bin)
  if (!existsSync(path)) await install(`${name}@${version}`, folder)
  if (!existsSync(path)) return undefined
  const { status } = await runProgram(path, ['--version'], { cwd: folder, timeoutMs: 30_000 })
  return status === 0 ? path : undefined
}

/** Installs beside its place and moves it there whole, so that an interrupted installation is none. */
async function install(spec: string, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true })
  const staging = mkdtempSync(join(cache, 'installing-'))
  try {
    writeFileSync(join(staging, 'package.json'), '{"private":true}\n')
    const flags = ['--no-audit', '--no-fund', '--no-save', '--fetch-retries=0', '--prefix', staging]
    const { status } = await runProgram('npm', ['install', ...flags, spec], { cwd: staging, timeoutMs: installMs })
    if (status === 0) keep(staging, folder)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** Several files of tests may install at once: the first that is done is kept. */
function keep(staging: string, folder: string): void {
  try {
    renameSync(staging, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  }
}

export interface Ended {
  /** `timeout` when it was killed for that. */
  readonly status: number | null | 'timeout'
  readonly stdout: string
  readonly stderr: string
}

interface Running {
  readonly cwd: string
  readonly timeoutMs: number
  /** Besides `PATH`; nothing else of ours is handed on. Absent: all of ours. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program to its end, with nothing on its standard input. */
export function runProgram(path: string, args: readonly string[], { cwd, timeoutMs, env }: Running): Promise<Ended> {
  return new Promise((resolve) => {
    const own = env === undefined ? process.env : { PATH: process.env['PATH'] ?? '', ...env }
    const child = spawn(path, [...args], { cwd, env: own, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      resolve({ status: 'timeout', ...output })
    }, timeoutMs)
    const end = (status: number | null): void => {
      clearTimeout(timer)
      resolve({ status, ...output })
    }
    child.on('error', () => end(null))
    child.on('close', end)
  })
}
