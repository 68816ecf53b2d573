import type { Benchmark } from './figure.ts'
import { stepsBenchmark } from './steps.ts'

/** Everything that can be measured, in the order it is. */
export const benchmarks: readonly Benchmark[] = [stepsBenchmark]
