import type { Appending, AppendOutcome, AppendRequest, LogWriter, RunId, Seq, StreamHead } from '@ice-runtime/kernel'

/**
 * Rounds of the microtask queue an entry nobody waits for is held back: more than lie between an outcome and what a function that
 * was given it asks for next, and no time at all.
 */
const heldRounds = 8
const nextRound = Promise.resolve()

/** Lets runs hold entries back, with one wait for all of them. */
export interface Holding {
  /** Calls once, soon. */
  hold(release: () => void): void
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
  return {
    hold: (release) => {
      waiting.push(release)
      if (waiting.length === 1) void releaseSoon()
    },
    releaseAll,
  }
}

/** Entries of one run on their way to the log: those nobody waits for go with the next that somebody does, in one request. */
export interface HeldEntries {
  /** `before` is where the run's stream ended, `standing` how the system's did, when they were decided. */
  add(appending: readonly Appending[], before: Seq, standing: StreamHead): void
  /** Nobody waits: what is held goes with what comes next, or soon. */
  hold(): void
  /** Nobody waits, but what is held goes at once. */
  handOver(): void
  /** Hands over everything held now. */
  append(urgency: AppendRequest['urgency']): Promise<AppendOutcome>
}

export interface HeldEntriesParts {
  readonly log: LogWriter
  readonly holding: Holding
  /** Entries held at most. */
  readonly limit: number
  /** Hears of what is handed over unasked. */
  readonly onAppend: (outcome: Promise<AppendOutcome>) => void
}

export function holdEntries(run: RunId, { log, holding, limit, onAppend }: HeldEntriesParts): HeldEntries {
  let held: Appending[] = []
  let from: Seq = 0
  let expected: StreamHead | undefined
  let isAnnounced = false

  const append = (urgency: AppendRequest['urgency']): Promise<AppendOutcome> => {
    const entries = held
    held = []
    const expects = [{ stream: run, seq: from }, ...(expected === undefined ? [] : [expected])]
    return log.append({ expects, entries, urgency })
  }
  const handOver = (): void => {
    if (held.length > 0) onAppend(append('lazy'))
  }
  const release = (): void => {
    isAnnounced = false
    handOver()
  }
  return {
    add: (appending, before, standing) => {
      // What was decided under another standing must find that one, and no later one.
      if (standing !== expected) handOver()
      if (held.length === 0) {
        from = before
        expected = standing
      }
      for (const each of appending) held.push(each)
    },
    hold: () => {
      if (held.length >= limit) handOver()
      else if (!isAnnounced) {
        isAnnounced = true
        holding.hold(release)
      }
    },
    handOver,
    append,
  }
}
