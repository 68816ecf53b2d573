import { describe, expect, test } from 'vitest'
import { runSweep } from '../scripts/sweep/run-sweep.ts'
import { scenarios } from '../scripts/sweep/scenarios.ts'

/** Kills of one scenario here: enough to meet every part of a run, few enough to wait for. `npm run sweep` makes them all. */
const pointsEach = 10
/** Steps there are at least, so that a scenario that has come to nothing does not pass. */
const leastSteps = 45

describe('a run killed by SIGKILL is whole after the next process has recovered it', () => {
  test.each(scenarios.map((scenario, index) => [scenario.name, scenario, index] as const))(
    '%s',
    async (_name, scenario, index) => {
      const stride = Math.ceil((scenario.commits === 'each' ? 200 : scenario.releases.length === 0 ? 110 : 50) / pointsEach)
      const points = await runSweep(scenario, { stride, first: index })
      expect(points.filter(({ violations }) => violations.length > 0)).toEqual([])
      expect(points.at(-1)?.index).toBeGreaterThan(leastSteps - stride)
      expect(new Set(points.map(({ found }) => found)).size).toBeGreaterThan(1)
    },
    60_000,
  )
})
