import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonValues } from '../../tests/json-values.ts'
import type { EntryBody } from './entry.ts'
import type { Json } from './json.ts'
import { createUpcasts } from './upcast.ts'
import type { Upcaster } from './upcast.ts'

/** A step that leaves its mark, so that a missing, doubled or misplaced step shows in the result. */
function marking(type: string, from: number): Upcaster {
  return { type, from, lift: (payload) => ({ [`${type} ${from} to ${from + 1}`]: payload }) }
}

function stepsTo(type: string, current: number): readonly Upcaster[] {
  return Array.from({ length: current - 1 }, (_, index) => marking(type, index + 1))
}

function body(type: string, v: number, payload: Json): EntryBody {
  return { type, v, origin: 'runtime', at: 7, causes: [1, 2], payload }
}

const known = [
  { type: 'RunRequested', v: 5 },
  { type: 'ActionProposed', v: 3 },
  { type: 'PlanStated', v: 1 },
]
const steps = known.flatMap(({ type, v }) => stepsTo(type, v))
/** As many steps as are lost with every step from version 2. */
const lateSteps = [marking('RunRequested', 5), marking('ActionProposed', 3)]
const oldBodies = fc
  .constantFrom(...known)
  .chain(({ type, v }) => fc.tuple(fc.integer({ min: 1, max: v }), jsonValues).map(([version, payload]) => body(type, version, payload)))

describe('an old body', () => {
  test('is lifted by each later step once and in order, and nothing else of it changes', () => {
    fc.assert(
      fc.property(oldBodies, (old) => {
        const current = known.find(({ type }) => type === old.type)?.v ?? 0
        let payload = old.payload
        for (let from = old.v; from < current; from += 1) payload = marking(old.type, from).lift(payload)
        expect(createUpcasts(known, steps).upcast(old)).toStrictEqual({ ok: true, body: { ...old, v: current, payload } })
      }),
    )
  })

  test('is lifted the same whatever the order in which the steps are listed', () => {
    const shuffled = fc.shuffledSubarray([...steps], { minLength: steps.length })
    fc.assert(
      fc.property(oldBodies, shuffled, (old, list) => {
        expect(createUpcasts(known, list).upcast(old)).toStrictEqual(createUpcasts(known, steps).upcast(old))
      }),
    )
  })

  test('is not changed in place, and lifting twice is lifting once', () => {
    fc.assert(
      fc.property(oldBodies, (old) => {
        const before = structuredClone(old)
        const upcasts = createUpcasts(known, steps)
        const once = upcasts.upcast(old)
        expect(old).toStrictEqual(before)
        expect(once.ok && upcasts.upcast(once.body)).toStrictEqual(once)
      }),
    )
  })
})

test('a current body is handed back as it is', () => {
  const current = body('RunRequested', 5, { a: 1 })
  const result = createUpcasts(known, steps).upcast(current)
  expect(result.ok && result.body).toBe(current)
})

describe('what this build does not know is an answer, not a fault', () => {
  test.each([
    ['a type of the future', body('RunPaused', 1, null), 'type'],
    ['a name of Object.prototype as type', body('constructor', 1, null), 'type'],
    ['a version of the future', body('RunRequested', 6, null), 'version'],
    ['version 0', body('RunRequested', 0, null), 'version'],
    ['half a version', body('RunRequested', 1.5, null), 'version'],
  ])('%s', (_, future, unknown) => {
    expect(createUpcasts(known, steps).upcast(future)).toMatchObject({ ok: false, code: 'taxonomy.unknown', unknown })
  })
})

describe('a list that is no chain is a bug found at once', () => {
  test.each<[string, readonly { type: string; v: number }[], readonly Upcaster[]]>([
    ['a gap', known, steps.filter(({ from }) => from !== 2)],
    ['a missing first step', known, steps.filter(({ from }) => from !== 1)],
    ['a missing last step', known, steps.filter(({ from }) => from !== 4)],
    ['a duplicate', known, [...steps, marking('RunRequested', 3)]],
    ['a gap made up for by a step beyond the current version', known, [...steps.filter(({ from }) => from !== 2), ...lateSteps]],
    ['a step beyond the current version', known, [...steps, marking('PlanStated', 1)]],
    ['a step of an unknown type', known, [...steps, marking('RunPaused', 1)]],
    ['a type defined twice', [...known, { type: 'PlanStated', v: 1 }], steps],
    ['version 0', [{ type: 'PlanStated', v: 0 }], []],
  ])('%s', (_, types, list) => {
    expect(() => createUpcasts(types, list)).toThrow(expect.objectContaining({ code: 'invariant.violated' }))
  })
})
