import { assert, IceError, maxEntryBytes, maxPendingEntries } from '@ice-runtime/kernel'
import type { Appending, AppendOutcome, AppendRequest, LogWriter, Position } from '@ice-runtime/kernel'
import type { ViewFolds, ViewRow } from '../view/view-folds.ts'
import { decodedOf } from '../view/view-folds.ts'
import type { Life } from './life.ts'
import type { HeadConflict, StreamHeads } from './stream-heads.ts'
import type { Timers } from './timers.ts'

/** How long a lazy entry may wait when nobody asks for a sync: short against a person's patience, long against one sync. */
export const defaultLingerMs = 20
/** A group is written at once when it reaches this many entries: about 10 ms in which nothing else of the process runs. */
const maxGroupEntries = 2048
/** The same bound in bytes, for few but large entries and blobs. */
const maxGroupBytes: number = 8 * 1024 * 1024

/** What shares one sync. `entries` enter at `position` and on, without gap. */
export interface Group {
  readonly position: Position
  readonly entries: readonly Appending[]
  readonly rows: readonly ViewRow[]
}

/** Makes a group durable before it returns. A throw means that nobody knows whether it is. */
export type PersistGroup = (group: Group) => void

export interface CommitQueue extends LogWriter {
  /** Something besides entries (a blob) waits for the next group, which the linger bound starts at the latest. */
  addBytes(sizeBytes: number): void
  /** Writes what is queued before it returns. Never throws: a failure reaches those who wait and poisons the store. */
  drain(): void
  /** Resolves when a later group is durable, the store breaks or closes, or the signal aborts. */
  nextGroup(signal: AbortSignal): Promise<void>
  /** Wakes those who wait for a group, so that they find the store closed. */
  wake(): void
}

export interface CommitQueueParts {
  readonly life: Life
  readonly heads: StreamHeads
  readonly folds: ViewFolds
  readonly timers: Timers
  readonly lingerMs: number
  readonly lastPosition: Position
  readonly persist: PersistGroup
}

type Fate = { readonly durable: true } | { readonly durable: false; readonly cause: unknown }
type Waiter = (fate: Fate) => void

/** Gathers requests into groups that share one sync, in the order of the calls. */
export function startCommitQueue(parts: CommitQueueParts): CommitQueue {
  const { life, heads, folds, timers } = parts
  const followers = new Set<() => void>()
  let position = parts.lastPosition + 1
  let entries: Appending[] = []
  let waiters: Waiter[] = []
  let bytes = 0
  let soon = false
  let cancelLinger: (() => void) | undefined

  function enqueue(request: AppendRequest): Position {
    const chained = heads.chain(request.entries)
    folds.apply(decodedOf(request.entries))
    heads.queue(chained)
    const first = position + entries.length
    for (const appending of request.entries) {
      entries.push(appending)
      bytes += appending.sealed.bytes.length
    }
    return first
  }

  function wait<Outcome>(outcomeOf: (fate: Fate) => Outcome): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    waiters.push((fate) => resolve(outcomeOf(fate)))
    return promise
  }

  function schedule(urgency: AppendRequest['urgency']): void {
    if (entries.length >= maxGroupEntries || bytes >= maxGroupBytes) return drain()
    if (urgency === 'now' && !soon) {
      soon = true
      timers.soon(drain)
    }
    if (urgency === 'lazy' && !soon) cancelLinger ??= timers.later(drain, parts.lingerMs)
  }

  function drain(): void {
    soon = false
    cancelLinger?.()
    cancelLinger = undefined
    if (life.phase !== 'open' || (entries.length === 0 && bytes === 0 && waiters.length === 0)) return
    const group = { position, entries, rows: folds.changed() }
    const told = waiters
    position += entries.length
    entries = []
    waiters = []
    bytes = 0
    const fate = settle(group)
    for (const tell of told) tell(fate)
    wake()
  }

  function settle(group: Group): Fate {
    try {
      parts.persist(group)
    } catch (cause) {
      life.poison(cause)
      return { durable: false, cause }
    }
    heads.settle()
    folds.settle()
    return { durable: true }
  }

  function wake(): void {
    const woken = [...followers]
    followers.clear()
    for (const follower of woken) follower()
  }

  function conflict({ head, durable }: HeadConflict): Promise<AppendOutcome> {
    const outcome: AppendOutcome = { outcome: 'conflict', stream: head.stream, actual: head.seq }
    if (durable) return Promise.resolve(outcome)
    // Who is told of a conflict reads the stream again; it must then find what it lost against.
    const told = wait((fate) => (fate.durable ? outcome : { outcome: 'unknown', cause: fate.cause }) satisfies AppendOutcome)
    schedule('now')
    return told
  }

  return {
    async append(request) {
      life.assertOpen()
      assertWithinLimits(request)
      const found = heads.findConflict(request.expects)
      if (found !== undefined) return conflict(found)
      const first = enqueue(request)
      const told = wait<AppendOutcome>((fate) =>
        fate.durable ? { outcome: 'appended', position: first } : { outcome: 'unknown', cause: fate.cause },
      )
      schedule(request.urgency)
      return told
    },
    async flush() {
      life.assertOpen()
      if (entries.length === 0 && bytes === 0) return
      const told = wait((fate) => fate)
      schedule('now')
      const fate = await told
      if (!fate.durable)
        throw new IceError('store.unknown', 'the store broke before its entries were known to be durable', { cause: fate.cause })
    },
    addBytes(sizeBytes) {
      bytes += sizeBytes
      schedule('lazy')
    },
    drain,
    nextGroup(signal) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const done = (): void => {
        followers.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      followers.add(done)
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
      return promise
    },
    wake,
  }
}

function assertWithinLimits(request: AppendRequest): void {
  assert(request.entries.length > 0, 'a request brings at least one entry')
  if (request.entries.length > maxPendingEntries) {
    throw new IceError('limit.exceeded', `one request brings ${request.entries.length} entries, at most ${maxPendingEntries} may wait`)
  }
  for (const { sealed } of request.entries) {
    if (sealed.bytes.length <= maxEntryBytes) continue
    throw new IceError('limit.exceeded', `an entry of ${sealed.bytes.length} bytes is larger than ${maxEntryBytes}`, {
      hint: 'keep large content as a blob and cite its digest',
    })
  }
}
