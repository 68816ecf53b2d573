import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { builtLogs } from './build-log.ts'
import type { Bench, Benchmark, Figure } from './figure.ts'
import { median } from './statistics.ts'

export const listingBenchmark: Benchmark = { name: 'listing', measure: measureListing }

const cli = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url))

/** `ice ps` from a cold process against a process that does nothing: what a person waits for. */
async function measureListing(bench: Bench): Promise<readonly Figure[]> {
  const { data } = await builtLogs(bench)
  const bare: number[] = []
  const listed: number[] = []
  // The first round fills the file cache and the compile cache.
  for (let repetition = 0; repetition <= bench.scale.repetitions; repetition += 1) {
    bench.note(`listing: ${repetition === 0 ? 'warming up' : `${repetition} of ${bench.scale.repetitions}`}`)
    const bareMs = timed(['-e', '0'])
    const listedMs = timed(['--conditions=source', cli, 'ps', '--data', data])
    if (repetition === 0) continue
    bare.push(bareMs)
    listed.push(listedMs)
  }
  const ratio = median(listed.map((ms, index) => ms / (bare[index] ?? ms)))
  return [
    { benchmark: 'listing', name: 'node -e 0', value: median(bare), unit: 'ms' },
    { benchmark: 'listing', name: `ice ps over ${bench.scale.logEntries} entries`, value: median(listed), unit: 'ms' },
    { benchmark: 'listing', name: 'ice ps ÷ node -e 0', value: ratio, unit: '×' },
  ]
}

function timed(args: readonly string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  const elapsedMs = performance.now() - started
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${String(status)}: ${stderr}`)
  return elapsedMs
}
