import fc from 'fast-check'
import type { z } from 'zod/mini'
import { jsonValues } from './json-values.ts'

/** Values a schema of events takes, or nearly: bounds are reached and passed, members are missing, added, undefined or of another type. */
export function nearlyValid(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const definition = (schema as z.core.$ZodTypes)._zod.def
  switch (definition.type) {
    case 'object':
      return objects(definition.shape)
    case 'optional':
      return nearlyValid(definition.innerType)
    case 'array':
      return often(
        fc.array(nearlyValid(definition.element), { maxLength: 4 }),
        fc.constantFrom<unknown>([undefined], Array(2), 'list', null),
      )
    case 'union':
      return fc.oneof(...definition.options.map(nearlyValid))
    case 'string':
      return often(wellFormed(schema as z.ZodMiniType), texts)
    case 'number':
      return often(fc.integer({ min: 1 }), fc.constantFrom<unknown>(-0, -1, 0, 0.5, 2 ** 53, Number.NaN, '1', 1n))
    case 'boolean':
      return often(fc.boolean(), fc.constantFrom<unknown>(0, 'true'))
    case 'enum':
      return often(fc.constantFrom<unknown>(...Object.values(definition.entries)), fc.constant('none'))
    case 'literal':
      return often(fc.constantFrom<unknown>(...definition.values), fc.constant('none'))
    default:
      return often(
        fc.oneof(
          jsonValues.map((value) => ({ value })),
          fc.constant({ blob: 'a'.repeat(64), sizeBytes: 7 }),
        ),
        fc.oneof(
          jsonValues,
          fc.constantFrom<unknown>({ value: '\ud800' }, { value: -0 }, { value: undefined }, undefined, new Map(), () => 1),
        ),
      )
  }
}

const forms: readonly string[] = ['a'.repeat(64), 'run_aaaaaaaaaaaa', 'sub_aaaaaaaaaaaa', 'system#1']

/** Any text where any will do, else what the schema's pattern takes. */
function wellFormed(schema: z.ZodMiniType): fc.Arbitrary<unknown> {
  const taken = forms.filter((form) => schema.safeParse(form).success)
  return taken.length === forms.length ? fc.string({ unit: 'binary', maxLength: 12 }) : fc.constantFrom(...taken)
}

const texts = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom<unknown>('\ud800', 'é'.repeat(257), 'x'.repeat(4097), '"\\\n\u2028\u0000\u007f', 7, null, undefined, ['a'.repeat(64)]),
)

function often<Value>(usual: fc.Arbitrary<Value>, odd: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: usual, weight: 30 }, { arbitrary: odd, weight: 1 })
}

function objects(shape: Readonly<Record<string, z.core.$ZodType>>): fc.Arbitrary<unknown> {
  const required = Object.keys(shape).filter((key) => (shape[key] as z.core.$ZodTypes)._zod.def.type !== 'optional')
  const members = fc.record(Object.fromEntries(Object.entries(shape).map(([key, member]) => [key, nearlyValid(member)])), {
    requiredKeys: required,
  })
  const usual = members.chain((object) =>
    fc.shuffledSubarray(Object.keys(object), { minLength: Object.keys(object).length }).map((keys) => picked(object, keys)),
  )
  const odd = members.chain((object) => fc.constantFrom<unknown>(...spoiled(object)))
  return often(usual, odd)
}

function picked(object: Readonly<Record<string, unknown>>, keys: readonly string[]): object {
  return Object.fromEntries(keys.map((key) => [key, object[key]]))
}

function spoiled(object: object): readonly unknown[] {
  const keys = Object.keys(object)
  const hidden = Object.defineProperty({ ...object }, keys[0] ?? 'hidden', { value: 1, enumerable: false })
  return [
    picked(object as Readonly<Record<string, unknown>>, keys.slice(1)),
    { ...object, [keys[0] ?? 'more']: undefined },
    { ...object, more: 1 },
    { ...object, more: undefined },
    Object.assign(Object.create(null) as object, object),
    Object.create(object),
    Object.fromEntries([...Object.entries(object), ['__proto__', 1]]),
    hidden,
    Object.entries(object),
    null,
    undefined,
  ]
}
