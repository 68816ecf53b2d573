import { runSweep } from './sweep/run-sweep.ts'
import type { SweptPoint } from './sweep/run-sweep.ts'
import { scenarios } from './sweep/scenarios.ts'

const columns = { index: 5, step: 28, found: 14, outcome: 34 } as const

/** Kills a run before each of its steps, lets the next process recover it, and prints what was found and what came of it. */
let pointsCount = 0
let violationsCount = 0
for (const scenario of scenarios) {
  console.log(
    `\n${scenario.name}\n${'step'.padStart(columns.index)}  ${'killed before'.padEnd(columns.step)}${'found'.padEnd(columns.found)}outcome`,
  )
  const points = await runSweep(scenario, { stride: 1 })
  for (const point of points) console.log(line(point))
  if (points.length === 0) throw new Error(`${scenario.name}: no point was swept`)
  pointsCount += points.length
  violationsCount += points.filter(({ violations }) => violations.length > 0).length
  console.log(summary(points))
}
console.log(`\n${pointsCount} points, ${violationsCount} with violations`)
process.exitCode = violationsCount === 0 ? 0 : 1

function line({ index, step, found, outcome, violations }: SweptPoint): string {
  const verdict = violations.length === 0 ? '' : `  VIOLATED: ${violations.join('; ')}`
  return `${String(index).padStart(columns.index)}  ${step.padEnd(columns.step)}${found.padEnd(columns.found)}${outcome.padEnd(columns.outcome)}${verdict}`
}

function summary(points: readonly SweptPoint[]): string {
  const outcomes = Object.entries(Object.groupBy(points, ({ outcome }) => outcome)).map(
    ([outcome, of]) => `${of?.length ?? 0} × ${outcome}`,
  )
  return `${points.length} points: ${outcomes.join(', ')}`
}
