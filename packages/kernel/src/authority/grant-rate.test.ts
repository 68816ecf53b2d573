import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dueAfter, isDue, isRate, isRateWithin, maxRateMs, maxRateUses } from './grant-rate.ts'
import type { Rate } from './grant-rate.ts'

const start = 1_767_225_600_000

/** The times of those that are let through, of uses asked for at these times. */
function letThrough(rate: Rate, times: readonly number[]): readonly number[] {
  let due = 0
  return times.filter((at) => {
    if (!isDue(rate, due, at)) return false
    due = dueAfter(rate, due, at)
    return true
  })
}

const rates = fc.record({ uses: fc.integer({ min: 1, max: 6 }), perMs: fc.integer({ min: 1, max: 40 }) })
/** Whose pace is a whole number of milliseconds, so that a faster one shows before long. */
const wholeRates = fc
  .record({ uses: fc.integer({ min: 1, max: 4 }), pace: fc.integer({ min: 1, max: 9 }) })
  .map(({ uses, pace }) => ({ uses, perMs: uses * pace }))
const schedules = fc.array(fc.nat(8), { maxLength: 60 }).map((pauses) => {
  let at = start
  return pauses.map((pause) => (at += pause))
})

describe('a rate', () => {
  test('lets a burst through, and then one use for each part of its stretch', () => {
    const rate = { uses: 3, perMs: 30 }
    const everyMs = Array.from({ length: 41 }, (_, index) => start + index)
    expect(letThrough(rate, [start, start, start, start])).toHaveLength(3)
    expect(letThrough(rate, everyMs).map((at) => at - start)).toEqual([0, 1, 2, 10, 20, 30, 40])
  })

  test('lets no more through in any stretch than its burst and its pace add up to', () => {
    fc.assert(
      fc.property(rates, schedules, (rate, times) => {
        const through = letThrough(rate, times)
        for (const [first, from] of through.entries()) {
          for (const [last, to] of through.entries()) {
            if (last < first) continue
            expect(last - first + 1).toBeLessThanOrEqual(rate.uses + Math.floor(((to - from) * rate.uses) / rate.perMs))
          }
        }
      }),
    )
  })

  test('keeps nobody waiting who stays below its pace', () => {
    fc.assert(
      fc.property(wholeRates, fc.integer({ min: 1, max: 50 }), (rate, count) => {
        const paced = Array.from({ length: count }, (_, index) => start + (index * rate.perMs) / rate.uses)
        expect(letThrough(rate, paced)).toEqual(paced)
      }),
    )
  })

  test('within another never lets through what the other would not', () => {
    fc.assert(
      fc.property(rates, rates, schedules, (child, parent, times) => {
        fc.pre(isRateWithin(child, parent))
        const through = letThrough(child, times)
        expect(letThrough(parent, through)).toEqual(through)
      }),
    )
  })

  test('not within another lets through what the other would not', () => {
    fc.assert(
      fc.property(wholeRates, wholeRates, (child, parent) => {
        fc.pre(!isRateWithin(child, parent))
        const eager = Array.from({ length: 1000 }, (_, index) => Array.from({ length: 4 }, () => start + index)).flat()
        const through = letThrough(child, eager)
        expect(letThrough(parent, through).length).toBeLessThan(through.length)
      }),
    )
  })

  test('is whole, positive, and no finer or rarer than can be counted exactly', () => {
    expect(isRate({ uses: 1, perMs: 1 })).toBe(true)
    expect(isRate({ uses: maxRateUses, perMs: maxRateMs })).toBe(true)
    for (const uses of [0, -1, 0.5, Number.NaN, maxRateUses + 1]) expect(isRate({ uses, perMs: 1 })).toBe(false)
    for (const perMs of [0, -1, 0.5, Number.NaN, maxRateMs + 1]) expect(isRate({ uses: 1, perMs })).toBe(false)
    expect(Number.isSafeInteger(dueAfter({ uses: maxRateUses, perMs: maxRateMs }, 2 ** 52, start))).toBe(true)
  })
})
