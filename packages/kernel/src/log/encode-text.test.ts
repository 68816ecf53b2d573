import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeText } from './encode-text.ts'

test('a text has the bytes UTF-8 gives it, whatever memory it is put into', () => {
  const used = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes).fill(0xaa)
  const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', 'é', '\u{10ffff}', 'a\u{10000}', 'ab\ud800'))
  fc.assert(
    fc.property(texts, (text) => {
      const plain = new TextEncoder().encode(text)
      expect([...encodeText(text)]).toEqual([...plain])
      expect([...encodeText(text, used)]).toEqual([...plain])
    }),
  )
})
