import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readTrace } from './durability-trace.ts'
import type { TracedRun } from './durability-trace.ts'

// A killed process loses nothing that it wrote, synced or not, so only the order of system calls shows durability.
const hasStrace = spawnSync('strace', ['-V']).status === 0
const program = fileURLToPath(new URL('durability-run.ts', import.meta.url))
const calls = 'trace=write,pwrite64,writev,pwritev,fsync,fdatasync'
/** A page of the log and more, so that every entry is seen in what is written. */
const contentBytes = '9000'

function traceRuns(...options: readonly string[]): (name: string) => TracedRun {
  const top = mkdtempSync(join(tmpdir(), 'ice-durable-'))
  try {
    const output = join(top, 'trace')
    const node = [process.execPath, '--conditions=source', program, top, ...options]
    const { status, stderr } = spawnSync('strace', ['-f', '-y', '-s', contentBytes, '-e', calls, '-o', output, ...node], {
      encoding: 'utf8',
    })
    expect({ status, stderr }).toMatchObject({ status: 0 })
    return readTrace(readFileSync(output, 'utf8'), top)
  } finally {
    rmSync(top, { recursive: true })
  }
}

const said = [
  ['staged', ['started', 'ended']],
  ['sending', ['started', 'egress', 'egress', 'ended']],
] as const

test.skipIf(!hasStrace)('no acknowledgement and no egress precedes the sync of its cause (needs strace)', () => {
  const traced = traceRuns()
  for (const [name, whats] of said) expect(traced(name).moments).toEqual(whats.map((what) => ({ what, isCauseSynced: true })))
})

test.skipIf(!hasStrace)('the same trace without synchronous writes shows each of them too early (needs strace)', () => {
  const traced = traceRuns('OFF')
  for (const [name, whats] of said) expect(traced(name).moments).toEqual(whats.map((what) => ({ what, isCauseSynced: false })))
})

// A lazy entry waits at most a linger, so a machine that stalls while the run stages adds a sync: such a measurement is repeated.
test.skipIf(!hasStrace)(
  'a run of five staged actions costs at most 3 log syncs up to its commit point (needs strace)',
  { retry: 3 },
  ({ annotate }) => {
    const { logSyncs, fileSyncs } = traceRuns()('staged')
    void annotate(`log syncs up to the commit point: ${logSyncs}; syncs of workspace files and directories after it: ${fileSyncs}`)
    // One for the request, which is acknowledged, and one for the decision to commit.
    expect(logSyncs).toBeGreaterThanOrEqual(2)
    expect(logSyncs).toBeLessThanOrEqual(3)
    // Five new files and the one directory they are in.
    expect(fileSyncs).toBe(6)
  },
)
