/** Lets followers wait for the next commit. */
export interface Wakes {
  /** Resolves at the next `wake`, or when the signal aborts. */
  readonly wait: (signal: AbortSignal) => Promise<void>
  readonly wake: () => void
}

export function createWakes(): Wakes {
  const sleepers = new Set<() => void>()
  return {
    wait(signal) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const wakeUp = (): void => {
        sleepers.delete(wakeUp)
        signal.removeEventListener('abort', wakeUp)
        resolve()
      }
      sleepers.add(wakeUp)
      signal.addEventListener('abort', wakeUp)
      if (signal.aborted) wakeUp()
      return promise
    },
    wake() {
      for (const wakeUp of sleepers) wakeUp()
    },
  }
}
