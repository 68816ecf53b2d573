/** When work happens, handed in so that a simulation can decide it. */
export interface Timers {
  /** Runs the task once, after everything that is ready to run now has had its turn. */
  soon(task: () => void): void
  /** Runs the task once after `ms` milliseconds; the function returned calls it off. */
  later(task: () => void, ms: number): () => void
}

/** The timers of the process. A waiting task keeps the process alive, so that nothing queued is dropped by an early exit. */
export const processTimers: Timers = {
  soon: (task) => void setImmediate(task),
  later: (task, ms) => {
    const timer = setTimeout(task, ms)
    return () => clearTimeout(timer)
  },
}
