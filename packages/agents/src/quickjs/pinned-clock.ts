/** Sets the time that code in this thread can see, in milliseconds since the epoch, and tells whether anything looked. */
export interface PinnedClock {
  set(at: number): void
  /** Reads of the clock since the last call. */
  takeReads(): number
}

/**
 * Replaces this thread's `Date` and `performance` for good. The engine's WebAssembly asks them for time and time zone, so an agent
 * cannot reach the real ones even if it undoes everything that runs before it; the zone is UTC wherever the process runs.
 * Only for a thread that hosts agents and nothing else.
 */
export function pinThreadClock(): PinnedClock {
  const RealDate = Date
  let now = 0
  let reads = 0
  const read = (): number => {
    reads += 1
    return now
  }
  function UtcDate(value?: number, month?: number, day?: number): object {
    const date = new RealDate(month === undefined ? (value ?? read()) : RealDate.UTC(value ?? 0, month, day))
    return {
      getSeconds: () => date.getUTCSeconds(),
      getMinutes: () => date.getUTCMinutes(),
      getHours: () => date.getUTCHours(),
      getDate: () => date.getUTCDate(),
      getMonth: () => date.getUTCMonth(),
      getFullYear: () => date.getUTCFullYear(),
      getDay: () => date.getUTCDay(),
      getTimezoneOffset: () => 0,
    }
  }
  UtcDate.now = read
  Object.defineProperty(globalThis, 'Date', { value: UtcDate })
  Object.defineProperty(globalThis, 'performance', { value: { now: read } })
  return {
    set(at) {
      now = at
    },
    takeReads() {
      const taken = reads
      reads = 0
      return taken
    },
  }
}
