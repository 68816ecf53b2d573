import type { Appending, Position } from '@ice-runtime/kernel'

/** A group is written at once when it reaches this many entries: about 10 ms in which nothing else of the process runs. */
const maxGroupEntries = 2048
/** The same bound in bytes, for few but large entries and blobs. */
const maxGroupBytes: number = 8 * 1024 * 1024

/** How the write of a group ended for those who wait for it. */
export type Fate = { readonly durable: true } | { readonly durable: false; readonly cause: unknown }

export interface TakenGroup {
  readonly position: Position
  readonly entries: readonly Appending[]
  /** Tells everyone who waited. */
  readonly tell: (fate: Fate) => void
}

/** What has been queued since the last group was taken. */
export interface PendingGroup {
  /** Queues entries and returns the position the first will have. */
  add(entries: readonly Appending[]): Position
  /** Something besides entries waits for the same sync. */
  addBytes(sizeBytes: number): void
  wait<Outcome>(outcomeOf: (fate: Fate) => Outcome): Promise<Outcome>
  readonly isEmpty: boolean
  readonly isFull: boolean
  take(): TakenGroup
}

export function gatherGroup(lastPosition: Position): PendingGroup {
  let position = lastPosition + 1
  let entries: Appending[] = []
  let waiters: ((fate: Fate) => void)[] = []
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
    wait(outcomeOf) {
      const { promise, resolve } = Promise.withResolvers<ReturnType<typeof outcomeOf>>()
      waiters.push((fate) => resolve(outcomeOf(fate)))
      return promise
    },
    get isEmpty() {
      return entries.length === 0 && bytes === 0
    },
    get isFull() {
      return entries.length >= maxGroupEntries || bytes >= maxGroupBytes
    },
    take() {
      const told = waiters
      const taken = { position, entries, tell: (fate: Fate) => told.forEach((tell) => tell(fate)) }
      position += entries.length
      entries = []
      waiters = []
      bytes = 0
      return taken
    },
  }
}
