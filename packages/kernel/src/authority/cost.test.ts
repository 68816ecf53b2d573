import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addCost, costDimensions, isAmount, subtractCost } from './cost.ts'
import type { Cost } from './cost.ts'

const most = Number.MAX_SAFE_INTEGER
const amounts = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 1, most - 1, most))
const costsOf = (values: fc.Arbitrary<number>): fc.Arbitrary<Cost> =>
  fc.record({ moneyMicro: values, tokens: values, sizeBytes: values, computeMs: values }, { requiredKeys: [] })
const costs = costsOf(amounts)
const noAmounts = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0.5, most + 1, -most]
/** What no schema lets in, and what must still not lower a bill or lift a ceiling. */
const wildCosts = costsOf(fc.oneof(amounts, fc.constantFrom(...noAmounts), fc.double()))

describe('an amount', () => {
  test('is a safe integer from zero on', () => {
    fc.assert(
      fc.property(amounts, (value) => {
        expect(isAmount(value)).toBe(true)
      }),
    )
  })

  test.each([...noAmounts, '1', 1n, undefined, null, 'unknown', [1], {}])('is not %s', (value) => {
    expect(isAmount(value)).toBe(false)
  })
})

describe('adding', () => {
  test('gives in each dimension the sum, or the most there is', () => {
    fc.assert(
      fc.property(costs, costs, (left, right) => {
        const sum = addCost(left, right)
        for (const dimension of costDimensions) {
          const exact = BigInt(left[dimension] ?? 0) + BigInt(right[dimension] ?? 0)
          expect(BigInt(sum[dimension] ?? 0)).toBe(exact > BigInt(most) ? BigInt(most) : exact)
        }
      }),
    )
  })

  test('does not depend on order or grouping', () => {
    fc.assert(
      fc.property(costs, costs, costs, (one, two, three) => {
        expect(addCost(one, two)).toStrictEqual(addCost(two, one))
        expect(addCost(addCost(one, two), three)).toStrictEqual(addCost(one, addCost(two, three)))
      }),
    )
  })

  test('names no dimension that is zero', () => {
    expect(addCost({ tokens: 0 }, {})).toStrictEqual({})
    expect(addCost({ tokens: 2 }, { moneyMicro: 3, tokens: 0 })).toStrictEqual({ moneyMicro: 3, tokens: 2 })
  })

  test('counts what is no amount as the most there is', () => {
    for (const value of noAmounts) {
      expect(addCost({ tokens: value }, { tokens: 1 })).toStrictEqual({ tokens: most })
      expect(addCost({}, { moneyMicro: value })).toStrictEqual({ moneyMicro: most })
    }
  })
})

describe('subtracting', () => {
  test('gives in each dimension the difference, or nothing', () => {
    fc.assert(
      fc.property(costs, costs, (left, right) => {
        const rest = subtractCost(left, right)
        for (const dimension of costDimensions) {
          expect(rest[dimension] ?? 0).toBe(Math.max(0, (left[dimension] ?? 0) - (right[dimension] ?? 0)))
        }
      }),
    )
  })

  test('takes back what was added, as long as nothing overflowed', () => {
    const small = costsOf(fc.nat())
    fc.assert(
      fc.property(small, small, (left, right) => {
        expect(subtractCost(addCost(left, right), right)).toStrictEqual(addCost(left, {}))
        expect(subtractCost(left, left)).toStrictEqual({})
      }),
    )
  })

  test('leaves nothing where either side is no amount', () => {
    for (const value of noAmounts) {
      expect(subtractCost({ tokens: value }, { tokens: 1 })).toStrictEqual({})
      expect(subtractCost({ tokens: 5 }, { tokens: value })).toStrictEqual({})
    }
  })
})

test('whatever goes in, only amounts come out', () => {
  fc.assert(
    fc.property(wildCosts, wildCosts, (left, right) => {
      for (const result of [addCost(left, right), subtractCost(left, right)]) {
        for (const value of Object.values(result)) expect(isAmount(value)).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})
