import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nativeCalls } from './native-calls.ts'
import { procCalls } from './portable-calls.ts'
import { openRoot } from './root.ts'

/** Turns `inside/door` from a directory into a link to the outside and back, and the file in it into a link, until told to stop. */
const attacker = `
  const fs = require('node:fs')
  const { workerData, parentPort } = require('node:worker_threads')
  const { directory, stop } = workerData
  const door = directory + '/inside/door', hidden = directory + '/inside/hidden', flag = new Int32Array(stop)
  fs.symlinkSync('../outside', directory + '/inside/link')
  fs.symlinkSync('../../outside/file', directory + '/inside/door/link')
  parentPort.postMessage('ready')
  while (Atomics.load(flag, 0) === 0) {
    fs.renameSync(door, hidden)
    fs.renameSync(directory + '/inside/link', door)
    for (let pause = 0; pause < 40; pause += 1) fs.existsSync(hidden)
    fs.renameSync(door, directory + '/inside/link')
    fs.renameSync(hidden, door)
    fs.renameSync(door + '/file', door + '/kept')
    fs.renameSync(door + '/link', door + '/file')
    for (let pause = 0; pause < 40; pause += 1) fs.existsSync(hidden)
    fs.renameSync(door + '/file', door + '/link')
    fs.renameSync(door + '/kept', door + '/file')
    for (let pause = 0; pause < 40; pause += 1) fs.existsSync(hidden)
  }
`

/** Enough reads for the attacker to run some hundreds of rounds between them. */
const reads = 20_000
/** The naive way loses within the first hundreds on an idle machine; a busy one gets more chances. */
const maxNaiveReads = 400_000

let directory: string
let worker: Worker
const stop = new SharedArrayBuffer(4)

beforeAll(async () => {
  directory = fs.mkdtempSync(path.join(tmpdir(), 'ice-race-'))
  fs.mkdirSync(`${directory}/inside/door`, { recursive: true })
  fs.mkdirSync(`${directory}/outside`)
  fs.writeFileSync(`${directory}/inside/door/file`, 'inside')
  fs.writeFileSync(`${directory}/outside/file`, 'outside')
  worker = new Worker(attacker, { eval: true, workerData: { directory, stop } })
  await new Promise((resolve) => worker.once('message', resolve))
})

afterAll(async () => {
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  Atomics.store(new Int32Array(stop), 0, 1)
  await ended
  fs.rmSync(directory, { recursive: true })
})

describe.each([
  ['openat2', nativeCalls],
  ['fd_walk', procCalls],
] as const)('%s against renames', (opening, calls) => {
  test('never reads what lies outside the root', () => {
    using root = openRoot(`${directory}/inside`, { calls: calls() })
    expect(root.opening).toBe(opening)
    const seen = { inside: 0, outside: 0, refused: 0 }
    for (let count = 0; count < reads; count += 1) seen[readBy(() => root.readFile('door/file', { maxBytes: 64 }).bytes)] += 1
    expect(seen.outside).toBe(0)
    expect(seen.inside).toBeGreaterThan(0)
    expect(seen.refused).toBeGreaterThan(0)
  })
})

test('the race is real: checking the path and then opening it reads what lies outside', () => {
  const top = fs.realpathSync(`${directory}/inside`)
  const naive = (): Uint8Array => {
    const real = fs.realpathSync(`${top}/door/file`)
    if (!real.startsWith(`${top}/`)) throw new Error('outside')
    return fs.readFileSync(`${top}/door/file`)
  }
  let escapes = 0
  for (let count = 0; count < maxNaiveReads && escapes === 0; count += 1) if (readBy(naive) === 'outside') escapes += 1
  expect(escapes).toBe(1)
})

function readBy(read: () => Uint8Array): 'inside' | 'outside' | 'refused' {
  try {
    return Buffer.from(read()).toString() === 'outside' ? 'outside' : 'inside'
  } catch {
    return 'refused'
  }
}
