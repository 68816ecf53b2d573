import type { MessagePort } from 'node:worker_threads'
import { assert } from '@ice-runtime/kernel'
import type { Digest, FaultCode, Position, Seq, StreamId } from '@ice-runtime/kernel'
import type { Synchronous } from './database.ts'
import type { EntryRow, GroupContent } from './group-writer.ts'
import type { RowText } from './view-writer.ts'

const hashBytes = 32
/** Numbers an entry has in `places`: the index of its stream, its `seq` and the length of its bytes. */
const numbersPerEntry = 3

/** A group on its way to the writer thread: its bytes are handed over in one piece, since thousands of objects cost more than writing them. */
export interface GroupMessage {
  readonly position: Position
  readonly streams: readonly StreamId[]
  readonly places: Float64Array<ArrayBuffer>
  /** Hash and bytes of each entry, then the blobs. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly blobs: readonly (readonly [digest: Digest, sizeBytes: number])[]
  readonly folders: readonly string[]
  readonly rows: readonly RowText[]
}

/** Sent instead of a group: the thread closes and ends. A message, because a closed port is not noticed by a thread that only starts. */
export const lastMessage = 'close'

/** How opening, or the write of a group, ended in the thread. */
export type GroupReply =
  | { readonly durable: true }
  | { readonly durable: false; readonly code: FaultCode; readonly message: string; readonly hint: string | undefined }

/** What a thread is started with. */
export interface WriterSetup {
  readonly path: string
  readonly synchronous: Synchronous
  readonly port: MessagePort
  /** One number, the count of answers given, opening's included: for whoever waits without turning its event loop. */
  readonly answers: Int32Array<SharedArrayBuffer>
}

export function packGroup(content: GroupContent): GroupMessage {
  const { position, entries, blobs, rows } = content
  const streams = new Map<StreamId, number>()
  const places = new Float64Array(entries.length * numbersPerEntry)
  const bytes = new Uint8Array(packedBytes(content))
  let at = 0
  let place = 0
  for (const { stream, seq, hash, bytes: body } of entries) {
    let index = streams.get(stream)
    if (index === undefined) streams.set(stream, (index = streams.size))
    places[place] = index
    places[place + 1] = seq
    places[place + 2] = body.length
    place += numbersPerEntry
    bytes.set(hash, at)
    bytes.set(body, at + hashBytes)
    at += hashBytes + body.length
  }
  for (const blob of blobs.contents.values()) {
    bytes.set(blob, at)
    at += blob.length
  }
  const sizes = [...blobs.contents].map(([digest, { length }]) => [digest, length] as const)
  return { position, streams: [...streams.keys()], places, bytes, blobs: sizes, folders: blobs.folders, rows }
}

function packedBytes({ entries, blobs }: GroupContent): number {
  let size = entries.length * hashBytes
  for (const { bytes } of entries) size += bytes.length
  for (const { length } of blobs.contents.values()) size += length
  return size
}

export function unpackGroup({ position, streams, places, bytes, blobs, folders, rows }: GroupMessage): GroupContent {
  const entries: EntryRow[] = []
  let at = 0
  for (let place = 0; place < places.length; place += numbersPerEntry) {
    const stream = streams[places[place] ?? 0]
    const seq: Seq | undefined = places[place + 1]
    const length = places[place + 2]
    assert(stream !== undefined && seq !== undefined && length !== undefined, 'a packed entry is whole')
    const body = at + hashBytes
    entries.push({ stream, seq, hash: bytes.subarray(at, body), bytes: bytes.subarray(body, body + length) })
    at = body + length
  }
  const contents = new Map<Digest, Uint8Array>()
  for (const [digest, sizeBytes] of blobs) {
    contents.set(digest, bytes.subarray(at, at + sizeBytes))
    at += sizeBytes
  }
  return { position, entries, blobs: { contents, folders }, rows }
}
