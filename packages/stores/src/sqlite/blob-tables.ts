import type { DatabaseSync } from 'node:sqlite'
import { digestFromBytes } from '@ice-runtime/kernel'
import type { BlobReader, BlobRef, Digest, Sha256 } from '@ice-runtime/kernel'
import { assertBlobSize, checkBlob, copied } from '../blob/check-blob.ts'
import type { BlobFiles } from './blob-files.ts'
import { translated } from './database.ts'

/**
 * Blobs up to this size live in the database and share the sync of the entries that cite them. Larger ones would be written
 * twice, to the WAL and to the database, and would push its pages out of the cache.
 */
export const maxRowBlobBytes: number = 64 * 1024

/** Committed blobs, as any connection sees them. */
export function readBlobs(database: DatabaseSync, files: BlobFiles, sha256: Sha256): BlobReader {
  const select = database.prepare('SELECT bytes FROM blob WHERE digest = ?')
  const exists = database.prepare('SELECT 1 FROM blob WHERE digest = ?')
  return {
    get(digest) {
      const row = translated('read a blob', () => select.get(Buffer.from(digest, 'hex')))?.['bytes']
      return checkBlob(digest, row instanceof Uint8Array ? row : files.get(digest), sha256)
    },
    has: (digest) => translated('look for a blob', () => exists.get(Buffer.from(digest, 'hex'))) !== undefined || files.has(digest),
  }
}

/** The owner's blobs: the committed ones, those that wait for the next group and those that are being written. */
export interface PendingBlobs extends BlobReader {
  put(bytes: Uint8Array): BlobRef
  /** What waits, to become part of the writer's transaction. */
  take(): WaitingBlobs
  /** What was taken is durable. */
  settle(): void
}

export interface WaitingBlobs {
  readonly contents: ReadonlyMap<Digest, Uint8Array>
  /** Folders with names of large blobs that have to be synced before anything cites them. */
  readonly folders: readonly string[]
}

export function gatherBlobs(database: DatabaseSync, files: BlobFiles, sha256: Sha256): PendingBlobs {
  const committed = readBlobs(database, files, sha256)
  let flying = new Map<Digest, Uint8Array>()
  let waiting = new Map<Digest, Uint8Array>()
  const held = (digest: Digest): Uint8Array | undefined => waiting.get(digest) ?? flying.get(digest)
  return {
    get: (digest) => copied(held(digest)) ?? committed.get(digest),
    has: (digest) => held(digest) !== undefined || committed.has(digest),
    put(bytes) {
      assertBlobSize(bytes)
      const digest = digestFromBytes(sha256(bytes))
      if (bytes.length > maxRowBlobBytes) files.put(digest, bytes)
      // A copy, since the caller may reuse its buffer before the group is written; `slice` of a Buffer would not be one.
      else if (held(digest) === undefined) waiting.set(digest, new Uint8Array(bytes))
      return { blob: digest, sizeBytes: bytes.length }
    },
    take() {
      flying = waiting
      waiting = new Map()
      return { contents: flying, folders: files.takeUnsynced() }
    },
    settle() {
      flying = new Map()
    },
  }
}
