import { driverContract, openMemoryBlobs } from '@ice-runtime/conformance'
import { emptyMap, parseRunId } from '@ice-runtime/kernel'
import { expect, test } from 'vitest'
import { timeDriver } from './time-driver.ts'

driverContract('time.now', { open: () => ({ driver: timeDriver(), look: () => null }), honestArgs: [{}] })

test('the time is the recorded one of the action', async () => {
  const driver = timeDriver()
  const context = { runId: parseRunId('run_time00000000'), at: 123, staged: emptyMap<never>(), blobs: openMemoryBlobs() }
  const signal = new AbortController().signal
  const prepared = await driver.prepare({}, { ...context, signal })
  if ('refused' in prepared) throw new Error(prepared.detail)
  expect(await driver.perform(prepared, { ...context, at: 456, key: 'run_time00000000#1', signal })).toEqual({ result: { at: 456 } })
})
