import { expect, test } from 'vitest'
import { z } from 'zod'
import { factsProblem, maxFactBytes } from '@ice-runtime/kernel'
import type { Facts, Json } from '@ice-runtime/kernel'
import { argsJsonSchema } from './args-schema.ts'
import { argumentFacts, factShapes, shapeDeclarations } from './argument-facts.ts'

const schema = z.strictObject({
  path: z.string(),
  mode: z.enum(['fast', 'slow']).optional(),
  count: z.int(),
  dry: z.boolean(),
  tags: z.array(z.string()),
  ratio: z.number(),
  target: z.union([z.string(), z.int()]),
  body: z.strictObject({ text: z.string() }),
})
const shapes = factShapes(argsJsonSchema('notes.save', schema))
const args = { path: 'a.md', count: 3, dry: true, tags: ['x', 'y'], ratio: 0.5, target: 'b', body: { text: 'hello' } }

function factsOf(value: Json): Facts {
  return argumentFacts(shapes, value)
}

test('text, whole numbers, truth values and lists of texts are facts as they are', () => {
  expect(factsOf(args)).toMatchObject({ path: 'a.md', count: 3, dry: true, tags: ['x', 'y'] })
  expect(factsOf({ ...args, mode: 'fast' })).toMatchObject({ mode: 'fast' })
})

test('unions, fractions and objects are seen by kind, size and digest only', () => {
  const facts = factsOf(args)
  expect(facts).toMatchObject({ bodyKind: 'object', bodySizeBytes: 16, targetKind: 'string', targetSizeBytes: 1, ratioKind: 'number' })
  expect(facts['bodyDigest']).toMatch(/^[0-9a-f]{64}$/)
  for (const name of ['body', 'target', 'ratio']) expect(facts).not.toHaveProperty(name)
  expect(factsOf({ ...args, body: { text: 'other' } })['bodyDigest']).not.toBe(facts['bodyDigest'])
})

test('the shape of every fact is known before anything is proposed', () => {
  expect(shapes.map(({ argument, type, optional }) => `${argument}:${type}${optional ? '?' : ''}`)).toEqual([
    'body:content',
    'count:integer',
    'dry:boolean',
    'mode:string?',
    'path:string',
    'ratio:content',
    'tags:strings',
    'target:content',
  ])
})

test('text too long for a rule is content, so that a rule about it cannot match by accident', () => {
  expect(factsOf({ ...args, path: 'p'.repeat(maxFactBytes) })).toHaveProperty('path')
  const facts = factsOf({ ...args, path: 'é'.repeat(maxFactBytes / 2 + 1) })
  expect(facts).not.toHaveProperty('path')
  expect(facts).toMatchObject({ pathKind: 'string', pathSizeBytes: maxFactBytes + 2 })
})

test('what a schema bounds is declared as it is, what may be too long as itself or its content', () => {
  const bounded = z.strictObject({
    account: z.string().max(63),
    long: z.string().max(5000),
    mode: z.enum(['fast', 'slow']).optional(),
    count: z.int().default(1),
    tags: z.array(z.string().max(20)).max(10),
    names: z.array(z.string()),
    body: z.strictObject({}),
  })
  const declared = shapeDeclarations(factShapes(argsJsonSchema('notes.save', bounded)))
  const text = Object.entries(declared).map(([name, { type, optional }]) => `${name}:${type}${optional === true ? '?' : ''}`)
  expect(text.join(' ')).toBe(
    'account:string bodyKind:string bodySizeBytes:integer bodyDigest:string count:integer ' +
      'long:string? longKind:string? longSizeBytes:integer? longDigest:string? mode:string? ' +
      'names:strings? namesKind:string? namesSizeBytes:integer? namesDigest:string? tags:strings',
  )
})

test.each([args, { ...args, path: 'é'.repeat(maxFactBytes) }, { ...args, tags: ['x'.repeat(maxFactBytes + 1)] }])(
  'the facts of arguments %# are as declared',
  (given) => {
    expect(factsProblem(factsOf(given), shapeDeclarations(shapes))).toBeUndefined()
  },
)
