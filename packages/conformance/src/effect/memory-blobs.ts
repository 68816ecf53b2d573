import { hash } from 'node:crypto'
import { IceError, parseDigest } from '@ice-runtime/kernel'
import type { Blobs, Digest } from '@ice-runtime/kernel'

/** Blobs in a map, for driving a driver without a store. */
export function openMemoryBlobs(): Blobs {
  const kept = new Map<Digest, Uint8Array>()
  return {
    get: (digest) => {
      const bytes = kept.get(digest)
      if (bytes === undefined) throw new IceError('blob.missing', `no blob ${digest}`)
      return bytes
    },
    has: (digest) => kept.has(digest),
    put: (bytes) => {
      const blob = parseDigest(hash('sha256', bytes))
      kept.set(blob, bytes.slice())
      return { blob, sizeBytes: bytes.length }
    },
  }
}
