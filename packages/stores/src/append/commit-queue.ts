import { assert, IceError, maxEntryBytes, maxPendingEntries } from '@ice-runtime/kernel'
import type { Appending, AppendOutcome, AppendRequest, LogWriter, Position } from '@ice-runtime/kernel'
import type { ViewFolds, ViewRow } from '../view/view-folds.ts'
import { decodedOf } from '../view/view-folds.ts'
import type { Life } from './life.ts'
import { gatherGroup } from './pending-group.ts'
import type { Fate } from './pending-group.ts'
import type { HeadConflict, StreamHeads } from './stream-heads.ts'
import type { Timers } from './timers.ts'
import { createWakes } from './wakes.ts'
import type { Wakes } from './wakes.ts'

/** How long a lazy entry may wait when nobody asks for a sync: short against a person's patience, long against one sync. */
export const defaultLingerMs = 20

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
  /** Woken after each group, and by the store when it closes. */
  readonly wakes: Wakes
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

/** Gathers requests into groups that share one sync, in the order of the calls. */
export function startCommitQueue(parts: CommitQueueParts): CommitQueue {
  const { life, heads, folds } = parts
  const pending = gatherGroup(parts.lastPosition)
  const wakes = createWakes()
  const schedule = scheduleDrains(parts, drain)

  function drain(): void {
    schedule.cancel()
    if (life.phase !== 'open' || pending.isEmpty) return
    const { tell, ...group } = pending.take()
    tell(settle({ ...group, rows: folds.changed() }, parts))
    wakes.wake()
  }

  function arrange(urgency: AppendRequest['urgency']): void {
    if (pending.isFull) drain()
    else schedule.arrange(urgency)
  }

  function enqueue(request: AppendRequest): Position {
    const chained = heads.chain(request.entries)
    folds.apply(decodedOf(request.entries))
    heads.queue(chained)
    return pending.add(request.entries)
  }

  async function refuse({ head, durable }: HeadConflict): Promise<AppendOutcome> {
    const conflict: AppendOutcome = { outcome: 'conflict', stream: head.stream, actual: head.seq }
    if (durable) return conflict
    // Who is told of a conflict reads the stream again; it must then find what it lost against.
    const told = pending.wait((fate) => outcomeOf(fate, conflict))
    arrange('now')
    return told
  }

  /** Not asynchronous itself: a promise around each promise costs more than what it queues. */
  function queue(request: AppendRequest): Promise<AppendOutcome> {
    life.assertOpen()
    assertWithinLimits(request)
    const conflict = heads.findConflict(request.expects)
    if (conflict !== undefined) return refuse(conflict)
    const position = enqueue(request)
    const told = pending.wait((fate) => outcomeOf(fate, { outcome: 'appended', position }))
    arrange(request.urgency)
    return told
  }

  return {
    append: (request) => rejecting(() => queue(request)),
    async flush() {
      life.assertOpen()
      if (pending.isEmpty) return
      const told = pending.wait((fate) => fate)
      arrange('now')
      assertDurable(await told)
    },
    addBytes(sizeBytes) {
      pending.addBytes(sizeBytes)
      arrange('lazy')
    },
    drain,
    wakes,
  }
}

/** At most one task waits in each of the two timers. */
function scheduleDrains(
  { timers, lingerMs }: CommitQueueParts,
  drain: () => void,
): { readonly arrange: (urgency: AppendRequest['urgency']) => void; readonly cancel: () => void } {
  let soon = false
  let cancelLinger: (() => void) | undefined
  return {
    arrange(urgency) {
      if (soon) return
      if (urgency === 'lazy') {
        cancelLinger ??= timers.later(drain, lingerMs)
        return
      }
      soon = true
      timers.soon(drain)
    },
    cancel() {
      soon = false
      cancelLinger?.()
      cancelLinger = undefined
    },
  }
}

function settle(group: Group, { life, heads, folds, persist }: CommitQueueParts): Fate {
  try {
    persist(group)
  } catch (cause) {
    life.poison(cause)
    return { durable: false, cause }
  }
  heads.settle()
  folds.settle()
  return { durable: true }
}

/** What is thrown before anything has been queued is a rejection like any other. */
function rejecting<Outcome>(begin: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return begin()
  } catch (fault) {
    return rejected(fault)
  }
}

async function rejected(fault: unknown): Promise<never> {
  throw fault
}

function outcomeOf(fate: Fate, durable: AppendOutcome): AppendOutcome {
  return fate.durable ? durable : { outcome: 'unknown', cause: fate.cause }
}

function assertDurable(fate: Fate): void {
  if (fate.durable) return
  throw new IceError('store.unknown', 'the store broke before its entries were known to be durable', { cause: fate.cause })
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
