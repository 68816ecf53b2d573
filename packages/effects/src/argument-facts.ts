import { hash } from 'node:crypto'
import { canonicalize } from '@ice-runtime/kernel'
import type { Fact, Facts, Json, JsonObject, JsonSchema } from '@ice-runtime/kernel'

/** Longer text is no fact but content: policy sees its size and digest. */
export const maxFactBytes = 8192

/** How the facts about an argument that is content are named after it. */
export const contentSuffixes: readonly string[] = ['Kind', 'SizeBytes', 'Digest']

/** What policy can expect of one argument. `content` is seen as `<name>Kind`, `<name>SizeBytes` and `<name>Digest`. */
export interface FactShape {
  readonly argument: string
  readonly type: 'string' | 'integer' | 'boolean' | 'strings' | 'content'
  readonly optional: boolean
}

/**
 * Which facts the arguments of an action give by themselves, from their JSON Schema alone, so that a policy can be checked before
 * anything is proposed. In name order.
 */
export function factShapes(argsSchema: JsonSchema): readonly FactShape[] {
  const required = argsSchema['required']
  const names = Array.isArray(required) ? required : []
  return Object.entries(members(argsSchema['properties']))
    .map(([argument, schema]) => ({ argument, type: typeOf(members(schema)), optional: !names.includes(argument) }))
    .sort((left, right) => (left.argument < right.argument ? -1 : 1))
}

/** The facts of these arguments: plain ones as they are, everything else by kind, size and digest; absent ones are absent. */
export function argumentFacts(shapes: readonly FactShape[], args: Json): Facts {
  const facts: [string, Fact][] = []
  const byName = members(args)
  for (const { argument, type } of shapes) {
    const value = byName[argument]
    if (value === undefined) continue
    const plain = plainFact(type, value)
    if (plain === undefined) facts.push(...contentFacts(argument, value))
    else facts.push([argument, plain])
  }
  return Object.fromEntries(facts)
}

function typeOf(schema: JsonObject): FactShape['type'] {
  switch (schema['type']) {
    case 'string':
      return 'string'
    case 'integer':
      return 'integer'
    case 'boolean':
      return 'boolean'
    case 'array':
      return members(schema['items'])['type'] === 'string' ? 'strings' : 'content'
    default:
      return 'content'
  }
}

function plainFact(type: FactShape['type'], value: Json): Fact | undefined {
  if (type === 'string' && typeof value === 'string') return sizeBytes(value) <= maxFactBytes ? value : undefined
  if (type === 'integer' && Number.isSafeInteger(value) && typeof value === 'number') return value
  if (type === 'boolean' && typeof value === 'boolean') return value
  if (type === 'strings' && isTextList(value)) return sizeBytes(value.join('')) <= maxFactBytes ? value : undefined
  return undefined
}

function contentFacts(argument: string, value: Json): [string, Fact][] {
  const text = typeof value === 'string' ? value : canonicalize(value)
  return [
    [`${argument}Kind`, kindOf(value)],
    [`${argument}SizeBytes`, sizeBytes(text)],
    [`${argument}Digest`, hash('sha256', text)],
  ]
}

function kindOf(value: Json): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}

function isTextList(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function members(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {}
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value)
}

function sizeBytes(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}
