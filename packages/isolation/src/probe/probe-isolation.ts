import fs from 'node:fs'
import { platform, tmpdir } from 'node:os'
import path from 'node:path'
import { linuxCalls, loadLibC } from '../files/linux-calls.ts'
import type { LibC } from '../files/linux-calls.ts'
import { pathCalls, procCalls } from '../files/portable-calls.ts'
import { openRoot } from '../files/root.ts'
import { errnoOf } from '../files/system-calls.ts'
import type { SystemCalls } from '../files/system-calls.ts'

export interface Primitive {
  readonly primitive: 'koffi' | 'openat2' | 'fd_walk' | 'renameat2.exchange' | 'renameat2.noreplace' | 'flock' | 'fsync.directory'
  readonly available: boolean
  /** What was seen when it was tried, or why it could not be. */
  readonly detail: string
}

/**
 * Tries each primitive for real in a directory made and removed for it, beneath `directory` (the system's temporary one when not
 * given): file systems differ, so ask about the one that matters. Never throws for a missing primitive.
 */
export function probeIsolation(options: { readonly directory?: string } = {}): readonly Primitive[] {
  const scratch = fs.mkdtempSync(path.join(options.directory ?? tmpdir(), 'ice-probe-'))
  try {
    return probeIn(scratch)
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

function probeIn(scratch: string): readonly Primitive[] {
  fs.mkdirSync(`${scratch}/inside`)
  fs.writeFileSync(`${scratch}/inside/file`, 'inside')
  fs.writeFileSync(`${scratch}/outside`, 'outside')
  fs.symlinkSync('../outside', `${scratch}/inside/link`)
  const loaded = loadOrReason()
  const calls = typeof loaded === 'string' ? portable() : linuxCalls(loaded)
  return [
    typeof loaded === 'string'
      ? { primitive: 'koffi', available: false, detail: loaded }
      : { primitive: 'koffi', available: true, detail: 'the C library answers' },
    opening('openat2', calls, scratch),
    opening('fd_walk', portable(), scratch),
    tried('renameat2.exchange', 'two names were swapped', () => exchange(calls, scratch)),
    tried('renameat2.noreplace', 'a taken name was refused', () => noReplace(calls, scratch)),
    tried('flock', 'a second holder was kept out', () => lock(calls, scratch)),
    tried('fsync.directory', 'a directory was synced', () => syncDirectory(scratch)),
  ]
}

function loadOrReason(): LibC | string {
  if (platform() !== 'linux') return `not used on ${platform()}`
  try {
    return loadLibC()
  } catch (error) {
    return `does not load: ${messageOf(error)}`
  }
}

function portable(): SystemCalls {
  return platform() === 'linux' ? procCalls() : pathCalls()
}

function opening(wanted: 'openat2' | 'fd_walk', calls: SystemCalls, scratch: string): Primitive {
  if (calls.opening !== wanted) {
    const weaker = calls.opening === 'path_walk' ? ' (weaker: a race can redirect it for a moment)' : ''
    return { primitive: wanted, available: false, detail: `files are opened by ${calls.opening}${weaker} instead` }
  }
  return tried(wanted, 'read a file inside, refused a link to the outside', () => {
    using root = openRoot(`${scratch}/inside`, { calls })
    const inside = Buffer.from(root.readFile('file', { maxBytes: 16 }).bytes).toString()
    if (inside !== 'inside') return `read ${JSON.stringify(inside)}`
    return refuses(() => root.readFile('link', { maxBytes: 16 })) ? undefined : 'followed a link out of the directory'
  })
}

function exchange(calls: SystemCalls, scratch: string): string | undefined {
  return inScratch(calls, scratch, (top) => {
    fs.writeFileSync(`${scratch}/left`, 'left')
    fs.writeFileSync(`${scratch}/right`, 'right')
    calls.rename(top, { from: 'left', to: 'right' }, 'exchange')
    return fs.readFileSync(`${scratch}/left`, 'utf8') === 'right' ? undefined : 'the names were not swapped'
  })
}

function noReplace(calls: SystemCalls, scratch: string): string | undefined {
  return inScratch(calls, scratch, (top) => {
    fs.writeFileSync(`${scratch}/new`, 'new')
    fs.writeFileSync(`${scratch}/taken`, 'taken')
    try {
      calls.rename(top, { from: 'new', to: 'taken' }, 'noreplace')
      return 'a taken name was replaced'
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return undefined
      throw error
    }
  })
}

function lock(calls: SystemCalls, scratch: string): string | undefined {
  using root = openRoot(scratch, { calls })
  using first = root.tryLock()
  if (first === undefined) return 'the lock was held by nobody and not given'
  using second = root.tryLock()
  return second === undefined ? undefined : 'two holders had the lock at once'
}

function syncDirectory(scratch: string): undefined {
  const fd = fs.openSync(scratch, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

function inScratch(calls: SystemCalls, scratch: string, use: (top: number) => string | undefined): string | undefined {
  const top = calls.openTop(scratch)
  try {
    return use(top)
  } finally {
    calls.close(top)
  }
}

/** `attempt` returns what was wrong, undefined when all was well. */
function tried(primitive: Primitive['primitive'], success: string, attempt: () => string | undefined): Primitive {
  try {
    const wrong = attempt()
    return { primitive, available: wrong === undefined, detail: wrong ?? success }
  } catch (error) {
    return { primitive, available: false, detail: messageOf(error) }
  }
}

function refuses(attempt: () => unknown): boolean {
  try {
    attempt()
    return false
  } catch {
    return true
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
