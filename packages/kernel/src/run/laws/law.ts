import type { Run } from '../run.ts'
import type { EventType, IceEntry } from '../taxonomy.ts'

/**
 * A law of the system, checked where an entry is written and again wherever a log is read. `before` is the fold of the stream up to
 * the entry, carried along, so a check costs O(1) an entry.
 */
export interface Law {
  /** `<area>.<name>`: cited by the specification and by the tests that hold it. */
  readonly id: string
  readonly sentence: string
  /** The types it can be broken by; absent: any. */
  readonly concerns?: readonly EventType[]
  /** What is wrong, undefined when the law holds. */
  broken(before: Run, entry: IceEntry): string | undefined
}

/** A law about stored bytes: held by the log verifier, which sees hashes, not events. */
export interface ByteLaw {
  readonly id: string
  readonly sentence: string
}

export interface Violation {
  readonly law: string
  readonly seq: number
  readonly detail: string
}
