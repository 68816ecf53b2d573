import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { canonicalize, IceError } from '@ice-runtime/kernel'

export interface LedgerRecord {
  /** Counts records of the ledger, from 1. */
  readonly seq: number
  /** Idempotency key the sender gave, `<run>#<seq>` of its proposal. */
  readonly key: string
  readonly kind: 'post' | 'transfer' | 'wire' | 'reversal'
  readonly account: string
  /** Millionths; negative in reversals. */
  readonly amountMicro: number
  readonly memo: string
}

/**
 * An outside system small enough to look at: it keeps what it was told, in order, one JSON line each, synced before it answers.
 * One process writes at a time; another may have written before.
 */
export interface LedgerFile {
  records(): readonly LedgerRecord[]
  /** The newest record of this kind under this key. */
  find(kind: LedgerRecord['kind'], key: string): LedgerRecord | undefined
  /** Durable on return. */
  append(draft: Omit<LedgerRecord, 'seq'>): LedgerRecord
}

const recordSchema: z.ZodType<LedgerRecord> = z.strictObject({
  seq: z.int().min(1),
  key: z.string(),
  kind: z.enum(['post', 'transfer', 'wire', 'reversal']),
  account: z.string(),
  amountMicro: z.int(),
  memo: z.string(),
})

const fileName = 'ledger.jsonl'
const newline = 0x0a

/** Every record in the order it was made; none when nothing was ever recorded. Throws `integrity.broken` for a damaged line. */
export function readLedger(directory: string): readonly LedgerRecord[] {
  return parseRecords(completeLines(join(directory, fileName)))
}

/** Creates the directory when it is missing. */
export function openLedgerFile(directory: string): LedgerFile {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, fileName)
  let known = bookOf([], 0)
  // Reading the whole file for each record would make a long ledger slow, so it is read again only when its size is a surprise.
  const current = (): Book => {
    if (sizeOf(path) !== known.sizeBytes) {
      const lines = completeLines(path)
      known = bookOf(parseRecords(lines), lines.length)
    }
    return known
  }
  return {
    records: () => [...current().records],
    find: (kind, key) => current().byKey.get(`${kind} ${key}`),
    append: (draft) => {
      const { records, byKey, sizeBytes } = current()
      const record = { ...draft, seq: records.length + 1 }
      const line = Buffer.from(`${canonicalize(record)}\n`)
      appendSynced(path, sizeBytes, line)
      records.push(record)
      byKey.set(`${record.kind} ${record.key}`, record)
      known = { records, byKey, sizeBytes: sizeBytes + line.length }
      return record
    },
  }
}

interface Book {
  readonly records: LedgerRecord[]
  readonly byKey: Map<string, LedgerRecord>
  readonly sizeBytes: number
}

function bookOf(records: readonly LedgerRecord[], sizeBytes: number): Book {
  return { records: [...records], byKey: new Map(records.map((record) => [`${record.kind} ${record.key}`, record])), sizeBytes }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** A line without its end was cut off by a crash before anyone was told about it: it is no record. */
function completeLines(path: string): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0)
  const bytes = readFileSync(path)
  return bytes.subarray(0, bytes.lastIndexOf(newline) + 1)
}

function parseRecords(lines: Buffer): readonly LedgerRecord[] {
  const texts = lines.toString('utf8').split('\n').slice(0, -1)
  return texts.map((text, index) => {
    const record = parseRecord(text)
    if (record?.seq !== index + 1) throw new IceError('integrity.broken', `line ${index + 1} of the ledger is no record`)
    return record
  })
}

function parseRecord(text: string): LedgerRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Cuts off what a crash left half written, then adds the line and waits for the disk. */
function appendSynced(path: string, sizeBytes: number, line: Buffer): void {
  const file = openSync(path, 'a')
  try {
    ftruncateSync(file, sizeBytes)
    for (let written = 0; written < line.length;) written += writeSync(file, line, written)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  if (sizeBytes === 0) syncFolder(dirname(path))
}

/** A new file is only found again after a power cut when its folder is on the disk too. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
