import { constants } from 'node:os'
import type { BigIntStats } from 'node:fs'

/**
 * How a path is opened beneath a directory. `openat2`: the kernel refuses links and leaving. `fd_walk`: one component at a time
 * from descriptor to descriptor, links not followed; as safe, slower. `path_walk`: checks and opens by path and compares
 * afterwards; weaker, because a rename between the two is noticed only if it is still there at the comparison.
 */
export type Opening = 'openat2' | 'fd_walk' | 'path_walk'

export interface OpenRequest {
  readonly directory: number
  /** Relative to `directory`, checked by the caller, or `.`. */
  readonly path: string
  readonly flags: number
  /** Permission bits when `flags` create. */
  readonly mode?: number
}

/** What stands at a path, seen without following a link there. */
export interface Sight {
  readonly status: BigIntStats
  /** Bytes of the link's target when it is a symbolic link. */
  readonly target: Buffer | undefined
}

/**
 * The operating system, one function for each call the file capability makes. All throw errors with an errno name in `code`.
 * It is an argument so that tests can stop the machine before any chosen call.
 */
export interface SystemCalls {
  readonly opening: Opening
  openTop(directory: string): number
  openBeneath(request: OpenRequest): number
  /** Undefined when nothing stands there, which is asked often and is no failure. */
  look(directory: number, path: string): Sight | undefined
  close(fd: number): void
  status(fd: number): BigIntStats
  names(fd: number): readonly Buffer[]
  read(fd: number, into: Buffer): number
  write(fd: number, bytes: Uint8Array): void
  setMode(fd: number, mode: number): void
  sync(fd: number): Promise<void>
  makeDirectory(directory: number, name: string, mode: number): void
  makeLink(directory: number, name: string, target: string): void
  unlink(directory: number, name: string): void
  removeDirectory(directory: number, name: string): void
  /** `exchange` swaps two existing names atomically; `noreplace` fails with `EEXIST` when `to` exists. */
  rename(directory: number, names: { readonly from: string; readonly to: string }, how: 'exchange' | 'noreplace'): void
  /** An exclusive lock on the open directory; false when another holder has it. */
  tryLock(fd: number): boolean
}

/** A system call that failed, in the form of Node's own errors: `code` is the errno's name. */
export class SystemCallError extends Error {
  readonly code: string
  readonly call: string

  constructor(call: string, code: string) {
    super(`${call} failed with ${code}`)
    this.name = 'SystemCallError'
    this.call = call
    this.code = code
  }
}

/** The errno name of a failed call of either kind, undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** True when a call failed because nothing stands at the path. */
export function isAbsence(error: unknown): boolean {
  const code = errnoOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

const nameOfErrno: ReadonlyMap<number, string> = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]))

/** The name of an errno value, `E<number>` for one this platform does not list. */
export function errnoName(value: number): string {
  return nameOfErrno.get(value) ?? `E${value}`
}
