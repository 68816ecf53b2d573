import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearlyValid } from '../../tests/schema-values.ts'
import { canonicalize } from '../log/canonical.ts'
import type { EntryBody } from '../log/entry.ts'
import { IceError } from '../log/errors.ts'
import { createByteText, scratch } from '../log/byte-text.ts'
import { eventText, putEvent } from './event-text.ts'
import { checkEvent, isEventType, taxonomy } from './taxonomy.ts'
import type { EventType } from './taxonomy.ts'

const types: readonly EventType[] = Object.keys(taxonomy).filter(isEventType)

/** What the definition says: checked first, then written whole. */
function plainText(body: EntryBody): string {
  checkEvent(body)
  return canonicalize(body as never)
}

const memory = createByteText()
const decoder = new TextDecoder()

/** At once where that works, the plain way where it does not: as a run records it. */
function writtenText(body: EntryBody): string {
  const bytes = scratch(memory, (into) => putEvent(into, body))
  return bytes === undefined ? eventText(body) : decoder.decode(bytes)
}

function outcomeOf(write: () => string): string {
  try {
    return write()
  } catch (error) {
    if (error instanceof IceError) return `${error.code} ${error.message}`
    throw error
  }
}

const causes = fc.oneof(
  fc.array(fc.integer({ min: 1 }), { maxLength: 3 }),
  fc.constantFrom<EntryBody['causes']>(['run_aaaaaaaaaaaa#1' as never], [-0], [0.5], [Number.NaN]),
)
const ats = fc.oneof(fc.nat(), fc.constantFrom(1_764_000_000_000, -0, -5, 0.5, Number.NaN))

function bodies(type: EventType): fc.Arbitrary<EntryBody> {
  const { origins, payload, v } = taxonomy[type]
  return fc.record({
    type: fc.constant(type),
    v: fc.oneof({ arbitrary: fc.constant(v), weight: 20 }, { arbitrary: fc.constantFrom(0, v + 1), weight: 1 }),
    origin: fc.oneof(
      { arbitrary: fc.constantFrom(...origins), weight: 20 },
      { arbitrary: fc.constantFrom('agent' as const, 'import' as const), weight: 1 },
    ),
    at: ats,
    causes,
    payload: nearlyValid(payload),
  })
}

/** The first valid events of a type, the same ones each time: writers remember as many orders of keys as they meet first. */
function firstValid(type: EventType): readonly EntryBody[] {
  const sampled = fc.sample(bodies(type), { numRuns: 400, seed: 1 })
  return sampled.filter((body) => outcomeOf(() => plainText(body)).startsWith('{')).slice(0, 8)
}

test('an event of any type is written at once', () => {
  for (const type of types) {
    const atOnce = firstValid(type).filter((body) => scratch(memory, (into) => putEvent(into, body)) !== undefined)
    expect(atOnce.length, `of ${type} some are written at once`).toBeGreaterThan(0)
  }
})

test('an event is taken, refused and written as its definition and the canonical form say', () => {
  for (const type of types) {
    let taken = 0
    fc.assert(
      fc.property(bodies(type), (body) => {
        const plain = outcomeOf(() => plainText(body))
        if (plain.startsWith('{')) taken += 1
        expect(outcomeOf(() => writtenText(body))).toBe(plain)
      }),
      { numRuns: 400 },
    )
    expect(taken, `of ${type} some are taken`).toBeGreaterThan(10)
  }
})

test('a type that is none is refused', () => {
  for (const type of ['', 'toString', '__proto__', 'RunImagined']) {
    const body: EntryBody = { type, v: 1, origin: 'runtime', at: 1, causes: [], payload: {} }
    expect(outcomeOf(() => writtenText(body))).toMatch(/^taxonomy\.unknown /)
  }
})

test('what stands beside the body in an entry is not in its text', () => {
  const body: EntryBody = { type: 'ProvisioningStarted', v: 1, origin: 'runtime', at: 1, causes: [1], payload: {} }
  const entry = { ...body, stream: 'run_aaaaaaaaaaaa', seq: 2 }
  expect(writtenText(entry)).toBe(plainText(body))
  expect(writtenText({ ...entry, causes: ['system#1' as never] })).toBe(plainText({ ...body, causes: ['system#1' as never] }))
})
