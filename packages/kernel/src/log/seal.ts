import { makeRoom, putAscii } from './byte-text.ts'
import type { ByteText } from './byte-text.ts'
import { canonicalize } from './canonical.ts'
import type { EntryBody, SealedEntry, Sha256, StreamHead } from './entry.ts'
import type { LogId, Seq, StreamId } from './ids.ts'

/** The context every seal of one log shares. */
export interface SealContext {
  readonly logId: LogId
  readonly sha256: Sha256
  /** Memory that sealed entries are written into, one behind the other; each has its own when absent. */
  readonly memory?: ByteText
}

const encoder = new TextEncoder()
const entryTag = 'ICE entry 1'
const genesisTag = 'ICE genesis 1'
const seqBytes = 8
const hashBytes = 32

/** What the first entry of a stream has for `previous`: bound to log and stream, so a stream cannot be moved whole. */
export function genesisHash(stream: StreamId, { logId, sha256 }: SealContext): Uint8Array {
  return sha256(encoder.encode(`${genesisTag}\n${logId}\n${stream}\n`))
}

export function emptyHead(stream: StreamId, context: SealContext): StreamHead {
  return { stream, seq: 0, hash: genesisHash(stream, context), at: 0 }
}

/** Encodes and chains one body after `head`. Throws `json.malformed` when the body is not canonical JSON. */
export function seal(body: EntryBody, head: StreamHead, context: SealContext): SealedEntry {
  return sealText(canonicalize(body as never), head, context)
}

/** The same for a body whose canonical text is there. */
export function sealText(text: string, head: StreamHead, context: SealContext): SealedEntry {
  const { stream, hash: previous } = head
  const seq = head.seq + 1
  const bytes = encoder.encode(text)
  return { stream, seq, previous, hash: entryHash({ stream, seq, previous, bytes }, context), bytes }
}

/** Writes a body into memory behind what it is hashed with; false when it does not. */
export type WriteBody = (into: ByteText) => boolean

/**
 * The same for a body that is written where it is hashed and kept, so that an entry costs no memory but its own. Undefined when
 * `write` says no, the body is larger than most, or there is no memory.
 */
export function sealWritten(write: WriteBody, head: StreamHead, { memory, logId, sha256 }: SealContext): SealedEntry | undefined {
  if (memory === undefined) return undefined
  const { stream, hash: previous } = head
  const seq = head.seq + 1
  makeRoom(memory)
  const start = memory.at
  putAscii(memory, entryTag)
  putAscii(memory, '\n')
  putAscii(memory, logId)
  putAscii(memory, '\n')
  putAscii(memory, stream)
  putAscii(memory, '\n')
  writeSeq(seq, memory.bytes, memory.at)
  memory.bytes.set(previous, memory.at + seqBytes)
  memory.at += seqBytes + hashBytes
  const body = memory.at
  if (!write(memory) || memory.at > memory.bytes.length) {
    memory.at = start
    return undefined
  }
  const hash = sha256(memory.bytes.subarray(start, memory.at))
  return { stream, seq, previous, hash, bytes: memory.bytes.subarray(body, memory.at) }
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
