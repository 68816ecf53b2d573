import type { Digest } from './ids.ts'
import type { BlobRef } from './entry.ts'

/** Largest blob, so that one file cannot fill memory: content is handled whole. */
export const maxBlobBytes: number = 64 * 1024 * 1024

/** Content by digest. Never overwritten; the same bytes twice are one blob. */
export interface BlobReader {
  /** The bytes, checked against the digest. Throws `blob.missing`, `blob.corrupt`. */
  get(digest: Digest): Uint8Array
  has(digest: Digest): boolean
}

export interface BlobWriter {
  /**
   * Keeps the bytes. They are durable no later than any entry appended after this call, so an entry never cites a blob
   * that a crash lost. Throws `limit.exceeded` beyond `maxBlobBytes`, `store.closed`.
   */
  put(bytes: Uint8Array): BlobRef
}

export interface Blobs extends BlobReader, BlobWriter {}
