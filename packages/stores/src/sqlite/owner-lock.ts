import { DatabaseSync } from 'node:sqlite'
import { IceError } from '@ice-runtime/kernel'
import { translated } from './database.ts'

/** Held for as long as one store owns its directory. */
export interface OwnerLock {
  release(): void
}

/**
 * Takes the directory for this store alone, or throws `data.in_use`. The lock is SQLite's own on a file of its own: the kernel
 * drops it when the process dies, however it dies, and a second store of the same process is refused as well.
 */
export function takeOwnerLock(path: string): OwnerLock {
  const database = translated('open the owner lock', () => new DatabaseSync(path, { timeout: 0 }))
  try {
    translated('own the data directory', () => database.exec('BEGIN EXCLUSIVE'))
  } catch (fault) {
    database.close()
    throw fault instanceof IceError && fault.code === 'data.in_use' ? inUse(fault) : fault
  }
  return { release: () => database.close() }
}

function inUse(cause: unknown): IceError {
  const hint = 'one runtime owns a data directory: stop the other one, or name another directory'
  return new IceError('data.in_use', 'another runtime uses this data directory', { cause, hint })
}
