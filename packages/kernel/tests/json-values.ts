import fc from 'fast-check'
import type { Json } from '../src/log/json.ts'

/** Any code point but surrogates, so that every text can be written as UTF-8. */
export const unicodeText: fc.Arbitrary<string> = fc.string({ unit: 'binary' })

const numbers: fc.Arbitrary<number> = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0) && (!Number.isInteger(n) || Number.isSafeInteger(n))),
)

/** Every kind of value that strict canonical JSON can hold. */
export const jsonValues: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.oneof(unicodeText, numbers, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(
      unicodeText.filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 20, noNullPrototype: true },
    ),
  ),
})).value
