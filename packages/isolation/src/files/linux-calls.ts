import fs from 'node:fs'
import { createRequire } from 'node:module'
import type * as Koffi from 'koffi'
import { errnoName, SystemCallError } from './system-calls.ts'
import type { OpenRequest, SystemCalls } from './system-calls.ts'
import { openPathOnly, procCalls } from './portable-calls.ts'

const { O_NOFOLLOW } = fs.constants
const closeOnExec = 0o2000000
const atCurrentDirectory = -100
const removeDirectoryFlag = 0x200
const renameNoReplace = 1
const renameExchange = 2
const lockExclusiveNoWait = 2 | 4
/** `RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH` of linux/openat2.h. */
const resolveBeneath = 0x02 | 0x04 | 0x08
const openHowBytes = 24
/** The kernel answers `EAGAIN` when a rename raced the walk; one of these tries meets a quiet moment. */
const maxOpenAttempts = 128
const maxLinkBytes = 4096
/** `openat2` came after the system call tables were unified: the same number everywhere. */
const openat2Number = 437

/** The C library as far as it is used. Every function returns -1 and leaves an errno on failure. */
export interface LibC {
  errno(): number
  openat2(number: number, directory: number, path: string, how: Buffer, size: number): number
  renameat2(fromDirectory: number, from: string, toDirectory: number, to: string, flags: number): number
  mkdirat(directory: number, name: string, mode: number): number
  unlinkat(directory: number, name: string, flags: number): number
  symlinkat(target: string, directory: number, name: string): number
  readlinkat(directory: number, name: string, into: Buffer, size: number): number
  flock(fd: number, operation: number): number
}

/** Loads the C library of this process through koffi. Throws whatever the loader throws where that cannot work. */
export function loadLibC(): LibC {
  const require = createRequire(import.meta.url)
  const koffi = require('koffi') as typeof Koffi
  const library = koffi.load(null)
  return {
    errno: () => koffi.errno(),
    openat2: library.func('long syscall(long number, int directory, str path, void *how, size_t size)'),
    renameat2: library.func('int renameat2(int fromDirectory, str from, int toDirectory, str to, unsigned int flags)'),
    mkdirat: library.func('int mkdirat(int directory, str name, unsigned int mode)'),
    unlinkat: library.func('int unlinkat(int directory, str name, int flags)'),
    symlinkat: library.func('int symlinkat(str target, int directory, str name)'),
    readlinkat: library.func('long readlinkat(int directory, str name, void *into, size_t size)'),
    flock: library.func('int flock(int fd, int operation)'),
  }
}

/** Linux through the C library. Where the kernel or a filter has no `openat2`, paths are opened by the walk instead. */
export function linuxCalls(libc: LibC): SystemCalls {
  const proc = procCalls()
  const openHow = Buffer.alloc(openHowBytes)
  const checked = (call: string, result: number): number => {
    if (result < 0) throw new SystemCallError(call, errnoName(libc.errno()))
    return result
  }
  const tryOpen = ({ directory, path, flags, mode }: OpenRequest): number | string => {
    openHow.writeBigUInt64LE(BigInt((flags | closeOnExec) >>> 0), 0)
    openHow.writeBigUInt64LE(BigInt(mode ?? 0), 8)
    openHow.writeBigUInt64LE(BigInt(resolveBeneath), 16)
    for (let attempt = 1; ; attempt += 1) {
      const fd = libc.openat2(openat2Number, directory, path, openHow, openHowBytes)
      if (fd >= 0) return fd
      const code = errnoName(libc.errno())
      if ((code !== 'EAGAIN' && code !== 'EINTR') || attempt === maxOpenAttempts) return code
    }
  }
  const openBeneath = (request: OpenRequest): number => {
    const opened = tryOpen(request)
    if (typeof opened === 'string') throw new SystemCallError('openat2', opened)
    return opened
  }
  return {
    ...proc,
    ...(hasOpenat2(libc, openHow) ? { opening: 'openat2', openBeneath, look: lookBy(tryOpen, libc, checked) } : {}),
    makeDirectory: (directory, name, mode) => void checked('mkdirat', libc.mkdirat(directory, name, mode)),
    makeLink: (directory, name, target) => void checked('symlinkat', libc.symlinkat(target, directory, name)),
    unlink: (directory, name) => void checked('unlinkat', libc.unlinkat(directory, name, 0)),
    removeDirectory: (directory, name) => void checked('unlinkat', libc.unlinkat(directory, name, removeDirectoryFlag)),
    rename: (directory, { from, to }, how) => {
      const flags = how === 'exchange' ? renameExchange : renameNoReplace
      checked('renameat2', libc.renameat2(directory, from, directory, to, flags))
    },
    tryLock: (fd) => {
      if (libc.flock(fd, lockExclusiveNoWait) >= 0) return true
      const code = errnoName(libc.errno())
      if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return false
      throw new SystemCallError('flock', code)
    },
  }
}

/** Asks for a path that cannot exist with a flag set the call must know: only a kernel without it answers otherwise. */
function hasOpenat2(libc: LibC, how: Buffer): boolean {
  how.fill(0)
  how.writeBigUInt64LE(BigInt(openPathOnly), 0)
  how.writeBigUInt64LE(BigInt(resolveBeneath), 16)
  const answer = libc.openat2(openat2Number, atCurrentDirectory, '', how, openHowBytes)
  return answer < 0 && errnoName(libc.errno()) === 'ENOENT'
}

function lookBy(
  tryOpen: (request: OpenRequest) => number | string,
  libc: LibC,
  checked: (call: string, result: number) => number,
): SystemCalls['look'] {
  const buffer = Buffer.alloc(maxLinkBytes)
  return (directory, path) => {
    // With O_PATH and O_NOFOLLOW the kernel hands out the link itself, so that status and target are of one and the same link.
    const fd = tryOpen({ directory, path, flags: openPathOnly | O_NOFOLLOW })
    if (fd === 'ENOENT' || fd === 'ENOTDIR') return undefined
    if (typeof fd === 'string') throw new SystemCallError('openat2', fd)
    try {
      const status = fs.fstatSync(fd, { bigint: true })
      if (!status.isSymbolicLink()) return { status, target: undefined }
      const length = checked('readlinkat', libc.readlinkat(fd, '', buffer, maxLinkBytes))
      return { status, target: Buffer.from(buffer.subarray(0, length)) }
    } finally {
      fs.closeSync(fd)
    }
  }
}
