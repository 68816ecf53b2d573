import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from './figure.ts'
import { recordRun } from './recorded-run.ts'
import { openChainedRows } from './reference/chained-rows.ts'
import { bareLog } from './reference/rounds.ts'
import { finishRun, openWorkload, stepsPerRun } from './workload.ts'

export interface BuiltLogs {
  /** Data directory of a log of at least `scale.logEntries` entries, in runs of five durable actions. */
  readonly data: string
  /** The bare log of as many such runs. */
  readonly chain: string
}

/** Runs at work while the log is built: enough that a sync is shared by many. */
const concurrentRuns = 64

/** Builds both once in a program run; whoever asks later gets the same. */
export async function builtLogs(bench: Bench): Promise<BuiltLogs> {
  const directory = bench.directory('logs')
  const logs: BuiltLogs = { data: join(directory, 'ice'), chain: join(directory, 'chain.db') }
  if (existsSync(logs.chain)) return logs
  bench.note(`building a log of ${bench.scale.logEntries} entries`)
  const run = await recordRun(join(directory, 'recorded'))
  const entries = await buildLog(logs.data, bench.scale.logEntries)
  using rows = openChainedRows(logs.chain)
  const round = bareLog(rows, run)
  for (let written = 0; written < entries; written += concurrentRuns * run.flat().length) for (const _step of run) round(concurrentRuns)
  return logs
}

async function buildLog(directory: string, entries: number): Promise<number> {
  await using workload = await openWorkload(directory)
  const { ice, agents } = workload
  const worker = async (): Promise<void> => {
    while (ice.store.log.lastPosition() < entries) {
      await finishRun(ice, { agent: agents.function, kind: 'durable', steps: stepsPerRun })
    }
  }
  await Promise.all(Array.from({ length: concurrentRuns }, worker))
  return ice.store.log.lastPosition()
}
