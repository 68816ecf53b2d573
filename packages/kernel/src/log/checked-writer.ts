import type { z } from 'zod/mini'
import { putAscii, putJson, putNumber, putText } from './byte-text.ts'
import type { ByteText } from './byte-text.ts'
import { canonicalize } from './canonical.ts'
import type { Json } from './json.ts'

/**
 * Checks a value against a schema and writes its canonical form in one pass. False when it did not do both, and may have written a
 * part: then the schema and `canonicalize` say what is wrong, or that nothing is.
 */
export type CheckedWriter = (value: unknown, into: ByteText) => boolean

type Schema = z.core.$ZodType
type Definition = z.core.$ZodTypes['_zod']['def']

/**
 * A writer for values of a schema that stand `depth` levels down in what is written. Every entry is checked and written, so both are
 * worked out once for its type: names in order and quoted, texts of words that are listed. What this does not know of schemas it
 * asks the schema itself about.
 */
export function checkedWriter(schema: Schema, depth: number): CheckedWriter {
  const definition = (schema as z.core.$ZodTypes)._zod.def
  return writerOf(definition, depth) ?? askingWriter(schema, depth)
}

function writerOf(definition: Definition, depth: number): CheckedWriter | undefined {
  switch (definition.type) {
    case 'object':
      return definition.catchall?._zod.def.type === 'never' ? objectWriter(definition.shape, depth) : undefined
    case 'optional':
      return checkedWriter(definition.innerType, depth)
    case 'array':
      return listWriter(definition, depth)
    case 'union':
      return firstOf(definition.options.map((option) => checkedWriter(option, depth)))
    case 'string':
      return textWriter(definition)
    case 'number':
      return integerWriter(definition)
    case 'boolean':
      return wordWriter([true, false])
    case 'enum':
      return wordWriter(Object.values(definition.entries))
    case 'literal':
      return wordWriter(definition.values)
    case 'unknown':
      return (value, into) => putJson(into, value, depth)
    case 'custom':
      return predicateWriter(definition, depth)
    default:
      return undefined
  }
}

function askingWriter(schema: Schema, depth: number): CheckedWriter {
  const answers = schema as z.ZodMiniType
  return (value, into) => answers.safeParse(value).success && putJson(into, value, depth)
}

function predicateWriter(definition: Definition, depth: number): CheckedWriter | undefined {
  if (!('fn' in definition) || definition.checks !== undefined) return undefined
  const holds = definition.fn
  return (value, into) => holds(value) === true && putJson(into, value, depth)
}

interface Member {
  /** Place among the members in canonical order. */
  readonly place: number
  /** The name and its colon, with what stands before the first member and before a later one. */
  readonly first: string
  readonly later: string
  readonly required: boolean
  readonly write: CheckedWriter
}

/** Keys in the order objects of one origin have them, and what to write of them in which order. */
interface Plan {
  readonly keys: readonly string[]
  readonly steps: readonly { readonly key: string; readonly lead: string; readonly write: CheckedWriter }[]
  readonly end: string
}

/** Sets of keys remembered for one type: more than the code has ways to make it, bounded because senders choose keys too. */
const maxPlans = 8

function objectWriter(shape: Readonly<Record<string, Schema>>, depth: number): CheckedWriter | undefined {
  if (!Object.keys(shape).every(isAscii)) return undefined
  const members = membersOf(shape, depth)
  const plans: Plan[] = []
  const planFor = (value: object): Plan | undefined => {
    for (const plan of plans) if (hasKeys(value, plan.keys)) return plan
    const plan = plans.length < maxPlans ? planOf(Object.keys(value), members) : undefined
    if (plan !== undefined) plans.push(plan)
    return plan
  }
  return (value, into) => {
    if (!isPlain(value)) return false
    const plan = planFor(value)
    if (plan === undefined) return false
    for (const { key, lead, write } of plan.steps) {
      putAscii(into, lead)
      if (!write(value[key], into)) return false
    }
    putAscii(into, plan.end)
    return true
  }
}

function membersOf(shape: Readonly<Record<string, Schema>>, depth: number): ReadonlyMap<string, Member> {
  const names = Object.keys(shape).sort()
  return new Map(
    names.flatMap((name, place) => {
      const schema = shape[name]
      if (schema === undefined) return []
      const named = `${canonicalize(name)}:`
      const required = (schema as z.core.$ZodTypes)._zod.def.type !== 'optional'
      return [[name, { place, first: `{${named}`, later: `,${named}`, required, write: checkedWriter(schema, depth + 1) }]]
    }),
  )
}

