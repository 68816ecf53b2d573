/** What a figure should be at most or at least. */
export interface Target {
  readonly bound: 'at most' | 'at least'
  readonly value: number
}

/** One measured number. `name` is unique within its benchmark. */
export interface Figure {
  readonly benchmark: string
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly target?: Target
}

/** A benchmark under the name `--only` knows. */
export interface Benchmark {
  readonly name: string
  readonly measure: (bench: Bench) => Promise<readonly Figure[]>
}

/** What every benchmark is handed. */
export interface Bench {
  /** A new directory on the file system under test. */
  readonly directory: (name: string) => string
  readonly scale: Scale
  readonly note: (text: string) => void
}

/** How much is measured. */
export interface Scale {
  /** How often each measurement is repeated; the median is reported. */
  readonly repetitions: number
  readonly concurrency: readonly number[]
  /** Steps one repetition makes at least. */
  readonly steps: number
  readonly syncs: number
  readonly growth: readonly number[]
  readonly logEntries: number
  readonly inFlight: number
  readonly decisions: number
  /** Actions a file's size is divided by: enough that its fixed pages do not count. */
  readonly sizedActions: number
}

/** The scale of the published figures. */
export const fullScale: Scale = {
  repetitions: 5,
  concurrency: [1, 16, 64, 256],
  steps: 4000,
  syncs: 1000,
  growth: [10, 100, 1000, 10_000],
  logEntries: 100_000,
  inFlight: 1000,
  decisions: 20_000,
  sizedActions: 5000,
}

/** Shows that everything works; its figures mean nothing. */
export const quickScale: Scale = {
  repetitions: 1,
  concurrency: [1, 4],
  steps: 20,
  syncs: 10,
  growth: [10, 20],
  logEntries: 300,
  inFlight: 5,
  decisions: 50,
  sizedActions: 100,
}

export function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined
  return target.bound === 'at most' ? value <= target.value : value >= target.value
}
