import { readFileSync } from 'node:fs'
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os'
import { DatabaseSync } from 'node:sqlite'

/** What the figures depend on besides the code. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryMiB: number
  readonly kernel: string
  readonly node: string
  readonly sqlite: string
  readonly fileSystem: string
  /** Processes that wanted to run in the last minute before: more than a few tenths of `cores` make the figures worse than the code is. */
  readonly load: number
}

export function describeMachine(directory: string): Machine {
  const [first] = cpus()
  return {
    processor: `${first?.model ?? 'unknown'} (${arch()})`,
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 1024 ** 2),
    kernel: `${type()} ${release()}`,
    node: process.version,
    sqlite: sqliteVersion(),
    fileSystem: fileSystemOf(directory),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}

function sqliteVersion(): string {
  const database = new DatabaseSync(':memory:')
  try {
    return String(database.prepare('SELECT sqlite_version() AS version').get()?.['version'])
  } finally {
    database.close()
  }
}

/** Type of the file system a directory lies on, `unknown` where the kernel does not tell. Memory is no disk: the caller refuses it. */
export function fileSystemOf(directory: string): string {
  let found = { at: '', type: 'unknown' }
  for (const line of mounts()) {
    const [, at = '', kind = ''] = line.split(' ')
    const holds = at === '/' || directory === at || directory.startsWith(`${at}/`)
    if (holds && at.length >= found.at.length) found = { at, type: kind }
  }
  return found.type
}

function mounts(): readonly string[] {
  try {
    return readFileSync('/proc/self/mounts', 'utf8').split('\n')
  } catch {
    return []
  }
}
