import type { ChainedRows } from './chained-rows.ts'

/** One step of each of `runs` runs in one transaction, durable on return. */
export type Round = (runs: number) => void

/** A run as its record has it: for each step the bodies that are durable before the next one, what is before and after them included. */
export type RecordedRun = readonly (readonly object[])[]

/**
 * The bare log: what ICE writes of a run, written by a loop. As many rows with the same contents, chained and synced, and nothing that
 * decides, checks, folds, schedules or recovers.
 */
export function bareLog(rows: ChainedRows, run: RecordedRun): Round {
  let rounds = 0
  return (runs) => {
    const bodies = run[rounds % run.length] ?? []
    const first = runs * Math.floor(rounds / run.length)
    rows.durably(() => {
      for (let index = 0; index < runs; index += 1) {
        for (const body of bodies) rows.append({ ...body, at: Date.now(), run: `run_${first + index}` })
      }
    })
    rounds += 1
  }
}

/** The least that can be called a durable step: an intent and a result, and no record of who decided what. */
export function leastSteps(rows: ChainedRows, result: string): Round {
  let step = 0
  return (runs) =>
    rows.durably(() => {
      for (let run = 0; run < runs; run += 1) {
        step += 1
        rows.append({ action: 'bench.ask', args: { step }, at: Date.now(), run: `run_${run}`, type: 'intent' })
        rows.append({ at: Date.now(), result, run: `run_${run}`, type: 'result' })
      }
    })
}
