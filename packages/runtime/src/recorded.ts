import { canonicalize, maxInlineResultBytes } from '@ice-runtime/kernel'
import type { BlobReader, Blobs, Json, Recorded } from '@ice-runtime/kernel'

/** Arguments up to this size live in the entry: most actions then need no second read. */
export const maxInlineArgsBytes = 2048

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Keeps a value in the entry when it is small, as a blob of its canonical form when it is not. Throws `json.malformed`. */
export function toRecorded(value: Json, blobs: Blobs, inlineBytes: number = maxInlineResultBytes): Recorded {
  const text = canonicalize(value)
  if (text.length <= inlineBytes) return { value }
  return blobs.put(encoder.encode(text))
}

/** Throws `blob.missing`, `blob.corrupt`. */
export function fromRecorded(recorded: Recorded, blobs: BlobReader): Json {
  if ('value' in recorded) return recorded.value
  return JSON.parse(decoder.decode(blobs.get(recorded.blob))) as Json
}
