import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unicodeText } from '../../tests/json-values.ts'
import { emptyMap } from './persistent-map.ts'
import type { PersistentMap } from './persistent-map.ts'

/** Texts of one 32-bit hash, so that nothing can rest on hashes being different. */
const colliding = collisions(4)

type Step = { readonly do: 'with'; readonly key: string; readonly value: number } | { readonly do: 'without'; readonly key: string }

const fewKeys = fc.oneof(fc.constantFrom(...colliding, '', 'a', 'b', 'aa'), fc.nat(40).map(String))
const keys = fc.oneof({ weight: 4, arbitrary: fewKeys }, { weight: 1, arbitrary: unicodeText })
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('with' as const), key: keys, value: fc.nat(3) }),
    fc.record({ do: fc.constant('without' as const), key: keys }),
  ),
  { maxLength: 200 },
)

function apply(map: PersistentMap<number>, step: Step): PersistentMap<number> {
  return step.do === 'with' ? map.with(step.key, step.value) : map.without(step.key)
}

function applyToModel(model: Map<string, number>, step: Step): void {
  if (step.do === 'with') model.set(step.key, step.value)
  else model.delete(step.key)
}

function sortedEntries(model: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...model].sort(([left], [right]) => (left < right ? -1 : 1))
}

/** FNV-1a over code units, which the map's hash is a one-to-one function of. */
function fnv(text: string): number {
  return stepped(text) >>> 0
}

function stepped(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash
}

/** Texts of three units with the hash of `abc`: a last unit mends any difference of 16 bits that the first two left. */
function collisions(count: number): readonly string[] {
  const wanted = stepped('ab') ^ 'c'.charCodeAt(0)
  const found = ['abc']
  for (let first = 0x61; found.length < count; first += 1) {
    for (let second = 0; second < 0x10000 && found.length < count; second += 1) {
      const start = String.fromCharCode(first, second)
      const last = stepped(start) ^ wanted
      if (last >>> 16 === 0 && start !== 'ab') found.push(start + String.fromCharCode(last))
    }
  }
  return found
}

describe('a persistent map', () => {
  test('answers as a Map does after any history', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const model = new Map<string, number>()
        let map = emptyMap<number>()
        for (const step of list) {
          applyToModel(model, step)
          map = apply(map, step)
          expect(map.size).toBe(model.size)
          expect(map.get(step.key)).toBe(model.get(step.key))
          expect(map.has(step.key)).toBe(model.has(step.key))
        }
        expect(map.entries()).toStrictEqual(sortedEntries(model))
        for (const [key, value] of model) expect(map.get(key)).toBe(value)
      }),
      { numRuns: 200 },
    )
  })

  test('is never changed by what is made from it', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const history: { readonly map: PersistentMap<number>; readonly entries: unknown }[] = []
        let map = emptyMap<number>()
        for (const step of list) {
          history.push({ map, entries: map.entries() })
          map = apply(map, step)
        }
        for (const past of history) expect(past.map.entries()).toStrictEqual(past.entries)
      }),
      { numRuns: 50 },
    )
  })

  test('has its entries in key order, whatever the order in which they came', () => {
    const uniqueKeys = fc.uniqueArray(keys, { maxLength: 60 })
    fc.assert(
      fc.property(
        uniqueKeys.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([one, other]) => {
          const build = (list: readonly string[]): PersistentMap<string> =>
            list.reduce((map, key) => map.with(key, `${key}!`), emptyMap<string>())
          expect(build(one).entries()).toStrictEqual(build(other).entries())
          expect(build(one).entries()).toStrictEqual(one.toSorted((left, right) => (left < right ? -1 : 1)).map((key) => [key, `${key}!`]))
        },
      ),
    )
  })

  test('keeps keys of one hash apart, through replacing and removing each', () => {
    expect(colliding).toHaveLength(4)
    expect(new Set(colliding.map(fnv)).size).toBe(1)
    const full = colliding.reduce((map, key, index) => map.with(key, index), emptyMap<number>().with('other', 9))
    for (const [index, key] of colliding.entries()) {
      expect(full.get(key)).toBe(index)
      expect(full.with(key, 7).get(key)).toBe(7)
      expect(full.with(key, 7).size).toBe(5)
      const rest = full.without(key)
      expect(rest.has(key)).toBe(false)
      expect(rest.entries().map(([name]) => name)).toStrictEqual(
        [...colliding.filter((other) => other !== key), 'other'].sort((left, right) => (left < right ? -1 : 1)),
      )
    }
  })

  test('is the same map when nothing changes', () => {
    const map = emptyMap<number>().with('a', Number.NaN)
    expect(map.with('a', Number.NaN)).toBe(map)
    expect(map.without('b')).toBe(map)
    expect(map.with('a', 1)).not.toBe(map)
  })

  test('can hold undefined as a value', () => {
    const map = emptyMap<undefined>().with('a', undefined)
    expect([map.size, map.has('a'), map.get('a'), map.has('b')]).toStrictEqual([1, true, undefined, false])
    expect(map.without('a').size).toBe(0)
  })

  test('holds 100,000 keys and gives each back', () => {
    let map = emptyMap<number>()
    for (let index = 0; index < 100_000; index += 1) map = map.with(`run#${index}`, index)
    expect(map.size).toBe(100_000)
    for (let index = 0; index < 100_000; index += 1) if (map.get(`run#${index}`) !== index) throw new Error(`lost run#${index}`)
    for (let index = 0; index < 100_000; index += 1) map = map.without(`run#${index}`)
    expect(map.entries()).toStrictEqual([])
  })
})
