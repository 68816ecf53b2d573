import { emptyHead, seal } from '@ice-runtime/kernel'
import type { Appending, AppendRequest, LogWriter, SealContext, StreamHead, StreamId } from '@ice-runtime/kernel'

/** Seals entries of one stream one after the other, as a runtime would. */
export interface EntryChain {
  readonly stream: StreamId
  /** `seq` of the entry sealed last. */
  readonly seq: number
  next(payload: Readonly<Record<string, unknown>>): Appending
  /** A request for the next entries, expecting the stream to end where this chain stands. */
  request(urgency: AppendRequest['urgency'], ...payloads: readonly Readonly<Record<string, unknown>>[]): AppendRequest
}

export function chainEntries(stream: StreamId, context: SealContext, start?: StreamHead): EntryChain {
  let head = start ?? emptyHead(stream, context)

  function next(payload: Readonly<Record<string, unknown>>): Appending {
    const body = { type: 'Noted', v: 1, origin: 'runtime', at: head.at + 1, causes: [], payload } as const
    const sealed = seal(body, head, context)
    head = { stream, seq: sealed.seq, hash: sealed.hash, at: body.at }
    return { sealed, entry: { ...body, stream, seq: sealed.seq } }
  }

  return {
    stream,
    get seq() {
      return head.seq
    },
    next,
    request(urgency, ...payloads) {
      const { seq } = head
      return { expects: [{ stream, seq }], entries: payloads.map(next), urgency }
    },
  }
}

/** Appends `count` entries of small payloads and waits until they are durable. */
export async function appendMany(log: LogWriter, chain: EntryChain, count: number): Promise<void> {
  const payloads = Array.from({ length: count }, (_, index) => ({ index }))
  await log.append(chain.request('now', ...payloads))
}
