import type { StoredEntry } from './entry.ts'
import type { Position, Seq, StreamId } from './ids.ts'

/**
 * What is wrong with one entry:
 * - `position.gap`: it is not the next of the log; one is missing, doubled or out of order.
 * - `stream.malformed`: its stream is no stream's name.
 * - `seq.gap`: it is not the next of its stream. Nothing more is claimed about its bytes.
 * - `previous.mismatch`: it is whole, and follows another entry than the one before it.
 * - `hash.mismatch`: its bytes, place or hash were changed.
 * - `bytes.unreadable`: its hash holds, and its bytes are no entry body.
 * - `bytes.not_canonical`: its bytes are a body in another form than the canonical one.
 */
export type EntryProblemCode =
  | 'bytes.not_canonical'
  | 'bytes.unreadable'
  | 'hash.mismatch'
  | 'position.gap'
  | 'previous.mismatch'
  | 'seq.gap'
  | 'stream.malformed'

/** What is wrong with the log as a whole: its end is missing, it goes on beyond its edge, or it is another log up to there. */
export type TreeProblemCode = 'edge.exceeded' | 'tail.missing' | 'tree.mismatch'

export type LogProblem =
  | {
      readonly code: EntryProblemCode
      readonly stream: StreamId
      readonly seq: Seq
      readonly position: Position
      readonly detail: string
    }
  /** `position` is the first that may be concerned. */
  | { readonly code: TreeProblemCode; readonly position: Position; readonly detail: string }

export function entryProblem(code: EntryProblemCode, stored: StoredEntry, detail: string): LogProblem {
  return { code, stream: stored.stream, seq: stored.seq, position: stored.position, detail }
}
