import { builtLogs } from './build-log.ts'
import { runChild } from './child.ts'
import type { Bench, Benchmark, Figure } from './figure.ts'
import { median } from './statistics.ts'

/** Ways to read a log whole: the reference's replay, and three of ours from the least to the most. */
export type Reading = (typeof readings)[number]
const readings = ['reference', 'replay', 'verify', 'decide'] as const

/** What a child that read a log reports. */
export interface ReadingResult {
  readonly entries: number
  readonly ms: number
  readonly peakMiB: number
}

export function isReading(text: string): text is Reading {
  return readings.some((reading) => reading === text)
}

export const readingBenchmark: Benchmark = { name: 'reading', measure: measureReading }

const titles: Readonly<Record<Reading, string>> = {
  reference: 'reference replay',
  replay: 'verified replay',
  verify: 'verify',
  decide: 'decision and state replay',
}

/** Each reading in a process of its own, by turns. */
async function measureReading(bench: Bench): Promise<readonly Figure[]> {
  const logs = await builtLogs(bench)
  const results = new Map<Reading, ReadingResult[]>(readings.map((reading) => [reading, []]))
  for (let repetition = 1; repetition <= bench.scale.repetitions; repetition += 1) {
    bench.note(`reading: ${repetition} of ${bench.scale.repetitions}`)
    for (const [reading, taken] of results) {
      taken.push(runChild('reading-child.ts', [reading, reading === 'reference' ? logs.chain : logs.data]) as ReadingResult)
    }
  }
  return readings.flatMap((reading) => figuresOf(reading, results.get(reading) ?? [], results.get('reference') ?? []))
}

function figuresOf(reading: Reading, taken: readonly ReadingResult[], reference: readonly ReadingResult[]): readonly Figure[] {
  const title = titles[reading]
  const figures: readonly Figure[] = [
    { benchmark: 'reading', name: `${title}, of one entry`, value: median(taken.map(microseconds)), unit: 'µs' },
    { benchmark: 'reading', name: `${title}, of all`, value: median(taken.map(({ ms }) => ms)), unit: 'ms' },
    { benchmark: 'reading', name: `${title}, peak memory of the process`, value: median(taken.map(({ peakMiB }) => peakMiB)), unit: 'MiB' },
  ]
  if (reading === 'reference') return figures
  const share = median(taken.map((result, index) => (100 * microseconds(reference[index] ?? result)) / microseconds(result)))
  const target = reading === 'replay' ? { target: { bound: 'at least', value: 60 } as const } : {}
  return [...figures, { benchmark: 'reading', name: `${title} rate ÷ reference replay rate`, value: share, unit: '%', ...target }]
}

function microseconds({ ms, entries }: ReadingResult): number {
  return (1000 * ms) / entries
}
