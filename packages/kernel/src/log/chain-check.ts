import type { StoredEntry } from './entry.ts'
import { IceError } from './errors.ts'
import { parseStreamId } from './ids.ts'
import type { Seq, StreamId } from './ids.ts'
import { entryProblem } from './log-problem.ts'
import type { EntryProblemCode, LogProblem } from './log-problem.ts'
import { createEntryHasher, genesisHash, sameBytes } from './seal.ts'
import type { EntryHasher, SealContext } from './seal.ts'

/** What the chain says of one entry. It can be proved and its claims still be wrong. */
export interface Chained {
  readonly proved: boolean
  readonly problem: LogProblem | undefined
}

export interface ChainCheck {
  check(stored: StoredEntry): Chained
  streamCount(): number
}

/** Where a stream ends as proved so far. */
interface StreamEnd {
  readonly seq: Seq
  readonly hash: Uint8Array
  /** After a `hash.mismatch`, the hash the bytes do have: the next entry tells whether the hash or the bytes were changed. */
  readonly otherHash: Uint8Array | undefined
}

const sound: Chained = { proved: true, problem: undefined }

/** Takes entries of all streams in log order and holds each to its stream's chain. Memory: one end a stream. */
export function createChainCheck(context: SealContext): ChainCheck {
  const ends = new Map<StreamId, StreamEnd>()
  const hashOf = createEntryHasher(context)

  const check = (stored: StoredEntry): Chained => {
    const end = ends.get(stored.stream) ?? startOf(stored.stream, context)
    if (end === undefined) return refused('stream.malformed', stored, 'no stream has such a name')
    if (stored.seq !== end.seq + 1) {
      // A repeated entry leaves the end where it is, so that the entries after it are not blamed for it.
      if (stored.seq > end.seq) ends.set(stored.stream, { seq: stored.seq, hash: stored.hash, otherHash: undefined })
      return refused('seq.gap', stored, `expected seq ${end.seq + 1} of this stream`)
    }
    const actual = hashOf(stored, end.hash)
    const holds = sameBytes(actual, stored.hash)
    ends.set(stored.stream, { seq: stored.seq, hash: stored.hash, otherHash: holds ? undefined : actual })
    return holds ? claimOf(stored, end) : blame(stored, end, hashOf)
  }
  return { check, streamCount: () => ends.size }
}

function startOf(stream: StreamId, context: SealContext): StreamEnd | undefined {
  try {
    return { seq: 0, hash: genesisHash(parseStreamId(stream), context), otherHash: undefined }
  } catch (error) {
    if (error instanceof IceError && error.code === 'id.malformed') return undefined
    throw error
  }
}

/** The entry is proved without `previous`; what the store says there must still be true, since others read it. */
function claimOf(stored: StoredEntry, end: StreamEnd): Chained {
  if (sameBytes(stored.previous, end.hash)) return sound
  return { proved: true, problem: entryProblem('previous.mismatch', stored, 'the entry is whole, its claimed previous hash is another') }
}

/** Finds out which of two neighbours was changed, once the hash does not hold. */
function blame(stored: StoredEntry, end: StreamEnd, hashOf: EntryHasher): Chained {
  // The damage was reported at the entry before, whose hash was changed and not its bytes.
  if (end.otherHash !== undefined && sameBytes(hashOf(stored, end.otherHash), stored.hash)) return sound
  if (stored.previous.length === end.hash.length && sameBytes(hashOf(stored, stored.previous), stored.hash)) {
    return refused('previous.mismatch', stored, 'the entry is whole and follows another entry than the one before it')
  }
  return refused('hash.mismatch', stored, 'the bytes, the place or the hash of this entry were changed')
}

function refused(code: EntryProblemCode, stored: StoredEntry, detail: string): Chained {
  return { proved: false, problem: entryProblem(code, stored, detail) }
}
