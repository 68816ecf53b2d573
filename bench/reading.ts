import { builtLogs } from './build-log.ts'
import { runChild } from './child.ts'
import type { Bench, Benchmark, Figure } from './figure.ts'
import { median } from './statistics.ts'

/** Ways to read a log whole: the reference's replay, and three of ours. */
export const readingNames = ['reference', 'replay', 'verify', 'decide'] as const
export type Reading = (typeof readingNames)[number]

/** Microseconds of one entry, a value for each repetition. */
export type ReadingTimes = { readonly [Each in Reading]: readonly number[] }

export interface ReadingPeak {
  readonly peakMiB: number
}

export function isReading(text: string): text is Reading {
  return readingNames.some((reading) => reading === text)
}

export const readingBenchmark: Benchmark = { name: 'reading', measure: measureReading }

const titles: Readonly<Record<Reading, string>> = {
  reference: 'reference replay',
  replay: 'verified replay',
  verify: 'verify',
  decide: 'decision and state replay',
}

/** Times by turns in one fresh process, because their ratios count; peaks in a process each, because they could not be told apart. */
async function measureReading(bench: Bench): Promise<readonly Figure[]> {
  const { chain, data } = await builtLogs(bench)
  bench.note('reading: times')
  const times = runChild('reading-child.ts', ['times', String(bench.scale.repetitions), chain, data]) as ReadingTimes
  return readingNames.flatMap((reading) => {
    bench.note(`reading: memory of ${titles[reading]}`)
    const { peakMiB } = runChild('reading-child.ts', ['peak', reading, reading === 'reference' ? chain : data]) as ReadingPeak
    return figuresOf(reading, times, { peakMiB, entries: bench.scale.logEntries })
  })
}

function figuresOf(reading: Reading, times: ReadingTimes, measured: ReadingPeak & { readonly entries: number }): readonly Figure[] {
  const title = titles[reading]
  const microseconds = median(times[reading])
  const figures: readonly Figure[] = [
    { benchmark: 'reading', name: `${title}, of one entry`, value: microseconds, unit: 'µs' },
    { benchmark: 'reading', name: `${title}, of ${measured.entries} entries`, value: (microseconds * measured.entries) / 1000, unit: 'ms' },
    { benchmark: 'reading', name: `${title}, peak memory of the process`, value: measured.peakMiB, unit: 'MiB' },
  ]
  if (reading === 'reference') return figures
  const share = median(times[reading].map((each, index) => (100 * (times.reference[index] ?? each)) / each))
  const target = reading === 'replay' ? { target: { bound: 'at least', value: 60 } as const } : {}
  return [...figures, { benchmark: 'reading', name: `${title} rate ÷ reference replay rate`, value: share, unit: '%', ...target }]
}
