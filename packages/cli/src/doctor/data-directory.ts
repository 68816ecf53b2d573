import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createIce } from '@ice-runtime/ice'
import { askControl } from '@ice-runtime/ice/control'
import { openIceReader } from '@ice-runtime/ice/reader'
import { decodeBody, IceError } from '@ice-runtime/kernel'
import { countText, durationText } from '../terminal/text.ts'
import { look } from './check.ts'
import type { Finding } from './check.ts'

/** Below this a log is about to fail. */
const leastFreeBytes = 256 * 1024 * 1024
const othersMask = 0o077
/** Clocks of one machine are corrected by this much without anybody noticing. */
const clockToleranceMs = 1000

/** Everything about the place a log is kept in. Makes the directory when it is not there: that it can be made is part of the answer. */
export async function dataFindings(data: string): Promise<readonly Finding[]> {
  const there = await look('data directory', 'everything', () => {
    mkdirSync(data, { recursive: true, mode: 0o700 })
    return data
  })
  if (there.state !== 'fine') return [there]
  return [
    there,
    permissions(data),
    await look('fsync', 'records that survive a power cut', () => syncText(data)),
    await look('free space', 'writing', () => spaceText(data)),
    await look('store', 'the log', () => storeText(data)),
    await look('owner', 'orders to running runs', () => ownerText(data)),
    ...(existsSync(join(data, 'log.sqlite'))
      ? [
          await look('log', 'reading what happened', () => logText(data)),
          await look('clock', 'times that follow one another', () => clockText(data)),
        ]
      : []),
  ]
}

function permissions(data: string): Finding {
  const { uid, mode } = statSync(data)
  const me = userInfo()
  const name = 'permissions'
  if (me.uid !== -1 && uid !== me.uid)
    return {
      name,
      state: 'broken',
      detail: `it belongs to user ${uid}, this is ${me.uid}`,
      disables: 'keeping a record that is only yours',
    }
  const bits = mode & 0o777
  const detail = `mode ${bits.toString(8)}, of ${me.username}`
  if ((bits & othersMask) === 0) return { name, state: 'fine', detail }
  return {
    name,
    state: 'missing',
    detail: `${detail}: say chmod 700 ${data}`,
    disables: 'hiding from others which files there are; every file is closed to them all the same',
  }
}

/** Writes, syncs and reads back; and says how long a sync takes, because that is what each durable step waits for. */
function syncText(data: string): string {
  const scratch = mkdtempSync(join(data, 'doctor-'))
  try {
    const file = join(scratch, 'synced')
    const times = Array.from({ length: 8 }, (_, index) => timedSync(file, `line ${index}\n`)).toSorted((left, right) => left - right)
    if (!readFileSync(file, 'utf8').endsWith('line 7\n')) throw new IceError('store.failed', 'what was written is not what is read')
    return `works, ${(times[4] ?? 0).toFixed(2)} ms`
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

function timedSync(file: string, text: string): number {
  const descriptor = openSync(file, 'a')
  try {
    const start = performance.now()
    writeSync(descriptor, text)
    fsyncSync(descriptor)
    return performance.now() - start
  } finally {
    closeSync(descriptor)
  }
}

function spaceText(data: string): string {
  const { bavail, bsize } = statfsSync(data)
  const free = bavail * bsize
  const text = `${(free / 1024 ** 3).toFixed(1)} GiB`
  if (free < leastFreeBytes) throw new IceError('store.failed', `${text} left`)
  return text
}

/** Opening asserts write-ahead logging and full synchronization by reading them back, so a scratch store that opens proves both. */
async function storeText(data: string): Promise<string> {
  const scratch = mkdtempSync(join(data, 'doctor-'))
  try {
    await using ice = await createIce({ data: scratch, workspace: null })
    const unsound = ice.store.selfCheck()
    if (unsound.length > 0) throw new IceError('integrity.broken', unsound.join('; '))
    return 'journal_mode=wal and synchronous=full, read back'
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

async function ownerText(data: string): Promise<string> {
  const owner = await askControl(data, { method: 'status' })
  return owner === undefined
    ? 'no runtime answers here'
    : `${owner.runtime}, process ${owner.pid}, ${countText(owner.live.length, 'run')} at work`
}

async function logText(data: string): Promise<string> {
  await using store = openIceReader(data)
  return `${countText(store.log.lastPosition(), 'entry', 'entries')}, ${store.log.logId}`
}

async function clockText(data: string): Promise<string> {
  await using store = openIceReader(data)
  const last = store.log.lastPosition()
  const [stored] = last === 0 ? [] : store.log.read({ from: last, to: last }, 1)
  const behindMs = stored === undefined ? 0 : decodeBody(stored).at - Date.now()
  if (behindMs > clockToleranceMs)
    throw new IceError(
      'store.failed',
      `it is ${durationText(behindMs)} behind the last entry: new entries get that entry’s time until it has caught up`,
    )
  return `${new Date().toISOString()}, not behind the log`
}
