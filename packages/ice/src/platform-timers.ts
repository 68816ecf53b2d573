import type { Timers } from '@ice-runtime/runtime'

/** The longest the platform's timers take; a longer one would fire at once. */
const maxTimerMs = 2_147_483_647

/** Timers of the platform, for as long as is asked: what is longer than one of them waits for several, one after the other. */
export const platformTimers: Timers = {
  after: (delayMs, callback) => {
    let timer: NodeJS.Timeout
    const wait = (leftMs: number): void => {
      const nowMs = Math.min(leftMs, maxTimerMs)
      timer = setTimeout(() => (leftMs > nowMs ? wait(leftMs - nowMs) : callback()), nowMs)
      timer.unref()
    }
    wait(delayMs)
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}
