import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonValues } from '../../tests/json-values.ts'
import { canonicalize } from './canonical.ts'
import type { EntryBody } from './entry.ts'
import { parseLogId, parseRunId } from './ids.ts'
import type { StreamId } from './ids.ts'
import { createByteText, putJson } from './byte-text.ts'
import { emptyHead, entryHash, genesisHash, sameBytes, seal, sealWritten } from './seal.ts'
import type { SealContext } from './seal.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
const context: SealContext = { logId: parseLogId('log_0123456789ab'), sha256 }
const stream = parseRunId('run_0123456789ab')

/** The preimage, written from its documentation with other means than the code's. */
function documentedHash(entry: { stream: StreamId; seq: number; previous: Uint8Array; bytes: Uint8Array }, logId: string): Buffer {
  const seq = Buffer.alloc(8)
  seq.writeBigUInt64BE(BigInt(entry.seq))
  return createHash('sha256')
    .update(`ICE entry 1\n${logId}\n${entry.stream}\n`)
    .update(seq)
    .update(entry.previous)
    .update(entry.bytes)
    .digest()
}

function bodyWith(payload: EntryBody['payload']): EntryBody {
  return { type: 'PlanStated', v: 1, origin: 'agent', at: 5, causes: [1], payload }
}

describe('a sealed entry', () => {
  test('has the documented hash over the canonical bytes, for any body and seq', () => {
    fc.assert(
      fc.property(jsonValues, fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 }), (payload, seq) => {
        const head = { ...emptyHead(stream, context), seq }
        const sealed = seal(bodyWith(payload), head, context)
        expect(new TextDecoder().decode(sealed.bytes)).toBe(canonicalize(bodyWith(payload) as never))
        expect(sealed).toMatchObject({ stream, seq: seq + 1, previous: head.hash })
        expect(Buffer.from(sealed.hash)).toEqual(documentedHash(sealed, context.logId))
        expect(entryHash(sealed, context)).toEqual(sealed.hash)
      }),
      { numRuns: 300 },
    )
  })

  test('has one known hash for ever', () => {
    const sealed = seal(bodyWith({ text: 'grün' }), emptyHead(stream, context), context)
    expect(new TextDecoder().decode(sealed.bytes)).toBe(
      '{"at":5,"causes":[1],"origin":"agent","payload":{"text":"grün"},"type":"PlanStated","v":1}',
    )
    expect(Buffer.from(sealed.hash).toString('hex')).toBe('2361bab8b469c30d0fd5ba616d3361d1fbd1e654fde332d1b78282bd17fd2989')
  })

  test('is the same in memory that was used before', () => {
    const memory = createByteText()
    memory.bytes.fill(0xff)
    const head = emptyHead(stream, context)
    const all = ['plain', 'grün', 'x'.repeat(300)].map((text) => {
      const body = bodyWith({ text })
      return { plain: seal(body, head, context), written: sealWritten((into) => putJson(into, body, 0), head, { ...context, memory }) }
    })
    // Looked at when all are written: none is in the way of another.
    for (const { plain, written } of all) expect(written).toEqual(plain)
  })

  test('is left to others, and nothing kept of it, where it is not written or does not fit', () => {
    const memory = createByteText()
    const head = emptyHead(stream, context)
    const inMemory = { ...context, memory }
    expect(sealWritten((into) => putJson(into, bodyWith({ text: 'x' }), 0) && false, head, inMemory)).toBeUndefined()
    expect(sealWritten((into) => putJson(into, bodyWith({ text: 'x'.repeat(memory.bytes.length) }), 0), head, inMemory)).toBeUndefined()
    expect(sealWritten((into) => putJson(into, bodyWith(Array(100_000).fill('a')), 0), head, inMemory)).toBeUndefined()
    expect(sealWritten(() => true, head, context)).toBeUndefined()
    expect(memory.at).toBe(0)
  })

  test('cannot hold what canonical JSON cannot', () => {
    expect(() => seal(bodyWith(Number.NaN), emptyHead(stream, context), context)).toThrow(
      expect.objectContaining({ code: 'json.malformed' }),
    )
  })
})

test('the genesis differs by stream and by log', () => {
  const other: SealContext = { ...context, logId: parseLogId('log_0123456789ac') }
  const all = [genesisHash(stream, context), genesisHash('system', context), genesisHash(stream, other)]
  expect(new Set(all.map((hash) => Buffer.from(hash).toString('hex'))).size).toBe(3)
  expect(Buffer.from(genesisHash(stream, context))).toEqual(
    Buffer.from(sha256(Buffer.from(`ICE genesis 1\n${context.logId}\n${stream}\n`))),
  )
})

test('bytes are the same only when all are', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (left, right) => {
      expect(sameBytes(left, right)).toBe(Buffer.compare(left, right) === 0)
      expect(sameBytes(left, left.slice())).toBe(true)
    }),
  )
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false)
})
