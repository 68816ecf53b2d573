import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { driverContract, openMemoryBlobs } from '@ice-runtime/conformance'
import type { DriverWorld } from '@ice-runtime/conformance'
import { canonicalize, emptyMap, parseRunId } from '@ice-runtime/kernel'
import type { Driver, Json } from '@ice-runtime/kernel'
import { ledgerDrivers } from './ledger-drivers.ts'
import { openLedgerFile, readLedger } from './ledger-file.ts'

const directories: string[] = []

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ice-ledger-'))
  directories.push(directory)
  return directory
}

function world(action: string): DriverWorld {
  const directory = newDirectory()
  const driver = ledgerDrivers({ directory }).find((candidate): candidate is Driver => candidate.action === action)
  if (driver === undefined) throw new Error(`no ${action}`)
  return { driver, look: (): Json => JSON.parse(canonicalize(readLedger(directory).map((record) => ({ ...record })))) }
}

const honestArgs = [
  { account: 'ada', amountMicro: 1_500_000 },
  { account: 'ada', amountMicro: 1_500_000, memo: 'rent' },
  { account: 'bob', amountMicro: 1 },
]
const refusedArgs = [
  { args: { account: 'Ada', amountMicro: 1 }, code: 'args.invalid' },
  { args: { account: 'ada', amountMicro: 0 }, code: 'args.invalid' },
  { args: { account: 'ada', amountMicro: 0.5 }, code: 'args.invalid' },
]
const failingArgs = [
  { args: { account: 'ada', amountMicro: 1, fail: 'before' }, code: 'effect.failed' },
  { args: { account: 'ada', amountMicro: 1, fail: 'after' }, code: 'effect.uncertain' },
]
const interruptedArgs = { account: 'ada', amountMicro: 2, fail: 'after' }

for (const action of ['ledger.post', 'ledger.transfer', 'ledger.wire']) {
  driverContract(action, { open: () => world(action), honestArgs, refusedArgs, failingArgs, interruptedArgs })
}
driverContract('ledger.balance', { open: () => world('ledger.balance'), honestArgs: [{ account: 'ada' }, { account: 'bob' }] })

test('a key that was used for one posting is refused for another', async () => {
  const { driver, look } = world('ledger.post')
  const context = {
    runId: parseRunId('run_ledger000000'),
    at: 1,
    staged: emptyMap<never>(),
    blobs: openMemoryBlobs(),
    key: 'run_ledger000000#1',
  }
  const signal = new AbortController().signal
  const post = async (amountMicro: number): Promise<unknown> => {
    const prepared = await driver.prepare({ account: 'ada', amountMicro }, { ...context, signal })
    if ('refused' in prepared) throw new Error(prepared.detail)
    return driver.perform(prepared, { ...context, signal })
  }
  await post(1)
  await expect(post(2)).rejects.toMatchObject({ code: 'effect.failed' })
  expect(await look()).toHaveLength(1)
})

describe('the ledger file', () => {
  const draft = { kind: 'post', key: 'run_a#1', account: 'ada', amountMicro: 5, memo: '' } as const

  test('keeps records in order for the next process', () => {
    const directory = newDirectory()
    openLedgerFile(directory).append(draft)
    const next = openLedgerFile(directory)
    expect(next.find('post', 'run_a#1')).toMatchObject({ seq: 1 })
    expect(next.append({ ...draft, key: 'run_a#2' }).seq).toBe(2)
    expect(readLedger(directory).map((record) => record.key)).toEqual(['run_a#1', 'run_a#2'])
  })

  test('sees records another writer made since', () => {
    const directory = newDirectory()
    const first = openLedgerFile(directory)
    first.append(draft)
    openLedgerFile(directory).append({ ...draft, key: 'run_a#2' })
    expect(first.find('post', 'run_a#2')?.seq).toBe(2)
  })

  test('does not count a line that a crash cut off, and replaces it', () => {
    const directory = newDirectory()
    openLedgerFile(directory).append(draft)
    appendFileSync(join(directory, 'ledger.jsonl'), '{"seq":2,"key":"run_a#2"')
    expect(readLedger(directory)).toHaveLength(1)
    openLedgerFile(directory).append({ ...draft, key: 'run_a#3' })
    expect(readLedger(directory).map((record) => record.key)).toEqual(['run_a#1', 'run_a#3'])
  })

  test('refuses a damaged line instead of skipping it', () => {
    const directory = newDirectory()
    writeFileSync(join(directory, 'ledger.jsonl'), 'not a record\n')
    expect(() => readLedger(directory)).toThrow(expect.objectContaining({ code: 'integrity.broken' }))
    expect(() => openLedgerFile(directory).records()).toThrow('line 1')
  })

  test('has no records before anything was recorded', () => {
    expect(readLedger(join(newDirectory(), 'missing'))).toEqual([])
  })
})
