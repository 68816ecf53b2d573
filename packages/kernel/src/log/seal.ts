import { canonicalize } from './canonical.ts'
import { encodeText } from './encode-text.ts'
import type { EntryBody, SealedEntry, Sha256, StreamHead } from './entry.ts'
import type { LogId, Seq, StreamId } from './ids.ts'

/** The context every seal of one log shares. */
export interface SealContext {
  readonly logId: LogId
  readonly sha256: Sha256
  /**
   * Memory for sealed entries, whatever it held before; a buffer of its own for each when absent. A platform that carves small
   * pieces out of one large buffer halves the cost of a seal, and only a platform can.
   */
  readonly allocate?: (sizeBytes: number) => Uint8Array
}

const encoder = new TextEncoder()
const entryTag = 'ICE entry 1'
const genesisTag = 'ICE genesis 1'
const seqBytes = 8
const hashBytes = 32

/** What the first entry of a stream has for `previous`: bound to log and stream, so a stream cannot be moved whole. */
export function genesisHash(stream: StreamId, context: SealContext): Uint8Array {
  return context.sha256(encodeText(`${genesisTag}\n${context.logId}\n${stream}\n`, context.allocate))
}

export function emptyHead(stream: StreamId, context: SealContext): StreamHead {
  return { stream, seq: 0, hash: genesisHash(stream, context), at: 0 }
}

/** Encodes and chains one body after `head`. Throws `json.malformed` when the body is not canonical JSON. */
export function seal(body: EntryBody, head: StreamHead, context: SealContext): SealedEntry {
  return sealText(canonicalize(body as never), head, context)
}

/** Space in the text of a preimage for the bytes that are no text: they are written over it. */
const placeSpace = ' '.repeat(seqBytes + hashBytes)

/**
 * The same for a body whose canonical text is there. `bytes` is a view into the hashed preimage, so that an entry costs one buffer;
 * place and body are encoded in one go, which costs half of two.
 */
export function sealText(text: string, head: StreamHead, context: SealContext): SealedEntry {
  const { stream, hash: previous } = head
  const seq = head.seq + 1
  const lines = placeLines(stream, context)
  const whole = lines + placeSpace + text
  const preimage = context.allocate?.(whole.length) ?? new Uint8Array(whole.length)
  const { read } = encoder.encodeInto(whole, preimage)
  if (read < whole.length) {
    // Text beyond ASCII takes more bytes than characters.
    const bytes = encoder.encode(text)
    return { stream, seq, previous, hash: entryHash({ stream, seq, previous, bytes }, context), bytes }
  }
  writeSeq(seq, preimage, lines.length)
  preimage.set(previous, lines.length + seqBytes)
  return { stream, seq, previous, hash: context.sha256(preimage), bytes: preimage.subarray(lines.length + placeSpace.length) }
}

/**
 * The hash that proves an entry's bytes and its place. Preimage: tag, log id and stream (one line each), `seq` as 8 bytes
 * big-endian, the 32 bytes of `previous`, the stored bytes. Ids hold no line feed, so the parts cannot run together.
 */
export function entryHash(entry: Place & { readonly bytes: Uint8Array }, context: SealContext): Uint8Array {
  const start = preimageStart(entry.stream, context)
  const preimage = new Uint8Array(start + entry.bytes.length)
  writePlace(entry, preimage, context)
  preimage.set(entry.bytes, start)
  return context.sha256(preimage)
}

/** Hashes an entry as chained after `previous`, whatever the entry itself claims. */
export type EntryHasher = (
  entry: { readonly stream: StreamId; readonly seq: Seq; readonly bytes: Uint8Array },
  previous: Uint8Array,
) => Uint8Array

/** `entryHash` for many entries one after another: the preimage is written into a buffer that is kept between calls. */
export function createEntryHasher(context: SealContext): EntryHasher {
  let buffer = new Uint8Array(1024)
  return ({ stream, seq, bytes }, previous) => {
    const start = preimageStart(stream, context)
    const length = start + bytes.length
    if (buffer.length < length) buffer = new Uint8Array(length * 2)
    writePlace({ stream, seq, previous }, buffer, context)
    buffer.set(bytes, start)
    return context.sha256(buffer.subarray(0, length))
  }
}

export interface Place {
  readonly stream: StreamId
  readonly seq: Seq
  readonly previous: Uint8Array
}

/** Where the stored bytes begin in the preimage. Ids are ASCII, so their characters are their bytes. */
function preimageStart(stream: StreamId, context: SealContext): number {
  return entryTag.length + context.logId.length + stream.length + 3 + seqBytes + hashBytes
}

function writePlace(place: Place, into: Uint8Array, context: SealContext): void {
  const lines = placeLines(place.stream, context)
  for (let index = 0; index < lines.length; index += 1) into[index] = lines.charCodeAt(index)
  writeSeq(place.seq, into, lines.length)
  into.set(place.previous, lines.length + seqBytes)
}

function placeLines(stream: StreamId, context: SealContext): string {
  return `${entryTag}\n${context.logId}\n${stream}\n`
}

/** Two halves of 32 bits, because shifts know no more. */
function writeSeq(seq: Seq, into: Uint8Array, at: number): void {
  const high = Math.floor(seq / 2 ** 32)
  for (let index = 0; index < seqBytes; index += 1) into[at + index] = (index < 4 ? high : seq) >>> (24 - (index % 4) * 8)
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left === right) return true
  if (left.length !== right.length) return false
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false
  return true
}
