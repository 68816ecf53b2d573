import { canonicalize, IceError, maxJsonDepth } from '@ice-runtime/kernel'
import type { Json } from '@ice-runtime/kernel'

/**
 * Copies what an author's code returned into plain JSON, so that a date, a map or a shared reference cannot pass as data.
 * Members that are `undefined` are left out. Throws `json.malformed`.
 */
export function toJson(value: unknown): Json {
  return toJsonText(value).json
}

/** A value with its canonical text. */
export interface JsonText {
  readonly json: Json
  readonly text: string
}

/** The same with the text that shows that it is JSON. */
export function toJsonText(value: unknown): JsonText {
  const json = copy(value, 0)
  return { json, text: canonicalize(json) }
}

function copy(value: unknown, depth: number): Json {
  if (depth > maxJsonDepth) throw new IceError('json.malformed', `nesting deeper than ${maxJsonDepth}`)
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map((item: unknown) => copy(item, depth + 1))
  if (typeof value === 'object' && isPlain(value)) return copyMembers(value, depth + 1)
  throw new IceError('json.malformed', `a value of type ${typeof value} is not JSON`)
}

function copyMembers(object: object, depth: number): Json {
  const copied: Record<string, Json> = {}
  for (const [key, member] of Object.entries(object)) {
    // Assigning it would change what the copy inherits; the canonical form refuses it too.
    if (key === '__proto__') throw new IceError('json.malformed', 'a key named __proto__ is not JSON')
    if (member !== undefined) copied[key] = copy(member, depth)
  }
  return copied
}

/** Objects of another realm are plain too, which is why the prototype's own prototype is what is looked at. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null)
}
