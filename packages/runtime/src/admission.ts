import { IceError } from '@ice-runtime/kernel'

/** Lets a bounded number of runs work at once, and a bounded number wait, first come first served. */
export interface Admission {
  /** Resolves when there is room; the caller calls `leave` once after. Throws `runtime.overloaded` at once when the queue is full. */
  enter(): Promise<void>
  leave(): void
  waiting(): number
}

export function createAdmission(limits: { readonly activeRuns: number; readonly waitingRuns: number }): Admission {
  const queue: (() => void)[] = []
  let active = 0
  return {
    enter: () => {
      if (active < limits.activeRuns) {
        active += 1
        return Promise.resolve()
      }
      if (queue.length >= limits.waitingRuns) {
        throw new IceError('runtime.overloaded', `${active} runs are at work and ${queue.length} wait`, {
          hint: 'start fewer runs at once, or raise limits.waitingRuns',
        })
      }
      return new Promise((resolve) => queue.push(resolve))
    },
    leave: () => {
      const next = queue.shift()
      if (next === undefined) active -= 1
      else next()
    },
    waiting: () => queue.length,
  }
}
