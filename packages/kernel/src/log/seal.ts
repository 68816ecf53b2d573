import { canonicalize } from './canonical.ts'
import type { EntryBody, SealedEntry, Sha256, StreamHead } from './entry.ts'
import type { LogId, Seq, StreamId } from './ids.ts'

/** The context every seal of one log shares. */
export interface SealContext {
  readonly logId: LogId
  readonly sha256: Sha256
}

const encoder = new TextEncoder()
const entryTag = 'ICE entry 1'
const genesisTag = 'ICE genesis 1'
const seqBytes = 8

/** What the first entry of a stream has for `previous`: bound to log and stream, so a stream cannot be moved whole. */
export function genesisHash(stream: StreamId, context: SealContext): Uint8Array {
  return context.sha256(encoder.encode(`${genesisTag}\n${context.logId}\n${stream}\n`))
}

export function emptyHead(stream: StreamId, context: SealContext): StreamHead {
  return { stream, seq: 0, hash: genesisHash(stream, context), at: 0 }
}

/** Encodes and chains one body after `head`. Throws `json.malformed` when the body is not canonical JSON. */
export function seal(body: EntryBody, head: StreamHead, context: SealContext): SealedEntry {
  const bytes = encoder.encode(canonicalize(body as never))
  const seq = head.seq + 1
  const hash = entryHash({ stream: head.stream, seq, previous: head.hash, bytes }, context)
  return { stream: head.stream, seq, previous: head.hash, hash, bytes }
}

/**
 * The hash that proves an entry's bytes and its place. Preimage: tag, log id and stream (one line each), `seq` as 8 bytes
 * big-endian, the 32 bytes of `previous`, the stored bytes. Ids hold no line feed, so the parts cannot run together.
 */
export function entryHash(
  entry: { readonly stream: StreamId; readonly seq: Seq; readonly previous: Uint8Array; readonly bytes: Uint8Array },
  context: SealContext,
): Uint8Array {
  const prefix = streamPrefix(entry.stream, context.logId)
  const input = new Uint8Array(prefix.length + seqBytes + entry.previous.length + entry.bytes.length)
  input.set(prefix, 0)
  new DataView(input.buffer).setBigUint64(prefix.length, BigInt(entry.seq))
  input.set(entry.previous, prefix.length + seqBytes)
  input.set(entry.bytes, prefix.length + seqBytes + entry.previous.length)
  return context.sha256(input)
}

function streamPrefix(stream: StreamId, logId: LogId): Uint8Array {
  return encoder.encode(`${entryTag}\n${logId}\n${stream}\n`)
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false
  return true
}
