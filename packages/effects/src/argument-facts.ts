import { hash } from 'node:crypto'
import { canonicalize, maxFactBytes } from '@ice-runtime/kernel'
import type { Fact, FactDeclaration, FactDeclarations, Facts, Json, JsonObject, JsonSchema } from '@ice-runtime/kernel'

/** How the facts about an argument that is content are named after it. */
export const contentSuffixes: readonly string[] = ['Kind', 'SizeBytes', 'Digest']

/** What policy can expect of one argument. `content` is seen as `<name>Kind`, `<name>SizeBytes` and `<name>Digest`. */
export interface FactShape {
  readonly argument: string
  readonly type: 'string' | 'integer' | 'boolean' | 'strings' | 'content'
  readonly optional: boolean
  /** The schema bounds it below the size of a fact, so that it is always seen as it is. */
  readonly bounded: boolean
}

/**
 * Which facts the arguments of an action give by themselves, from their JSON Schema alone, so that a policy can be checked before
 * anything is proposed. In name order.
 */
export function factShapes(argsSchema: JsonSchema): readonly FactShape[] {
  const required = argsSchema['required']
  const names = Array.isArray(required) ? required : []
  return Object.entries(members(argsSchema['properties']))
    .map(([argument, value]) => {
      const schema = members(value)
      // A default stands in the normalized arguments, where facts are read.
      const optional = !names.includes(argument) && schema['default'] === undefined
      return { argument, type: typeOf(schema), optional, bounded: isBounded(schema) }
    })
    .sort((left, right) => (left.argument < right.argument ? -1 : 1))
}

/**
 * What the facts of these shapes are declared as. An argument that may be too long for a fact gives either itself or its kind, size
 * and digest, so all four are optional; one that its schema bounds (`z.string().max(200)`, `z.enum(…)`) is simply there.
 */
export function shapeDeclarations(shapes: readonly FactShape[]): FactDeclarations {
  return Object.fromEntries(shapes.flatMap(declarationsOf))
}

function declarationsOf({ argument, type, optional, bounded }: FactShape): [string, FactDeclaration][] {
  const given = (declared: FactDeclaration['type'], isOptional: boolean): FactDeclaration =>
    isOptional ? { type: declared, optional: true } : { type: declared }
  if (type !== 'content' && (bounded || type === 'boolean')) return [[argument, given(type, optional)]]
  const isEither = type !== 'content'
  const content: [string, FactDeclaration][] = [
    [`${argument}Kind`, given('string', optional || isEither)],
    [`${argument}SizeBytes`, given('integer', optional || isEither)],
    [`${argument}Digest`, given('string', optional || isEither)],
  ]
  return isEither ? [[argument, given(type, true)], ...content] : content
}

/** No character takes more than four bytes, in whichever way a schema counts them. */
const maxBoundedChars = maxFactBytes / 4

function isBounded(schema: JsonObject): boolean {
  switch (typeOf(schema)) {
    case 'string':
      return maxChars(schema) <= maxBoundedChars
    case 'integer':
      return isSafeBound(schema['minimum'] ?? schema['exclusiveMinimum']) && isSafeBound(schema['maximum'] ?? schema['exclusiveMaximum'])
    case 'strings':
      return numberOr(schema['maxItems']) * maxChars(members(schema['items'])) <= maxBoundedChars
    case 'boolean':
      return true
    default:
      return false
  }
}

function maxChars(schema: JsonObject): number {
  const options = schema['const'] === undefined ? schema['enum'] : [schema['const']]
  if (Array.isArray(options)) return Math.max(0, ...options.map((option) => (typeof option === 'string' ? option.length : Infinity)))
  return numberOr(schema['maxLength'])
}

function numberOr(value: Json | undefined): number {
  return typeof value === 'number' ? value : Infinity
}

function isSafeBound(value: Json | undefined): boolean {
  return Number.isSafeInteger(value)
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
