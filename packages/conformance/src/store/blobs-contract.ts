import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { maxBlobBytes, parseDigest, parseRunId } from '@ice-runtime/kernel'
import { chainEntries } from './entry-chain.ts'
import { inWorld } from './store-world.ts'
import type { Law, StoreContract } from './store-world.ts'

const run = parseRunId('run_aaaaaaaaaaaa')
/** Around the sizes at which a store may change how it keeps content. */
const sizes = [0, 1, 1000, 64 * 1024, 64 * 1024 + 1, 1_000_000]

/** What everyone who cites content by digest relies on. */
export function blobsContract(name: string, contract: StoreContract): void {
  const law = (claim: string, check: Law): void => test(claim, () => inWorld(contract, check))
  describe(`${name} keeps the blobs contract`, () => {
    law('content of any size is there at once, under the digest that sha256sum prints', async (world) => {
      await using store = world.open()
      for (const size of sizes) {
        const bytes = patternOf(size)
        const ref = store.blobs.put(bytes)
        expect(ref).toEqual({ blob: createHash('sha256').update(bytes).digest('hex'), sizeBytes: size })
        expect(store.blobs.has(ref.blob)).toBe(true)
        expect(Buffer.from(store.blobs.get(ref.blob)).equals(bytes)).toBe(true)
      }
    })

    law('content put before an entry is there when the entry is, after opening again', async (world) => {
      const store = world.open()
      const refs = sizes.map((size) => store.blobs.put(patternOf(size)))
      await store.log.append(chainEntries(run, world).request('now', { refs: refs.map(({ blob }) => blob) }))
      await store.close()
      await using again = world.open()
      for (const [index, { blob }] of refs.entries()) expect(again.blobs.get(blob)).toHaveLength(sizes[index] ?? -1)
      expect(again.selfCheck()).toEqual([])
    })

    law('content nobody cites yet is kept when the store closes', async (world) => {
      const store = world.open()
      const { blob } = store.blobs.put(patternOf(10))
      await store.close()
      await using again = world.open()
      expect(again.blobs.has(blob)).toBe(true)
    })

    law('the same bytes twice are one blob, and a buffer may be reused once it was put', async (world) => {
      await using store = world.open()
      const buffer = patternOf(100)
      const first = store.blobs.put(buffer)
      expect(store.blobs.put(buffer)).toEqual(first)
      buffer.fill(0)
      await store.log.flush()
      expect(store.blobs.put(patternOf(100))).toEqual(first)
      await store.log.flush()
      expect(Buffer.from(store.blobs.get(first.blob)).equals(patternOf(100))).toBe(true)
    })

    law('content that is not there is missing, and content too large is refused', async (world) => {
      await using store = world.open()
      const nowhere = parseDigest('0'.repeat(64))
      expect(store.blobs.has(nowhere)).toBe(false)
      expect(() => store.blobs.get(nowhere)).toThrow(expect.objectContaining({ code: 'blob.missing' }))
      expect(() => store.blobs.put(new Uint8Array(maxBlobBytes + 1))).toThrow(expect.objectContaining({ code: 'limit.exceeded' }))
    })
  })
}

function patternOf(size: number): Buffer {
  return Buffer.alloc(size, 'ice, and what is kept in it; ')
}
