import { closeSync, existsSync, fchmodSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { IceError } from '@ice-runtime/kernel'
import { translated } from './database.ts'

const directoryMode = 0o700
/** Mode of every file of a log: it may hold what only its owner may read. SQLite gives its side files the mode of the database. */
export const fileMode = 0o600

/** Where the parts of one log are. */
export interface DataDirectory {
  readonly root: string
  readonly log: string
  readonly owner: string
  readonly blobs: string
}

export function dataDirectory(root: string): DataDirectory {
  return { root, log: join(root, 'log.sqlite'), owner: join(root, 'owner.sqlite'), blobs: join(root, 'blobs') }
}

/** Makes what is missing, readable by its owner only, and makes the names durable. */
export function createDataDirectory(directory: DataDirectory): void {
  translated('make the data directory', () => {
    mkdirSync(directory.root, { recursive: true, mode: directoryMode })
    mkdirSync(directory.blobs, { recursive: true, mode: directoryMode })
    touch(directory.owner)
    touch(directory.log)
    syncPath(directory.root)
    syncPath(dirname(directory.root))
  })
}

/** Throws `data.unreadable` when there is no log to read. */
export function assertHasLog(directory: DataDirectory): void {
  if (existsSync(directory.log)) return
  throw new IceError('data.unreadable', 'there is no log in this data directory', {
    hint: 'run something first, or name another directory',
  })
}

/**
 * A process that was killed may have left commits which readers see but which were never synced. Before the owner builds on
 * them they are made durable. Must run before the log is opened: closing a file drops this process's locks on it.
 */
export function syncLeftovers(directory: DataDirectory): void {
  translated('sync the log', () => {
    for (const path of [directory.log, `${directory.log}-wal`]) if (existsSync(path)) syncPath(path)
  })
}

/** Syncs a file, or the names in a directory. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function touch(path: string): void {
  const file = openSync(path, 'a', fileMode)
  try {
    fchmodSync(file, fileMode)
  } finally {
    closeSync(file)
  }
}
