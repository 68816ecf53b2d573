import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { joinLabels, labels, publicTrusted, splitLabel } from './labels.ts'
import type { Confidentiality, Integrity, Label } from './labels.ts'

const integrities: readonly Integrity[] = ['trusted', 'untrusted']
const confidentialities: readonly Confidentiality[] = ['public', 'private', 'secret']
const top: Label = 'untrusted/secret'

/** The lattice has six points, so its laws are checked on all of them and not on a sample. */
const pairs = labels.flatMap((left) => labels.map((right) => [left, right] as const))
const triples = pairs.flatMap(([left, middle]) => labels.map((right) => [left, middle, right] as const))

function covers(upper: Label, lower: Label): boolean {
  const [upperIntegrity, upperConfidentiality] = splitLabel(upper)
  const [lowerIntegrity, lowerConfidentiality] = splitLabel(lower)
  return (
    integrities.indexOf(upperIntegrity) >= integrities.indexOf(lowerIntegrity) &&
    confidentialities.indexOf(upperConfidentiality) >= confidentialities.indexOf(lowerConfidentiality)
  )
}

test('the labels are all pairs of an integrity and a confidentiality, each once', () => {
  const all = integrities.flatMap((integrity) => confidentialities.map((confidentiality) => `${integrity}/${confidentiality}`))
  expect(labels).toStrictEqual(all)
})

test('a label splits into what it is written of', () => {
  for (const label of labels) expect(splitLabel(label).join('/')).toBe(label)
})

describe('join', () => {
  test('is commutative', () => {
    for (const [left, right] of pairs) expect(joinLabels(left, right)).toBe(joinLabels(right, left))
  })

  test('is associative', () => {
    for (const [left, middle, right] of triples) {
      expect(joinLabels(joinLabels(left, middle), right)).toBe(joinLabels(left, joinLabels(middle, right)))
    }
  })

  test('is idempotent', () => {
    for (const label of labels) expect(joinLabels(label, label)).toBe(label)
  })

  test('with public trusted content changes nothing, and with untrusted secrets gives those', () => {
    for (const label of labels) {
      expect(joinLabels(label, publicTrusted)).toBe(label)
      expect(joinLabels(label, top)).toBe(top)
    }
  })

  test('is the least label that covers both', () => {
    for (const [left, right] of pairs) {
      const join = joinLabels(left, right)
      expect(labels.filter((label) => covers(label, left) && covers(label, right) && covers(join, label))).toStrictEqual([join])
    }
  })

  test('never regains trust or openness, however many labels are joined and in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...labels), { minLength: 1 }), (list) => {
        const join = list.reduce(joinLabels)
        for (const label of list) expect(covers(join, label)).toBe(true)
        expect(list.toReversed().reduce(joinLabels)).toBe(join)
      }),
    )
  })
})
