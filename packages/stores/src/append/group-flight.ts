import type { AppendRequest } from '@ice-runtime/kernel'
import type { ViewFolds } from '../view/view-folds.ts'
import type { GroupSink } from './group-sink.ts'
import type { Life } from './life.ts'
import type { Fate, PendingGroup, Waiters } from './pending-group.ts'
import type { StreamHeads } from './stream-heads.ts'
import type { Timers } from './timers.ts'
import { createWakes } from './wakes.ts'
import type { Wakes } from './wakes.ts'

/** Sends groups one at a time: while one is written the next one forms. */
export interface GroupFlight {
  /** Sees to it that what is queued is sent when its urgency asks for it. */
  arrange(urgency: AppendRequest['urgency']): void
  /** Those who wait for the group that is being written; undefined when there is none. */
  readonly waiters: Waiters | undefined
  /** Waits for the group that is being written, so that what is read next and what was told are of one moment. */
  settle(): void
  /** Writes what is queued before it returns. Never throws: a failure reaches those who wait and poisons the store. */
  drain(): void
  /** Woken after each group, and by the store when it closes. */
  readonly wakes: Wakes
}

export interface GroupFlightParts {
  readonly life: Life
  readonly heads: StreamHeads
  readonly folds: ViewFolds
  readonly timers: Timers
  readonly lingerMs: number
  readonly sink: GroupSink
}

export function startGroupFlight(pending: PendingGroup, parts: GroupFlightParts): GroupFlight {
  const { life, heads, folds, sink } = parts
  const wakes = createWakes()
  const schedule = scheduleSends(parts, send)
  let flying: Waiters | undefined
  /** Somebody waits for what is queued, and it goes as soon as the sink is free. */
  let due = false
  /** Somebody reads in this turn, so that nothing is sent before the next. */
  let held = false

  function send(): void {
    schedule.cancel()
    due = flying !== undefined
    if (due || life.phase !== 'open' || pending.isEmpty) return
    const { position, entries, waiters } = pending.take()
    heads.take()
    flying = waiters
    sink.write({ position, entries, rows: folds.take() }, (fate) => landed(fate, waiters))
  }

  function landed(fate: Fate, waiters: Waiters): void {
    flying = undefined
    if (fate.durable) {
      heads.settle()
      folds.settle()
    } else {
      life.poison(fate.cause)
    }
    waiters.tell(fate)
    // What formed meanwhile continues entries of which nobody knows whether they are there.
    if (!fate.durable) pending.take().waiters.tell(fate)
    if (due && held) schedule.arrange('now')
    else if (due) send()
    wakes.wake()
  }

  return {
    arrange(urgency) {
      if (pending.isFull) {
        sink.finish()
        return send()
      }
      schedule.arrange(urgency)
      if (urgency === 'lazy') return
      // A turn in which many runs go on is long: the writer would wait for its end, and then all runs for the writer.
      sink.poll()
      if (flying === undefined && sink.takesEarly(pending.entryCount)) send()
    },
    get waiters() {
      return flying
    },
    settle() {
      held = true
      sink.finish()
      held = false
    },
    drain() {
      do {
        send()
        sink.finish()
      } while (flying !== undefined)
    },
    wakes,
  }
}

/** At most one task waits in each of the two timers. */
function scheduleSends(
  { timers, lingerMs }: GroupFlightParts,
  send: () => void,
): { readonly arrange: (urgency: AppendRequest['urgency']) => void; readonly cancel: () => void } {
  let soon = false
  let cancelLinger: (() => void) | undefined
  return {
    arrange(urgency) {
      if (soon) return
      if (urgency === 'lazy') {
        cancelLinger ??= timers.later(send, lingerMs)
        return
      }
      soon = true
      timers.soon(send)
    },
    cancel() {
      soon = false
      cancelLinger?.()
      cancelLinger = undefined
    },
  }
}
