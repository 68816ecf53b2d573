import { constants } from 'node:fs'
import { IceError } from '@ice-runtime/kernel'
import { pathFault } from './path-faults.ts'
import { pathStatus } from './path-status.ts'
import type { PathStatus } from './path-status.ts'
import { pathProblem } from './relative-path.ts'
import { isAbsence } from './system-calls.ts'
import type { SystemCalls } from './system-calls.ts'

export interface FileContent {
  readonly bytes: Uint8Array
  readonly status: PathStatus
}

export interface DirectoryNames {
  /** Sorted by UTF-16 code units. */
  readonly names: readonly string[]
  /** Names that are not UTF-8, in hex: nothing can be done with them, and they are not mangled into something else. */
  readonly refused: readonly string[]
}

/** Looking without changing anything. Paths are relative and checked (`files.outside_root`); `.` is the directory itself. */
export interface TreeReading {
  /** What stands at the path; undefined when nothing does, or when what should hold it is no directory. */
  status(path: string): PathStatus | undefined
  /**
   * A regular file with one name, whole. Throws `files.not_found`, `files.not_regular`, `files.too_large`, `files.outside_root`,
   * and `files.conflict` when it was changed while being read.
   */
  readFile(path: string, limits: { readonly maxBytes: number }): FileContent
  /** The same file in pieces, for what is only digested. `onChunk` must not keep the piece. */
  scanFile(path: string, onChunk: (chunk: Uint8Array) => void): PathStatus
  list(path: string): DirectoryNames
}

/** Bytes read at a time: few calls for a large file, little memory for a small one. */
const chunkBytes = 256 * 1024
/** Most names of one directory, so that a listing cannot fill memory. */
export const maxDirectoryNames = 100_000

// O_NONBLOCK: opening a pipe must not wait for a writer. O_NOCTTY: nor may a terminal become ours.
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY
const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** Reading beneath an open directory. */
export function readingBeneath(calls: SystemCalls, directory: number): TreeReading {
  return {
    status: (path) => {
      checkPath(path)
      try {
        const sight = calls.look(directory, path)
        if (sight === undefined) return undefined
        return pathStatus(sight.status, sight.target === undefined ? undefined : utf8Of(sight.target))
      } catch (error) {
        throw pathFault(error, path)
      }
    },
    readFile: (path, { maxBytes }) => {
      const pieces: Uint8Array[] = []
      const status = scan(calls, directory, { path, maxBytes, onChunk: (chunk) => pieces.push(Uint8Array.from(chunk)) })
      return { bytes: pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces), status }
    },
    scanFile: (path, onChunk) => scan(calls, directory, { path, maxBytes: Number.MAX_SAFE_INTEGER, onChunk }),
    list: (path) => withOpen(calls, { directory, path, flags: directoryFlags }, (fd) => sortNames(calls.names(fd), path)),
  }
}

/** Opens a directory for use by its descriptor; the caller closes it. Undefined when no directory stands there. */
export function openDirectory(calls: SystemCalls, directory: number, path: string): number | undefined {
  checkPath(path)
  try {
    return calls.openBeneath({ directory, path, flags: directoryFlags })
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw pathFault(error, path)
  }
}

interface Scan {
  readonly path: string
  readonly maxBytes: number
  readonly onChunk: (chunk: Uint8Array) => void
}

function scan(calls: SystemCalls, directory: number, { path, maxBytes, onChunk }: Scan): PathStatus {
  return withOpen(calls, { directory, path, flags: readFlags }, (fd) => {
    const before = pathStatus(calls.status(fd))
    checkRegular(before, path)
    if (before.sizeBytes > maxBytes) throw tooLarge(path, maxBytes)
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, before.sizeBytes + 1))
    let total = 0
    for (let length = calls.read(fd, buffer); length > 0; length = calls.read(fd, buffer)) {
      total += length
      if (total > maxBytes) throw tooLarge(path, maxBytes)
      onChunk(buffer.subarray(0, length))
    }
    const after = pathStatus(calls.status(fd))
    if (before.revision !== after.revision || total !== after.sizeBytes) {
      throw new IceError('files.conflict', `${JSON.stringify(path)} was changed while it was read`)
    }
    return after
  })
}

/** A second name would let a file be changed under a spelling that no rule saw. */
function checkRegular(status: PathStatus, path: string): void {
  const shown = JSON.stringify(path)
  if (status.kind !== 'file') throw new IceError('files.not_regular', `${shown} is a ${status.kind}, only regular files are read`)
  if (status.linkCount > 1) {
    throw new IceError('files.not_regular', `${shown} has ${status.linkCount} hard links: it can be reached by a name no rule saw`)
  }
}

function withOpen<Result>(
  calls: SystemCalls,
  request: { readonly directory: number; readonly path: string; readonly flags: number },
  use: (fd: number) => Result,
): Result {
  checkPath(request.path)
  try {
    const fd = calls.openBeneath(request)
    try {
      return use(fd)
    } finally {
      calls.close(fd)
    }
  } catch (error) {
    throw pathFault(error, request.path)
  }
}

function checkPath(path: string): void {
  const problem = path === '.' ? undefined : pathProblem(path)
  if (problem !== undefined) throw new IceError('files.outside_root', `${JSON.stringify(path.slice(0, 200))}: ${problem}`)
}

function sortNames(found: readonly Buffer[], path: string): DirectoryNames {
  if (found.length > maxDirectoryNames) {
    throw new IceError('limit.exceeded', `${JSON.stringify(path)} holds more than ${maxDirectoryNames} names`)
  }
  const names: string[] = []
  const refused: string[] = []
  for (const bytes of found) {
    const name = utf8Of(bytes)
    if (name === undefined) refused.push(bytes.toString('hex'))
    else names.push(name)
  }
  return { names: names.sort(), refused: refused.sort() }
}

// ignoreBOM keeps a leading U+FEFF, which is part of a name like any other character.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return undefined
  }
}

function tooLarge(path: string, maxBytes: number): IceError {
  return new IceError('files.too_large', `${JSON.stringify(path)} has more than ${maxBytes} bytes`)
}
