import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from './figure.ts'
import { openHashChain } from './reference/hash-chain.ts'
import { finishRun, openWorkload, result, stepsPerRun } from './workload.ts'

export interface BuiltLogs {
  /** Data directory of a log of at least `scale.logEntries` entries, in runs of five durable actions. */
  readonly data: string
  /** A chain of as many rows. */
  readonly chain: string
}

/** Runs at work while the log is built: enough that a sync is shared by many. */
const concurrentRuns = 64
/** Steps of the reference in one transaction while its chain is built. */
const stepsPerRound = 64

/** Builds both once in a program run; whoever asks later gets the same. */
export async function builtLogs(bench: Bench): Promise<BuiltLogs> {
  const directory = bench.directory('logs')
  const logs: BuiltLogs = { data: join(directory, 'ice'), chain: join(directory, 'chain.db') }
  if (existsSync(logs.chain)) return logs
  bench.note(`building a log of ${bench.scale.logEntries} entries`)
  const entries = await buildLog(logs.data, bench.scale.logEntries)
  using chain = openHashChain(logs.chain, result)
  for (let rows = 0; rows < entries; rows += 2 * stepsPerRound) chain.round(stepsPerRound)
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
