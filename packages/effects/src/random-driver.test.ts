import { driverContract, openMemoryBlobs } from '@ice-runtime/conformance'
import { emptyMap, parseRunId } from '@ice-runtime/kernel'
import type { Receipt } from '@ice-runtime/kernel'
import { expect, test } from 'vitest'
import { maxRandomBytes, randomDriver } from './random-driver.ts'

const counting = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, index) => index)

driverContract('random.bytes', {
  open: () => ({ driver: randomDriver({ randomBytes: counting }), look: () => null }),
  honestArgs: [{ count: 1 }, { count: maxRandomBytes }],
  refusedArgs: [0, -1, 1.5, maxRandomBytes + 1].map((count) => ({ args: { count }, code: 'args.invalid' })),
})

async function draw(randomBytes: (count: number) => Uint8Array): Promise<Receipt> {
  const driver = randomDriver({ randomBytes })
  const context = { runId: parseRunId('run_random000000'), at: 1, staged: emptyMap<never>(), blobs: openMemoryBlobs() }
  const signal = new AbortController().signal
  const prepared = await driver.prepare({ count: 4 }, { ...context, signal })
  if ('refused' in prepared) throw new Error(prepared.detail)
  return driver.perform(prepared, { ...context, key: 'run_random000000#1', signal })
}

test('the bytes are those of the source that was handed in', async () => {
  expect(await draw(counting)).toEqual({ result: { base64url: 'AAECAw', count: 4 } })
})

test('a source that gives fewer bytes than asked for is a failure', async () => {
  await expect(draw(() => new Uint8Array(3))).rejects.toThrow(expect.objectContaining({ code: 'effect.failed' }))
})
