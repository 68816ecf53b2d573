import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'

/** Bytes of one append: about what the log writes for a step at one run, its WAL frames not counted. */
const appendBytes = 512

/** The floor under everything durable: appends a few bytes to a file and syncs them. Returns the milliseconds of each. */
export function measureSyncs(path: string, count: number): readonly number[] {
  const file = openSync(path, 'a')
  const bytes = new Uint8Array(appendBytes).fill(120)
  const times: number[] = []
  try {
    for (let index = 0; index < count; index += 1) {
      const started = performance.now()
      writeSync(file, bytes)
      fdatasyncSync(file)
      times.push(performance.now() - started)
    }
  } finally {
    closeSync(file)
  }
  return times
}
