/** A clock and timers that move only when told to, so that a test waits for no time and measures none. */
export interface SteppedTime {
  now(): number
  after(delayMs: number, callback: () => void): Disposable
  /** Moves on, calling what falls due in its order. */
  advance(byMs: number): void
  /** Sets the clock alone, also back: what waits, waits as long as before. */
  set(nowMs: number): void
  /** How long until the next timer falls due, undefined when none is set. */
  nextMs(): number | undefined
}

interface Timer {
  readonly due: number
  readonly callback: () => void
}

/** Starts at a moment long past, so that nothing passes by accident because it is near the real time. */
export function steppedTime(startMs = 1_000_000): SteppedTime {
  let clock = startMs
  let elapsed = 0
  const waiting = new Set<Timer>()
  const next = (): Timer | undefined => [...waiting].sort((left, right) => left.due - right.due)[0]
  return {
    now: () => clock,
    after: (delayMs, callback) => {
      const timer = { due: elapsed + delayMs, callback }
      waiting.add(timer)
      return { [Symbol.dispose]: () => void waiting.delete(timer) }
    },
    advance: (byMs) => {
      const end = elapsed + byMs
      clock += byMs
      for (let timer = next(); timer !== undefined && timer.due <= end; timer = next()) {
        elapsed = timer.due
        waiting.delete(timer)
        timer.callback()
      }
      elapsed = end
    },
    set: (nowMs) => {
      clock = nowMs
    },
    nextMs: () => {
      const timer = next()
      return timer === undefined ? undefined : timer.due - elapsed
    },
  }
}
