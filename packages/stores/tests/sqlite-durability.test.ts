import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newPlace } from './sqlite-place.ts'
import type { SqlitePlace } from './sqlite-place.ts'
import { acknowledgedIn } from './sync-trace.ts'
import type { Acknowledged } from './sync-trace.ts'

// A killed process loses nothing that it wrote, synced or not, so only the order of system calls shows durability.
const hasStrace = spawnSync('strace', ['-V']).status === 0
const calls = 'trace=write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat'
const script = fileURLToPath(new URL('writer-process.ts', import.meta.url))
const count = 5

let place: SqlitePlace
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place.close())

function traceWriter(...options: readonly string[]): readonly Acknowledged[] {
  const output = join(place.directory, '..', 'trace')
  const node = [process.execPath, '--conditions=source', script, `--directory=${place.directory}`, `--count=${count}`, ...options]
  const { status, stderr } = spawnSync('strace', ['-f', '-y', '-s', '120', '-e', calls, '-o', output, ...node], { encoding: 'utf8' })
  expect({ status, stderr }).toMatchObject({ status: 0 })
  const acknowledged = acknowledgedIn(readFileSync(output, 'utf8'), place.directory)
  expect(acknowledged).toHaveLength(count)
  return acknowledged
}

test.skipIf(!hasStrace).each([
  ['', []],
  [', by the writer thread as well', ['--thread']],
])('every entry and small blob is synced before it is acknowledged, by one sync each%s (needs strace)', (_who, options) => {
  const acknowledged = traceWriter(...options)
  expect(acknowledged.map(({ unsynced }) => unsynced)).toEqual(Array.from({ length: count }, () => []))
  // Before the first one the log was made and opened.
  expect(acknowledged.slice(1).map(({ logSyncs }) => logSyncs)).toEqual(Array.from({ length: count - 1 }, () => 1))
})

test.skipIf(!hasStrace)('the first entry of an opened log costs one sync as well (needs strace)', () => {
  traceWriter()
  const [first] = traceWriter()
  const opened = 2 // the counted opening, with the header of a new WAL
  expect((first?.logSyncs ?? 0) - opened).toBe(1)
})

test.skipIf(!hasStrace)('a large blob and its name are synced before the entry citing it is acknowledged (needs strace)', () => {
  for (const options of [[], ['--thread']]) {
    expect(traceWriter('--blob-bytes=200000', ...options).flatMap(({ unsynced }) => unsynced)).toEqual([])
  }
})

test.skipIf(!hasStrace)('the same trace without synchronous writes shows acknowledgements of unsynced entries (needs strace)', () => {
  const acknowledged = [...traceWriter('--unsafe'), ...traceWriter('--unsafe', '--thread')]
  for (const { unsynced } of acknowledged) expect(unsynced).toEqual([join(place.directory, 'log.sqlite-wal')])
})
