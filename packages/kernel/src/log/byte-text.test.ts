import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonValues } from '../../tests/json-values.ts'
import { createByteText, makeRoom, putJson, scratch } from './byte-text.ts'
import { canonicalize } from './canonical.ts'

const decoder = new TextDecoder()
const memory = createByteText()

function written(value: unknown): string | undefined {
  const bytes = scratch(memory, (into) => putJson(into, value, 0))
  return bytes === undefined ? undefined : decoder.decode(bytes)
}

function canonical(value: unknown): string | undefined {
  try {
    return canonicalize(value as never)
  } catch {
    return undefined
  }
}

const nested = Array.from({ length: 70 }).reduce<unknown>((inner) => [inner], 1)
const odd = fc.constantFrom<unknown>(
  undefined,
  Number.NaN,
  -0,
  2 ** 53,
  1e21,
  5e-324,
  '\ud800',
  `${'x'.repeat(300)}\udfff`,
  { ['__proto__']: 1 },
  [undefined],
  Array(2),
  { a: undefined },
  { a: undefined, b: 1 },
  { é: 'é"' },
  new Map([[1, 2]]),
  () => 1,
  1n,
  nested,
  `${'y'.repeat(300)}\n\u2028`,
  {},
  [],
)

test('a value has the bytes of its canonical form, or none where it has no such form', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 400 })
  const values = fc.oneof(jsonValues, texts, odd, fc.dictionary(texts, fc.oneof(jsonValues, odd)), fc.array(odd))
  fc.assert(
    fc.property(values, (value) => {
      expect(written(value)).toBe(canonical(value))
    }),
    { numRuns: 2000 },
  )
})

test('what does not fit is not written, and the next text is', () => {
  for (const large of ['x'.repeat(100_000), 'é'.repeat(60_000), Array(100_000).fill('a')]) {
    expect(written(large)).toBeUndefined()
    expect(written('next')).toBe('"next"')
  }
})

test('new memory is taken before the old is full, and what stands there stays', () => {
  const into = createByteText()
  const first = into.bytes
  putJson(into, 'kept', 0)
  into.at = first.length - 100
  makeRoom(into)
  expect([into.bytes === first, into.at, decoder.decode(first.subarray(0, 6))]).toEqual([false, 0, '"kept"'])
})
