import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The command of this repository. Whoever has ICE installed calls it `ice`. */
const command = fileURLToPath(new URL('../../packages/cli/bin/ice.js', import.meta.url))

/** Longest that a command may take that only asks the process which owns the record. */
const maxCommandMs = 30_000

/** What one command came to, in a process of its own. */
export interface CommandEnd {
  readonly pid: number
  readonly exitCode: number
  /** What it said as its one value in JSON; empty when it said none. */
  readonly said: { readonly [name: string]: unknown }
  readonly stderr: string
}

/** Runs `ice … --json` as another terminal would: all it shares with this process is the data directory. */
export function runIce(args: readonly string[]): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const argv = [...process.execArgv, command, ...args, '--json']
    const child = execFile(process.execPath, argv, { encoding: 'utf8', timeout: maxCommandMs }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ pid: child.pid ?? 0, exitCode, said: valueIn(stdout), stderr })
    })
  })
}

function valueIn(text: string): CommandEnd['said'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}
