/**
 * Rounds of the microtask queue an entry nobody waits for is held back: more than lie between an outcome and what a function that
 * was given it asks for next, and no time at all.
 */
const heldRounds = 8
const nextRound = Promise.resolve()

/** Lets runs hold back what they decided, with one wait for all of them. */
export interface Holding {
  /** Of one run: each call has `release` called once, soon, however often it is called until then. */
  holder(release: () => void): () => void
  /** Calls all that were not called yet. */
  releaseAll(): void
}

export function createHolding(): Holding {
  let waiting: (() => void)[] = []
  const releaseAll = (): void => {
    const released = waiting
    waiting = []
    for (const release of released) release()
  }
  const releaseSoon = async (): Promise<void> => {
    for (let round = 0; round < heldRounds; round += 1) await nextRound
    releaseAll()
  }
  const holder = (release: () => void): (() => void) => {
    let isWaiting = false
    const released = (): void => {
      isWaiting = false
      release()
    }
    return () => {
      if (isWaiting) return
      isWaiting = true
      waiting.push(released)
      if (waiting.length === 1) void releaseSoon()
    }
  }
  return { holder, releaseAll }
}
