import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { entryHash, parseDigest, parseRunId } from '@ice-runtime/kernel'
import type { Store } from '@ice-runtime/kernel'
import { newPlace } from './sqlite-place.ts'
import type { SqlitePlace } from './sqlite-place.ts'

const script = fileURLToPath(new URL('writer-process.ts', import.meta.url))
const run = parseRunId('run_aaaaaaaaaaaa')

interface Writer {
  readonly process: ChildProcessByStdio<null, Readable, null>
  /** Lines as they come, to the end of the process. */
  readonly lines: AsyncIterator<string>
}

let place: SqlitePlace
let writers: Writer[] = []

beforeEach(() => {
  place = newPlace()
})
afterEach(async () => {
  for (const { process: child } of writers) child.kill('SIGKILL')
  writers = []
  await place.close()
})

/** `limitKib` bounds the size of each file the process writes, so that the disk is full for it. */
function startWriter(
  options: { readonly payloadBytes?: number; readonly limitKib?: number; readonly more?: readonly string[] } = {},
): Writer {
  const { payloadBytes = 100, limitKib, more = [] } = options
  const node = [
    process.execPath,
    '--conditions=source',
    script,
    `--directory=${place.directory}`,
    `--payload-bytes=${payloadBytes}`,
    ...more,
  ]
  const command = limitKib === undefined ? node : ['bash', '-c', `ulimit -f ${limitKib}; exec "$@"`, 'bash', ...node]
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  const writer = { process: child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
  writers.push(writer)
  return writer
}

async function nextLine(writer: Writer): Promise<string | undefined> {
  const next = await writer.lines.next()
  return next.done === true ? undefined : next.value
}

async function restOf(writer: Writer): Promise<readonly string[]> {
  const lines: string[] = []
  for (let line = await nextLine(writer); line !== undefined; line = await nextLine(writer)) lines.push(line)
  return lines
}

async function kill(writer: Writer): Promise<void> {
  const ended = once(writer.process, 'exit')
  writer.process.kill('SIGKILL')
  await ended
}

/** Every entry is there from the first on, proves itself, and has its blob. Returns how many there are. */
function countProved(store: Store): number {
  const entries = store.log.read({ stream: run }, 8192)
  for (const [index, entry] of entries.entries()) {
    expect(entry.seq).toBe(index + 1)
    expect(Buffer.compare(entryHash(entry, place), entry.hash)).toBe(0)
    const { payload } = JSON.parse(Buffer.from(entry.bytes).toString()) as { payload: { blob: string } }
    expect(store.blobs.has(parseDigest(payload.blob))).toBe(true)
  }
  return entries.length
}

test('a second runtime is refused while the first lives, also after the first was killed and replaced', async () => {
  const first = startWriter()
  expect(await nextLine(first)).toBe('open')
  expect(await nextLine(startWriter())).toBe('data.in_use')
  expect(() => place.open()).toThrow(expect.objectContaining({ code: 'data.in_use' }))
  await kill(first)
  const second = startWriter()
  expect(await nextLine(second)).toBe('open')
  expect(() => place.open()).toThrow(expect.objectContaining({ code: 'data.in_use' }))
  await kill(second)
  await place.open().close()
})

test('a reader of a killed owner sees what was acknowledged, before anyone owns the log again', async () => {
  const writer = startWriter()
  await nextLine(writer)
  await nextLine(writer)
  await kill(writer)
  const acknowledged = 1 + (await restOf(writer)).length
  await using reader = place.openReader()
  expect(reader.log.lastPosition()).toBeGreaterThanOrEqual(acknowledged)
  expect(reader.selfCheck()).toEqual([])
})

test('nothing acknowledged is lost when the owner is killed, again and again', async () => {
  let acknowledged = 0
  for (let round = 1; round <= 8; round += 1) {
    const writer = startWriter()
    expect(await nextLine(writer)).toBe('open')
    for (let line = 0; line < 1 + 37 * round; line += 1) await nextLine(writer)
    await kill(writer)
    const rest = await restOf(writer)
    acknowledged += 1 + 37 * round + rest.length
    await using store = place.open()
    const found = countProved(store)
    expect(found).toBeGreaterThanOrEqual(acknowledged)
    // At most the entry that was in flight is there without having been acknowledged.
    expect(found - acknowledged).toBeLessThanOrEqual(1)
    expect(store.log.edge().size).toBe(found)
    expect(store.selfCheck()).toEqual([])
    acknowledged = found
  }
})

test.each([
  ['', []],
  [' for the writer thread', ['--thread']],
])(
  'a full disk%s makes what is in flight unknown and poisons the store; opened again it holds all that was acknowledged',
  async (_who, more) => {
    const writer = startWriter({ payloadBytes: 20_000, limitKib: 512, more })
    const lines = await restOf(writer)
    const appended = lines.filter((line) => line.startsWith('appended'))
    expect(appended.length).toBeGreaterThan(3)
    expect(lines.slice(-2)).toEqual([expect.stringMatching(/^unknown /u), 'healthy false'])
    await using store = place.open()
    const found = countProved(store)
    expect([appended.length, appended.length + 1]).toContain(found)
    expect(store.log.edge().size).toBe(found)
    expect(store.selfCheck()).toEqual([])
  },
)
