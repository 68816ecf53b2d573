import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Runs a file of this directory as a process of its own and returns the JSON it prints last. For what has to be measured from a
 * fresh process: peak memory, a start, a death. `killed` expects the child to end by SIGKILL.
 */
export function runChild(file: string, args: readonly string[], expected: 'exits' | 'killed' = 'exits'): unknown {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', path, ...args], {
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: maxOutputBytes,
  })
  const ended = expected === 'killed' ? signal === 'SIGKILL' : status === 0
  if (!ended) throw new Error(`${file} ${args.join(' ')} ended with ${String(signal ?? status)}: ${stderr}`)
  return expected === 'killed' ? undefined : JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

/** Ten times what the slowest child needs on a slow machine. */
const timeoutMs = 10 * 60_000
const maxOutputBytes = 16 * 1024 * 1024
