import fs from 'node:fs'
import { join } from 'node:path'

/** Counts what a process does to the world, and ends the process where it is told to. */
export interface Steps {
  /** Called right before a step is taken. */
  before(step: string): void
  count(): number
}

/** A process that is not to be killed. */
export function countingSteps(): Steps {
  let taken = 0
  return {
    before: () => {
      taken += 1
    },
    count: () => taken,
  }
}

/**
 * Kills this process right before step `stopAt`, and leaves the name of that step. Nothing between two steps changes anything, so
 * right after a step is right before the next one.
 */
export function killingSteps(top: string, stopAt: number): Steps {
  const steps = countingSteps()
  return {
    ...steps,
    before: (step) => {
      if (steps.count() === stopAt) {
        fs.writeFileSync(stepFile(top), step)
        process.kill(process.pid, 'SIGKILL')
      }
      steps.before(step)
    },
  }
}

/** The step a killed process did not take; undefined for one that came to its end. */
export function killedBefore(top: string): string | undefined {
  return fs.existsSync(stepFile(top)) ? fs.readFileSync(stepFile(top), 'utf8') : undefined
}

function stepFile(top: string): string {
  return join(top, 'killed-before')
}
