import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  digestFromBytes,
  entryId,
  isDigest,
  parseDigest,
  parseEntryId,
  parseLogId,
  parseRunId,
  parseStreamId,
  parseSubjectId,
  splitEntryId,
} from './ids.ts'

const tail = '0123456789ab'
const digest = '0123456789abcdef'.repeat(4)
const malformed = expect.objectContaining({ code: 'id.malformed' })

const parsers: readonly (readonly [name: string, parse: (text: string) => string, sound: string])[] = [
  ['a log id', parseLogId, `log_${tail}`],
  ['a run id', parseRunId, `run_${tail}`],
  ['a stream id of a run', parseStreamId, `run_${tail}`],
  ['the stream id of the system', parseStreamId, 'system'],
  ['a subject id', parseSubjectId, `sub_${tail}`],
  ['a digest', parseDigest, digest],
  ['an entry id of a run', parseEntryId, `run_${tail}#1`],
  ['an entry id of the system', parseEntryId, `system#${Number.MAX_SAFE_INTEGER}`],
]

describe.each(parsers)('%s', (_, parse, sound) => {
  test('in its form is handed back as it is', () => {
    expect(parse(sound)).toBe(sound)
  })

  test('with anything before, after or inside it is refused', () => {
    for (const extra of ['\n', ' ', '\0', '#', '/', 'A', '\u0161', '\u0660', '😀']) {
      for (const at of [0, 5, sound.length]) {
        expect(() => parse(sound.slice(0, at) + extra + sound.slice(at))).toThrow(malformed)
      }
    }
    expect(() => parse('')).toThrow(malformed)
    expect(() => parse(sound.toUpperCase())).toThrow(malformed)
  })
})

test('ids of 12 to 32 characters are read, shorter and longer ones refused', () => {
  expect(parseRunId(`run_${'a'.repeat(32)}`)).toHaveLength(36)
  expect(() => parseRunId(`run_${'a'.repeat(11)}`)).toThrow(malformed)
  expect(() => parseRunId(`run_${'a'.repeat(33)}`)).toThrow(malformed)
})

test('an id of one kind is not read as another', () => {
  expect(() => parseRunId(`log_${tail}`)).toThrow(malformed)
  expect(() => parseLogId(`run_${tail}`)).toThrow(malformed)
  expect(() => parseRunId('system')).toThrow(malformed)
})

test.each(['0', '01', '-1', '1.5', '1e3', '', '9007199254740992', '99999999999999999'])('an entry id with seq %j is refused', (seq) => {
  expect(() => parseEntryId(`system#${seq}`)).toThrow(malformed)
})

test('an entry id splits into the stream and seq it was made of', () => {
  const streams = fc.constantFrom(parseStreamId('system'), parseStreamId(`run_${tail}`))
  fc.assert(
    fc.property(streams, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (stream, seq) => {
      expect(splitEntryId(parseEntryId(entryId(stream, seq)))).toStrictEqual({ stream, seq })
    }),
  )
})

test('a digest is the hex of its bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const text = digestFromBytes(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('hex'))
      expect(isDigest(text)).toBe(true)
    }),
  )
  expect(isDigest(digest.slice(1))).toBe(false)
})

test('a refusal does not repeat endless input', () => {
  expect(() => parseRunId('x'.repeat(100_000))).toThrow(/^.{1,200}$/)
})
