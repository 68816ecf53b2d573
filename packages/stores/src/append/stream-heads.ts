import { assert, sameBytes } from '@ice-runtime/kernel'
import type { Appending, StreamExpectation, StreamHead, StreamId } from '@ice-runtime/kernel'

/** Heads kept in memory, about 15 MB of them; more runs than that are rarely live at once, and a miss costs one look-up. */
const maxCachedHeads = 65_536

export interface HeadConflict {
  readonly head: StreamHead
  /** False while the entries that moved the stream still wait for their sync. */
  readonly durable: boolean
}

/** Where each stream ends: as durable, and with what is queued. */
export interface StreamHeads {
  durable(stream: StreamId): StreamHead
  /** The first stream that does not end where expected, counting queued entries. */
  findConflict(expects: readonly StreamExpectation[]): HeadConflict | undefined
  /** Checks that the entries continue their streams without a gap and returns the heads they lead to. Changes nothing. */
  chain(entries: readonly Appending[]): readonly StreamHead[]
  queue(heads: readonly StreamHead[]): void
  /** What was queued has become durable. */
  settle(): void
}

export function trackStreamHeads(load: (stream: StreamId) => StreamHead): StreamHeads {
  const cached = new Map<StreamId, StreamHead>()
  const queued = new Map<StreamId, StreamHead>()

  function durable(stream: StreamId): StreamHead {
    const known = cached.get(stream)
    if (known !== undefined) return known
    const head = load(stream)
    // One without entries is kept too: every decision expects the system stream, which is often empty.
    if (cached.size >= maxCachedHeads) cached.clear()
    cached.set(stream, head)
    return head
  }

  function ending(stream: StreamId): StreamHead {
    return queued.get(stream) ?? durable(stream)
  }

  return {
    durable,
    findConflict(expects) {
      for (const { stream, seq, hash } of expects) {
        const waiting = queued.get(stream)
        const head = waiting ?? durable(stream)
        if (head.seq !== seq || (hash !== undefined && !sameBytes(head.hash, hash))) return { head, durable: waiting === undefined }
      }
      return undefined
    },
    chain(entries) {
      // Nearly every request is of one stream, and none is of many.
      const others: StreamHead[] = []
      let last: StreamHead | undefined
      for (const { sealed, entry } of entries) {
        const { stream, seq, hash } = sealed
        if (last !== undefined && last.stream !== stream) others.push(last)
        const head: StreamHead = last?.stream === stream ? last : (others.findLast((other) => other.stream === stream) ?? ending(stream))
        assert(seq === head.seq + 1, 'the entries of a stream have no gap')
        assert(sameBytes(sealed.previous, head.hash), 'an entry names the hash of the one before it')
        assert(entry.stream === stream && entry.seq === seq, 'the decoded entry is the sealed one')
        last = { stream, seq, hash, at: entry.at }
      }
      return last === undefined ? others : [...others, last]
    },
    queue(heads) {
      for (const head of heads) queued.set(head.stream, head)
    },
    settle() {
      if (cached.size + queued.size > maxCachedHeads) cached.clear()
      for (const [stream, head] of queued) cached.set(stream, head)
      queued.clear()
    },
  }
}
