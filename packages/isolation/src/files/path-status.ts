import type { BigIntStats } from 'node:fs'

export type PathKind = 'file' | 'directory' | 'symlink' | 'other'

/** What stands at a path, links not followed. */
export interface PathStatus {
  readonly kind: PathKind
  /** Permission bits, 0o000 to 0o777. */
  readonly mode: number
  readonly sizeBytes: number
  readonly linkCount: number
  /** `<device>:<inode>`: the thing itself, whatever it is called. */
  readonly identity: string
  /** Changes whenever content or attributes were changed. */
  readonly revision: string
  /** Target text when it is a symbolic link. Undefined when the target is not UTF-8, as nothing could name it again. */
  readonly target?: string
}

const permissionBits = 0o777n

/** Keeps of a system status what decisions need. */
export function pathStatus(status: BigIntStats, target?: string): PathStatus {
  return {
    kind: kindOf(status),
    mode: Number(status.mode & permissionBits),
    sizeBytes: Number(status.size),
    linkCount: Number(status.nlink),
    identity: `${status.dev}:${status.ino}`,
    revision: `${status.size}:${status.mtimeNs}:${status.ctimeNs}`,
    ...(target === undefined ? {} : { target }),
  }
}

function kindOf(status: BigIntStats): PathKind {
  if (status.isFile()) return 'file'
  if (status.isDirectory()) return 'directory'
  return status.isSymbolicLink() ? 'symlink' : 'other'
}
