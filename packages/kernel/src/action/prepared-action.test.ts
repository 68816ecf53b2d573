import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonValues } from '../../tests/json-values.ts'
import { createByteText } from '../log/byte-text.ts'
import { canonicalize } from '../log/canonical.ts'
import type { Sha256 } from '../log/entry.ts'
import { requestDigest } from './prepared-action.ts'
import type { PreparedAction } from './prepared-action.ts'

const memory = createByteText()
const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest()

function outcomeOf(digest: () => string): string {
  try {
    return digest()
  } catch (error) {
    return String(error)
  }
}

const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('\ud800', 'x'.repeat(5000), ''))
const values = fc.oneof(jsonValues, fc.constantFrom<unknown>(undefined, Number.NaN, -0, '\udfff', { ['__proto__']: 1 }))
const requests = fc
  .record(
    {
      action: texts,
      args: values,
      resources: fc.array(texts, { maxLength: 3 }),
      facts: fc.oneof(fc.dictionary(texts, fc.oneof(texts, fc.integer(), fc.boolean())), values),
      class: fc.constantFrom('observe', 'staged', 'keyed', 'irreversible', 'none'),
      egress: fc.record({ destinations: fc.array(texts, { maxLength: 3 }) }),
      cost: fc.oneof(
        fc.record({ moneyMicro: fc.oneof(fc.nat(), fc.constant('unknown')) }),
        fc.constant({}),
        fc.constantFrom({ tokens: -1 }, { euros: 0.5 }),
      ),
      label: fc.constantFrom('trusted/public', 'untrusted/secret', 'none'),
      atOnce: fc.record({ reason: texts }),
      more: values,
    },
    { requiredKeys: ['action', 'args', 'resources', 'facts', 'class', 'cost'] },
  )
  .chain((request) => fc.shuffledSubarray(Object.entries(request), { minLength: Object.keys(request).length }))
  .map((members) => Object.fromEntries(members) as unknown as PreparedAction)

test('the digest of a request is that of its canonical form, whatever a driver made of it', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const plain = outcomeOf(() =>
        createHash('sha256')
          .update(canonicalize(request as never))
          .digest('hex'),
      )
      expect(outcomeOf(() => requestDigest(request, sha256))).toBe(plain)
      expect(outcomeOf(() => requestDigest(request, sha256, memory))).toBe(plain)
    }),
    { numRuns: 500 },
  )
})
