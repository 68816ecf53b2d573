import { assert, IceError, maxEntryBytes, maxPendingEntries } from '@ice-runtime/kernel'
import type { AppendOutcome, AppendRequest, LogWriter, Position } from '@ice-runtime/kernel'
import { decodedOf } from '../view/view-folds.ts'
import { startGroupFlight } from './group-flight.ts'
import type { GroupFlight, GroupFlightParts } from './group-flight.ts'
import { gatherGroup } from './pending-group.ts'
import type { HeadConflict } from './stream-heads.ts'

/** How long a lazy entry may wait when nobody asks for a sync: short against a person's patience, long against one sync. */
export const defaultLingerMs = 20

export interface CommitQueue extends LogWriter, Pick<GroupFlight, 'settle' | 'drain' | 'wakes'> {
  /** Something besides entries (a blob) waits for the next group, which the linger bound starts at the latest. */
  addBytes(sizeBytes: number): void
}

export interface CommitQueueParts extends GroupFlightParts {
  readonly lastPosition: Position
}

/** Gathers requests into groups that share one sync, in the order of the calls. */
export function startCommitQueue(parts: CommitQueueParts): CommitQueue {
  const { life, heads, folds } = parts
  const pending = gatherGroup(parts.lastPosition)
  const flight = startGroupFlight(pending, parts)

  function enqueue(request: AppendRequest): Position {
    const chained = heads.chain(request.entries)
    folds.apply(decodedOf(request.entries))
    heads.queue(chained)
    return pending.add(request.entries)
  }

  function refuse({ head, state }: HeadConflict): Promise<AppendOutcome> {
    const conflict: AppendOutcome = { outcome: 'conflict', stream: head.stream, actual: head.seq }
    // Who is told of a conflict reads the stream again; it must then find what it lost against.
    if (state === 'durable') return Promise.resolve(conflict)
    if (state === 'flying' && flight.waiters !== undefined) return flight.waiters.wait(conflict)
    const told = pending.waiters.wait(conflict)
    flight.arrange('now')
    return told
  }

  /** Not asynchronous itself: a promise around each promise costs more than what it queues. */
  function queue(request: AppendRequest): Promise<AppendOutcome> {
    life.assertOpen()
    assertWithinLimits(request)
    const conflict = heads.findConflict(request.expects)
    if (conflict !== undefined) return refuse(conflict)
    const position = enqueue(request)
    const told = pending.waiters.wait<AppendOutcome>({ outcome: 'appended', position })
    flight.arrange(request.urgency)
    return told
  }

  return {
    append(request) {
      try {
        return queue(request)
      } catch (fault) {
        return rejected(fault)
      }
    },
    async flush() {
      life.assertOpen()
      if (pending.isEmpty) return assertDurable(await flight.waiters?.wait(undefined))
      const told = pending.waiters.wait(undefined)
      flight.arrange('now')
      assertDurable(await told)
    },
    addBytes(sizeBytes) {
      pending.addBytes(sizeBytes)
      flight.arrange('lazy')
    },
    settle: flight.settle,
    drain: flight.drain,
    wakes: flight.wakes,
  }
}

async function rejected(fault: unknown): Promise<never> {
  throw fault
}

function assertDurable(unknown: { readonly cause: unknown } | undefined): void {
  if (unknown === undefined) return
  throw new IceError('store.unknown', 'the store broke before its entries were known to be durable', { cause: unknown.cause })
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
