import { join } from 'node:path'
import { runChild } from './child.ts'
import type { Bench, Benchmark, Figure } from './figure.ts'
import { median } from './statistics.ts'

/** What a child that took runs up reports, in milliseconds. */
export interface RecoveryResult {
  /** From nothing to an open store and a runtime over it. */
  readonly openMs: number
  /** From there until every run was loaded and its recovery recorded, durably. */
  readonly recoverMs: number
  /** From there until every run's agent had been run again over its record and its action sent again. */
  readonly againMs: number
}

export const recoveryBenchmark: Benchmark = { name: 'recovery', measure: measureRecovery }

/** A new directory each time: a run that is found again and again is quarantined. */
async function measureRecovery(bench: Bench): Promise<readonly Figure[]> {
  const { inFlight, repetitions } = bench.scale
  const results: RecoveryResult[] = []
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    bench.note(`recovery: ${repetition} of ${repetitions}`)
    const directory = join(bench.directory('recovery'), String(repetition))
    runChild('recovery-child.ts', ['start', directory, String(inFlight)], 'killed')
    results.push(runChild('recovery-child.ts', ['recover', directory, String(inFlight)]) as RecoveryResult)
  }
  const figure = (name: string, measure: (result: RecoveryResult) => number): Figure => ({
    benchmark: 'recovery',
    name,
    value: median(results.map(measure)),
    unit: 'ms',
  })
  return [
    figure('opening the store and the runtime', ({ openMs }) => openMs),
    { ...figure(`all of ${inFlight} runs taken up`, ({ recoverMs }) => recoverMs), target: { bound: 'at most', value: 1000 } },
    figure('all at work again, their actions sent again', ({ againMs }) => againMs),
  ]
}
