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

/** The owner's blobs: the committed ones and those that wait for the next group. */
export interface PendingBlobs extends BlobReader {
  put(bytes: Uint8Array): BlobRef
  /** Makes what waits part of the writer's transaction. */
  write(): void
  /** What waited is durable. */
  settle(): void
}

export function gatherBlobs(database: DatabaseSync, files: BlobFiles, sha256: Sha256): PendingBlobs {
  const committed = readBlobs(database, files, sha256)
  const insert = database.prepare('INSERT INTO blob (digest, bytes) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING')
  const waiting = new Map<Digest, Uint8Array>()
  return {
    get: (digest) => copied(waiting.get(digest)) ?? committed.get(digest),
    has: (digest) => waiting.has(digest) || committed.has(digest),
    put(bytes) {
      assertBlobSize(bytes)
      const digest = digestFromBytes(sha256(bytes))
      if (bytes.length > maxRowBlobBytes) files.put(digest, bytes)
      // A copy, since the caller may reuse its buffer before the group is written; `slice` of a Buffer would not be one.
      else if (!waiting.has(digest)) waiting.set(digest, new Uint8Array(bytes))
      return { blob: digest, sizeBytes: bytes.length }
    },
    write() {
      files.syncNames()
      for (const [digest, bytes] of waiting) insert.run(Buffer.from(digest, 'hex'), bytes)
    },
    settle: () => waiting.clear(),
  }
}
