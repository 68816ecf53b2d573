import fs from 'node:fs'
import { isAbsence, SystemCallError } from './system-calls.ts'
import type { OpenRequest, Sight, SystemCalls } from './system-calls.ts'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants
/** Linux's flag for a descriptor that only names a place. Node does not list it; the value is the same on x86-64 and arm64. */
export const openPathOnly = 0o10000000

/**
 * Linux without foreign calls: every component is opened from its parent's descriptor through `/proc/self/fd`, so a rename
 * elsewhere cannot redirect the walk. Exchange, rename without replacing and locks have no counterpart here and say so.
 */
export function procCalls(): SystemCalls {
  const place = (directory: number, name: string): string => `/proc/self/fd/${directory}/${name}`
  return {
    opening: 'fd_walk',
    ...plainCalls(),
    names: (fd) => fs.readdirSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' }),
    openBeneath: (request) => walk(request, (parent, name) => fs.openSync(place(parent, name), request.flags | O_NOFOLLOW, request.mode)),
    look: (directory, path) =>
      unlessAbsent(() =>
        walk({ directory, path, flags: 0 }, (parent, name) => sightOf(name === '.' ? `/proc/self/fd/${parent}/.` : place(parent, name))),
      ),
    makeDirectory: (directory, name, mode) => fs.mkdirSync(place(directory, name), { mode }),
    makeLink: (directory, name, target) => fs.symlinkSync(target, place(directory, name)),
    unlink: (directory, name) => fs.unlinkSync(place(directory, name)),
    removeDirectory: (directory, name) => fs.rmdirSync(place(directory, name)),
    rename: () => refuse('renameat2'),
    tryLock: () => refuse('flock'),
  }
}

/**
 * Any other platform: by path, links refused on the way, the opened file compared with what the path names afterwards. For
 * reading only: a changing call is refused, because between check and use another process can redirect it.
 */
export function pathCalls(): SystemCalls {
  const pathOf = new Map<number, string>()
  const full = (directory: number, path: string): string => `${pathOf.get(directory) ?? refuse('openat')}/${path}`
  return {
    opening: 'path_walk',
    ...plainCalls(),
    close: (fd) => {
      pathOf.delete(fd)
      fs.closeSync(fd)
    },
    openTop: (directory) => {
      const fd = fs.openSync(directory, O_RDONLY | O_DIRECTORY)
      pathOf.set(fd, directory)
      return fd
    },
    openBeneath: ({ directory, path, flags }) => {
      if ((flags & fs.constants.O_CREAT) !== 0) refuse('openat2')
      const name = full(directory, path)
      refuseLinks(pathOf.get(directory) ?? '', path)
      const fd = fs.openSync(name, flags | O_NOFOLLOW)
      pathOf.set(fd, name)
      return verified(fd, () => refuseLinks(pathOf.get(directory) ?? '', path), name)
    },
    look: (directory, path) =>
      unlessAbsent(() => {
        if (path.includes('/')) refuseLinks(pathOf.get(directory) ?? '', path.slice(0, path.lastIndexOf('/')))
        return sightOf(full(directory, path))
      }),
    names: (fd) => fs.readdirSync(pathOf.get(fd) ?? refuse('getdents'), { encoding: 'buffer' }),
    makeDirectory: () => refuse('mkdirat'),
    makeLink: () => refuse('symlinkat'),
    unlink: () => refuse('unlinkat'),
    removeDirectory: () => refuse('unlinkat'),
    rename: () => refuse('renameat2'),
    tryLock: () => refuse('flock'),
  }
}

function plainCalls(): Pick<SystemCalls, 'openTop' | 'close' | 'status' | 'read' | 'write' | 'setMode' | 'sync'> {
  return {
    openTop: (directory) => fs.openSync(directory, O_RDONLY | O_DIRECTORY),
    close: (fd) => fs.closeSync(fd),
    status: (fd) => fs.fstatSync(fd, { bigint: true }),
    read: (fd, into) => fs.readSync(fd, into),
    write: (fd, bytes) => {
      for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done)
    },
    setMode: (fd, mode) => fs.fchmodSync(fd, mode),
    sync: (fd) => new Promise((resolve, reject) => fs.fsync(fd, (error) => (error === null ? resolve() : reject(error)))),
  }
}

/** Opens each directory of the path from the one before, then hands the last one and the last name on. */
function walk<Result>(request: OpenRequest, last: (parent: number, name: string) => Result): Result {
  const segments = request.path.split('/')
  let parent = request.directory
  try {
    for (const segment of segments.slice(0, -1)) {
      const next = fs.openSync(`/proc/self/fd/${parent}/${segment}`, openPathOnly | O_NOFOLLOW)
      if (parent !== request.directory) fs.closeSync(parent)
      parent = next
      const status = fs.fstatSync(next)
      if (status.isSymbolicLink()) throw new SystemCallError('open', 'ELOOP')
      if (!status.isDirectory()) throw new SystemCallError('open', 'ENOTDIR')
    }
    return last(parent, segments.at(-1) ?? '.')
  } finally {
    if (parent !== request.directory) fs.closeSync(parent)
  }
}

function unlessAbsent(look: () => Sight): Sight | undefined {
  try {
    return look()
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

function sightOf(path: string): Sight {
  const status = fs.lstatSync(path, { bigint: true })
  return { status, target: status.isSymbolicLink() ? fs.readlinkSync(path, { encoding: 'buffer' }) : undefined }
}

function refuseLinks(top: string, path: string): void {
  if (path === '.') return
  let place = top
  for (const segment of path.split('/')) {
    place = `${place}/${segment}`
    if (fs.lstatSync(place).isSymbolicLink()) throw new SystemCallError('open', 'ELOOP')
  }
}

function verified(fd: number, check: () => void, name: string): number {
  try {
    check()
    const [opened, named] = [fs.fstatSync(fd, { bigint: true }), fs.lstatSync(name, { bigint: true })]
    if (opened.ino !== named.ino || opened.dev !== named.dev) throw new SystemCallError('open', 'ELOOP')
    return fd
  } catch (error) {
    fs.closeSync(fd)
    throw error
  }
}

function refuse(call: string): never {
  throw new SystemCallError(call, 'ENOSYS')
}
