import type { Appending, AppendOutcome, Position } from '@ice-runtime/kernel'

/** A group is written at once when it reaches this many entries: about 10 ms in which nothing else of the process runs. */
const maxGroupEntries = 2048
/** The same bound in bytes, for few but large entries and blobs. */
const maxGroupBytes: number = 8 * 1024 * 1024

/** How the write of a group ended for those who wait for it. */
export type Fate = { readonly durable: true } | { readonly durable: false; readonly cause: unknown }

type Unknown = Extract<AppendOutcome, { outcome: 'unknown' }>

/** Those who wait for one group. */
export interface Waiters {
  /** Resolves with `value` once the group is durable. */
  wait<Value>(value: Value): Promise<Value | Unknown>
  tell(fate: Fate): void
}

export interface TakenGroup {
  readonly position: Position
  readonly entries: readonly Appending[]
  readonly waiters: Waiters
}

/** What has been queued since the last group was taken. */
export interface PendingGroup {
  /** Queues entries and returns the position the first will have. */
  add(entries: readonly Appending[]): Position
  /** Something besides entries waits for the same sync. */
  addBytes(sizeBytes: number): void
  readonly waiters: Waiters
  readonly entryCount: number
  readonly isEmpty: boolean
  readonly isFull: boolean
  take(): TakenGroup
}

export function gatherGroup(lastPosition: Position): PendingGroup {
  let position = lastPosition + 1
  let entries: Appending[] = []
  let waiters = gatherWaiters()
  let bytes = 0
  return {
    add(added) {
      const first = position + entries.length
      for (const appending of added) {
        entries.push(appending)
        bytes += appending.sealed.bytes.length
      }
      return first
    },
    addBytes(sizeBytes) {
      bytes += sizeBytes
    },
    get waiters() {
      return waiters
    },
    get entryCount() {
      return entries.length
    },
    get isEmpty() {
      return entries.length === 0 && bytes === 0
    },
    get isFull() {
      return entries.length >= maxGroupEntries || bytes >= maxGroupBytes
    },
    take() {
      const taken = { position, entries, waiters }
      position += entries.length
      entries = []
      waiters = gatherWaiters()
      bytes = 0
      return taken
    },
  }
}

function gatherWaiters(): Waiters {
  const waiting: ((fate: Fate) => void)[] = []
  return {
    wait: (value) =>
      new Promise((resolve) => {
        waiting.push((fate) => resolve(fate.durable ? value : { outcome: 'unknown', cause: fate.cause }))
      }),
    tell(fate) {
      for (const tell of waiting) tell(fate)
    },
  }
}
