import { createHash, hash } from 'node:crypto'
import { parseDigest } from '@ice-runtime/kernel'
import type { Digest, FileState } from '@ice-runtime/kernel'
import type { TreeReading } from '@ice-runtime/isolation'

export const absent: FileState = { kind: 'absent' }

/**
 * What stands at a path, content digested. A file with a second hard link is `other`: it cannot be replaced as one thing.
 * Throws `files.outside_root`, `files.conflict` when the file is being written.
 */
export function fileStateAt(reading: TreeReading, path: string): FileState {
  const status = reading.status(path)
  if (status === undefined) return absent
  switch (status.kind) {
    case 'directory':
      return { kind: 'directory' }
    case 'symlink':
      return status.target === undefined ? { kind: 'other' } : { kind: 'symlink', target: status.target }
    case 'other':
      return { kind: 'other' }
    case 'file': {
      if (status.linkCount !== 1) return { kind: 'other' }
      const content = createHash('sha256')
      const scanned = reading.scanFile(path, (chunk) => content.update(chunk))
      return { kind: 'file', blob: parseDigest(content.digest('hex')), sizeBytes: scanned.sizeBytes, mode: scanned.mode }
    }
  }
}

/** True when both are the same thing with the same content and mode. What is `other` cannot be compared and equals nothing. */
export function sameState(left: FileState, right: FileState): boolean {
  switch (left.kind) {
    case 'absent':
    case 'directory':
      return right.kind === left.kind
    case 'other':
      return false
    case 'symlink':
      return right.kind === 'symlink' && right.target === left.target
    case 'file':
      return right.kind === 'file' && right.blob === left.blob && right.mode === left.mode
  }
}

/** SHA-256 of bytes held in memory. */
export function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(hash('sha256', bytes, 'hex'))
}
