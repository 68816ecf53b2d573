import { constants } from 'node:fs'
import { IceError } from '@ice-runtime/kernel'
import { nativeCalls } from './native-calls.ts'
import { pathFault } from './path-faults.ts'
import { pathStatus } from './path-status.ts'
import type { Opening, SystemCalls } from './system-calls.ts'
import { openDirectory, readingBeneath } from './tree-reading.ts'
import type { TreeReading } from './tree-reading.ts'

/**
 * One open directory: names in it can be changed, whatever it is called meanwhile. All functions take a single name, throw
 * `files.*` and `isolation.unavailable`, and never follow a link.
 */
export interface Directory extends TreeReading, Disposable {
  /** A new file with this content, on disk when it resolves. A failure may leave a part of it behind. Throws `files.conflict` when the name is taken. */
  createFile(name: string, file: { readonly bytes: Uint8Array; readonly mode: number }): Promise<void>
  createDirectory(name: string): void
  createLink(name: string, target: string): void
  /** Removes a file or a link. */
  remove(name: string): void
  /** Removes an empty directory; `files.conflict` when it is not. */
  removeDirectory(name: string): void
  /** Swaps two names in one step. */
  exchange(name: string, other: string): void
  /** Gives the thing a new name; `files.conflict` when that is taken. */
  rename(from: string, to: string): void
  /** Makes the names durable: what was created, renamed and removed before the call. */
  sync(): Promise<void>
}

/** The right to one directory tree. Nothing outside it can be reached through this value, whatever others rename meanwhile. */
export interface Root extends TreeReading, Disposable {
  /** `<device>:<inode>` of the top. */
  readonly identity: string
  readonly opening: Opening
  /** Undefined when no directory stands there. The caller disposes it. */
  directory(path: string): Directory | undefined
  /** Takes the tree for one holder, of this process and of others; undefined when someone has it. Released on disposal or death. */
  tryLock(): Disposable | undefined
}

/** What creating a directory asks for; the umask narrows it. */
const newDirectoryMode = 0o755

/** Opens a directory as a capability. Links in `directory` itself are followed: its spelling comes from an operator. */
export function openRoot(directory: string, options: { readonly calls?: SystemCalls } = {}): Root {
  const calls = options.calls ?? nativeCalls()
  const top = guarded(directory, () => calls.openTop(directory))
  return {
    identity: pathStatus(calls.status(top)).identity,
    opening: calls.opening,
    ...readingBeneath(calls, top),
    directory: (path) => {
      const fd = openDirectory(calls, top, path)
      return fd === undefined ? undefined : directoryOf(calls, fd)
    },
    tryLock: () => lockOf(calls, top),
    [Symbol.dispose]: () => calls.close(top),
  }
}

function directoryOf(calls: SystemCalls, fd: number): Directory {
  const on = <Result>(name: string, use: () => Result): Result => {
    if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0') || !name.isWellFormed()) {
      throw new IceError('files.outside_root', `${JSON.stringify(name)} is no single name`)
    }
    return guarded(name, use)
  }
  return {
    ...readingBeneath(calls, fd),
    createFile: (name, file) => on(name, () => createFile(calls, fd, { name, ...file })),
    createDirectory: (name) => on(name, () => calls.makeDirectory(fd, name, newDirectoryMode)),
    createLink: (name, target) => on(name, () => calls.makeLink(fd, name, target)),
    remove: (name) => on(name, () => calls.unlink(fd, name)),
    removeDirectory: (name) => on(name, () => calls.removeDirectory(fd, name)),
    exchange: (name, other) => on(name, () => on(other, () => calls.rename(fd, { from: name, to: other }, 'exchange'))),
    rename: (from, to) => on(from, () => on(to, () => calls.rename(fd, { from, to }, 'noreplace'))),
    sync: async () => {
      try {
        await calls.sync(fd)
      } catch (error) {
        throw pathFault(error, '.')
      }
    },
    [Symbol.dispose]: () => calls.close(fd),
  }
}

interface NewFile {
  readonly name: string
  readonly bytes: Uint8Array
  readonly mode: number
}

async function createFile(calls: SystemCalls, directory: number, { name, bytes, mode }: NewFile): Promise<void> {
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    // Nobody else can open it before it has its content and its own mode, which may be narrower than the umask's.
    const fd = calls.openBeneath({ directory, path: name, flags, mode: 0o600 })
    try {
      calls.write(fd, bytes)
      calls.setMode(fd, mode)
      await calls.sync(fd)
    } finally {
      calls.close(fd)
    }
  } catch (error) {
    throw pathFault(error, name)
  }
}

function lockOf(calls: SystemCalls, top: number): Disposable | undefined {
  return guarded('.', () => {
    // A lock belongs to the open file, so each holder opens the directory anew, which excludes holders of this process too.
    const fd = calls.openBeneath({ directory: top, path: '.', flags: constants.O_RDONLY | constants.O_DIRECTORY })
    let held = false
    try {
      held = calls.tryLock(fd)
    } finally {
      if (!held) calls.close(fd)
    }
    return held ? { [Symbol.dispose]: () => calls.close(fd) } : undefined
  })
}

function guarded<Result>(path: string, use: () => Result): Result {
  try {
    return use()
  } catch (error) {
    throw pathFault(error, path)
  }
}
