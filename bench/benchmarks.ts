import { decisionBenchmark } from './decision.ts'
import type { Benchmark } from './figure.ts'
import { grantBenchmark } from './grant-lookup.ts'
import { growthBenchmark } from './growth.ts'
import { listingBenchmark } from './listing.ts'
import { policyBenchmark } from './policy-decision.ts'
import { readingBenchmark } from './reading.ts'
import { recoveryBenchmark } from './recovery.ts'
import { sizeBenchmark } from './size.ts'
import { stepsBenchmark } from './steps.ts'

/** Everything that can be measured, in the order it is. */
export const benchmarks: readonly Benchmark[] = [
  stepsBenchmark,
  growthBenchmark,
  readingBenchmark,
  recoveryBenchmark,
  sizeBenchmark,
  listingBenchmark,
  decisionBenchmark,
  grantBenchmark,
  policyBenchmark,
]
