import { IceError } from './errors.ts'
import type { Json, JsonObject } from './json.ts'

/** Deep enough for any honest argument, shallow enough for every recursive reader. */
export const maxJsonDepth = 64

/**
 * Writes RFC 8785 canonical JSON: keys in UTF-16 order, ECMAScript number form, no white space.
 * Members that are `undefined` are left out. Throws `json.malformed` for NaN, infinities, unsafe integers, -0, lone surrogates, a
 * `__proto__` key, values JSON cannot hold, and nesting beyond `maxJsonDepth`.
 */
export function canonicalize(value: Json): string {
  return write(value, 0)
}

function write(value: Json, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value)
    case 'number':
      return writeNumber(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      if (depth >= maxJsonDepth) throw malformed(`nesting deeper than ${maxJsonDepth}`)
      return isList(value) ? writeList(value, depth + 1) : writeObject(value, depth + 1)
    default:
      throw malformed(`a value of type ${typeof value}`)
  }
}

/** Up to about this length looking at each character is cheaper than calling the native writer. */
const shortChars = 64

function writeString(text: string): string {
  if (text.length <= shortChars && needsNoEscape(text)) return `"${text}"`
  const quoted = JSON.stringify(text)
  // The native writer escapes lone surrogates, so text it only put quotes around holds none.
  if (quoted.length !== text.length + 2 && !text.isWellFormed()) throw malformed('a lone surrogate')
  return quoted
}

function needsNoEscape(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code === 0x22 || code === 0x5c || code >= 0xd800) return false
  }
  return true
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw malformed('a number that is not finite')
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw malformed('an integer beyond 2^53 - 1')
  if (Object.is(value, -0)) throw malformed('a negative zero')
  return String(value)
}

function writeList(list: readonly Json[], depth: number): string {
  let text = '['
  for (let index = 0; index < list.length; index += 1) {
    const item = list[index]
    if (item === undefined) throw malformed('a hole in a list')
    text += index === 0 ? write(item, depth) : `,${write(item, depth)}`
  }
  return `${text}]`
}

function writeObject(object: JsonObject, depth: number): string {
  let text = '{'
  for (const key of sortedKeys(object)) {
    const member = object[key]
    if (member === undefined) continue
    if (key === '__proto__') throw malformed('a key named __proto__')
    if (text !== '{') text += ','
    text += `${writeString(key)}:${write(member, depth)}`
  }
  return `${text}}`
}

/** Above this many keys sorting them one by one costs more than the general sort. */
const fewKeys = 16

/** Comparing strings, as `>` and Array#sort do, compares UTF-16 code units: the order RFC 8785 asks for. */
export function sortedKeys(object: object): readonly string[] {
  const keys = Object.keys(object)
  if (keys.length > fewKeys) return keys.sort()
  for (let count = 1; count < keys.length; count += 1) {
    const key = keys[count] ?? ''
    let place = count
    for (let before = keys[place - 1]; before !== undefined && before > key; before = keys[place - 1]) {
      keys[place] = before
      place -= 1
    }
    keys[place] = key
  }
  return keys
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value)
}

function malformed(what: string): IceError {
  return new IceError('json.malformed', `canonical JSON cannot hold ${what}`)
}