/** Undefined for keys that no object of the type has. */
function planOf(keys: readonly string[], members: ReadonlyMap<string, Member>): Plan | undefined {
  const found: (Member & { readonly key: string })[] = []
  for (const key of keys) {
    const member = members.get(key)
    if (member === undefined) return undefined
    found.push({ ...member, key })
  }
  const missing = members.entries().some(([name, { required }]) => required && !keys.includes(name))
  if (missing) return undefined
  found.sort((left, right) => left.place - right.place)
  const steps = found.map(({ key, first, later, write }, index) => ({ key, lead: index === 0 ? first : later, write }))
  return { keys, steps, end: steps.length === 0 ? '{}' : '}' }
}

/** A plain object has these keys in this order. Asked this way no list is made for the answer; inherited keys, which none has, only say no. */
function hasKeys(value: object, keys: readonly string[]): boolean {
  let count = 0
  for (const key in value) {
    if (key !== keys[count]) return false
    count += 1
  }
  return count === keys.length
}

/** What a schema looks for beyond an object's own keys is not there in a plain one. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

interface Bounds {
  readonly least: number
  readonly most: number
}

/** The bounds that checks put on a length; undefined when there is a check that bounds none. */
function lengthBounds(checks: readonly z.core.$ZodCheck<never>[] | undefined): Bounds | undefined {
  let least = 0
  let most = Number.POSITIVE_INFINITY
  for (const check of checks ?? []) {
    const definition = (check as z.core.$ZodChecks)._zod.def
    if (definition.check === 'max_length') most = Math.min(most, definition.maximum)
    else if (definition.check === 'min_length') least = Math.max(least, definition.minimum)
    else return undefined
  }
  return { least, most }
}

function listWriter(definition: z.core.$ZodArrayDef, depth: number): CheckedWriter | undefined {
  const bounds = lengthBounds(definition.checks)
  if (bounds === undefined) return undefined
  const { least, most } = bounds
  const write = checkedWriter(definition.element, depth + 1)
  return (value, into) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) return false
    putAscii(into, '[')
    for (let index = 0; index < value.length; index += 1) {
      if (index > 0) putAscii(into, ',')
      if (!write(value[index], into)) return false
    }
    putAscii(into, ']')
    return true
  }
}

function firstOf(writers: readonly CheckedWriter[]): CheckedWriter {
  return (value, into) => {
    const { at } = into
    for (const write of writers) {
      if (write(value, into)) return true
      into.at = at
    }
    return false
  }
}

function textWriter(definition: z.core.$ZodStringDef): CheckedWriter | undefined {
  if ('format' in definition) return undefined
  const pattern = onlyPattern(definition.checks)
  if (pattern !== undefined) return (value, into) => typeof value === 'string' && pattern.test(value) && putText(into, value)
  const bounds = lengthBounds(definition.checks)
  if (bounds === undefined) return undefined
  const { least, most } = bounds
  return (value, into) => typeof value === 'string' && value.length >= least && value.length <= most && putText(into, value)
}

/** The one pattern that is the one check of a text. One that remembers where it was would answer differently the next time. */
function onlyPattern(checks: readonly z.core.$ZodCheck<never>[] = []): RegExp | undefined {
  const [check, ...more] = checks
  const checking = (check as z.core.$ZodChecks | undefined)?._zod.def
  if (checking === undefined || more.length > 0 || !('pattern' in checking) || checking.format !== 'regex') return undefined
  const { pattern } = checking
  return pattern === undefined || pattern.global || pattern.sticky ? undefined : pattern
}

function integerWriter(definition: z.core.$ZodNumberDef): CheckedWriter | undefined {
  if (!('format' in definition) || definition.format !== 'safeint') return undefined
  let least = Number.MIN_SAFE_INTEGER
  for (const check of definition.checks ?? []) {
    const bound = (check as z.core.$ZodChecks)._zod.def
    if (bound.check !== 'greater_than' || !bound.inclusive || typeof bound.value !== 'number') return undefined
    least = Math.max(least, bound.value)
  }
  return (value, into) => Number.isSafeInteger(value) && (value as number) >= least && putNumber(into, value as number)
}

function wordWriter(words: readonly unknown[]): CheckedWriter | undefined {
  // A map takes a negative zero for a zero.
  if (words.some((word) => typeof word === 'number')) return undefined
  const texts = new Map(words.map((word) => [word, canonicalize(word as Json)]))
  if (![...texts.values()].every(isAscii)) return undefined
  return (value, into) => {
    const text = texts.get(value)
    if (text === undefined) return false
    putAscii(into, text)
    return true
  }
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) >= 0x80) return false
  return true
}
