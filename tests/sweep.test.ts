import { describe, expect, test } from 'vitest'
import { runSweep } from '../scripts/sweep/run-sweep.ts'
import { scenarios } from '../scripts/sweep/scenarios.ts'
import type { Scenario } from '../scripts/sweep/scenarios.ts'

/** Kills of one scenario here: enough to meet every part of a run, few enough to wait for. `npm run sweep` makes them all. */
const pointsEach = 10
/** Steps there are at least, so that a scenario that has come to nothing does not pass. */
const leastSteps = 45

function strideOf({ commits, releases, children }: Scenario): number {
  if (commits === 'each') return Math.ceil(200 / pointsEach)
  return Math.ceil((releases.length === 0 && children === undefined ? 110 : 50) / pointsEach)
}

describe('a run killed by SIGKILL is whole after the next process has recovered it', () => {
  const phases = new Set<string>()

  test.each(scenarios.map((scenario, index) => [scenario.name, scenario, index] as const))(
    '%s',
    async (_name, scenario, index) => {
      const stride = strideOf(scenario)
      // Each scenario from a step of its own, so that together they meet more kinds of steps.
      const points = await runSweep(scenario, { stride, first: index })
      for (const { found } of points) phases.add(found)
      expect(points.filter(({ violations }) => violations.length > 0)).toEqual([])
      expect(points.at(-1)?.index).toBeGreaterThan(leastSteps - stride)
    },
    60_000,
  )

  test('runs were killed before anything was durable, while the agent worked and behind the commit point', () => {
    expect([...phases]).toEqual(expect.arrayContaining(['nothing', 'executing', 'committing']))
  })
})
