import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Facts, Json } from '@ice-runtime/kernel'
import { argsJsonSchema } from './args-schema.ts'
import { argumentFacts, factShapes, maxFactBytes } from './argument-facts.ts'

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
