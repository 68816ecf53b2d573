import type { Appending, Position } from '@ice-runtime/kernel'
import type { ViewRow } from '../view/view-folds.ts'
import type { Fate } from './pending-group.ts'

/** What shares one sync. `entries` enter at `position` and on, without gap. */
export interface Group {
  readonly position: Position
  readonly entries: readonly Appending[]
  readonly rows: readonly ViewRow[]
}

/** Makes groups durable, one at a time. */
export interface GroupSink {
  /** Begins to write. `landed` is called once, in this call or later; `durable: false` says that nobody knows whether it is. */
  write(group: Group, landed: (fate: Fate) => void): void
  /** Calls `landed` if the group that is being written is, without waiting. */
  poll(): void
  /** True when a group of so many entries is worth sending before the turn is over, because it is written beside this thread. */
  takesEarly(entries: number): boolean
  /** Waits for the group that is being written; its `landed` has been called on return. Returns at once when there is none. */
  finish(): void
}

/** A sink that has written when it returns. */
export function writeAtOnce(persist: (group: Group) => void): GroupSink {
  return {
    write: (group, landed) => landed(fateOf(() => persist(group))),
    poll: () => undefined,
    takesEarly: () => false,
    finish: () => undefined,
  }
}

/** A throw means that nobody knows whether the group is there. */
export function fateOf(persist: () => void): Fate {
  try {
    persist()
    return { durable: true }
  } catch (cause) {
    return { durable: false, cause }
  }
}
