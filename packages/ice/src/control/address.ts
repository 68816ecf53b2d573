import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Longest path that every platform takes for a socket: Linux has room for 107 bytes, macOS for 103. */
export const maxSocketPathBytes = 103

/** The socket's own name, in the data directory or below the system's temporary one. */
export const socketName = 'control.sock'

/** Where the socket is when the data directory's path is too long for one. */
export function recordedAddressFile(data: string): string {
  return join(data, 'control.json')
}

/** Where a runtime that owns this directory listens, as far as the directory tells. */
export function controlAddress(data: string): string {
  try {
    const recorded: unknown = JSON.parse(readFileSync(recordedAddressFile(data), 'utf8'))
    if (typeof recorded === 'object' && recorded !== null && 'socket' in recorded && typeof recorded.socket === 'string')
      return recorded.socket
  } catch {
    // Not recorded, or left half-written by a process that was killed: the usual place is the only other one.
  }
  return join(data, socketName)
}
