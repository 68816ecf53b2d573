import { maxJsonDepth } from './canonical.ts'
import { IceError } from './errors.ts'
import type { Json } from './json.ts'

/** Largest text read as one value: far above any honest message, small enough that one message cannot fill memory. */
export const maxJsonChars: number = 8 * 1024 * 1024

export interface StrictJsonLimits {
  /** Lists and objects inside one another, at most `maxJsonDepth`: a caller can only ask for less. */
  readonly maxDepth?: number
  /** UTF-16 code units, `maxJsonChars` when absent. */
  readonly maxChars?: number
}

/**
 * Reads text from outside: RFC 8259, and beyond it only what `canonicalize` can write again with one meaning for every reader.
 * Throws `json.malformed`, with what and where, for anything that is no JSON and for duplicate keys, lone surrogates, integers
 * beyond 2^53 - 1, numbers too large for a double, -0, `__proto__` keys, a byte order mark and deep nesting; throws
 * `limit.exceeded` for too much text.
 */
export function parseStrictJson(text: string, limits: StrictJsonLimits = {}): Json {
  const maxChars = limits.maxChars ?? maxJsonChars
  if (text.length > maxChars) throw tooLarge(`${text.length} characters, at most ${maxChars} are read`)
  if (!text.isWellFormed()) throw malformed('a lone surrogate', text.search(/\p{Surrogate}/u))
  if (text.startsWith('\ufeff')) throw malformed('a byte order mark', 0)
  const cursor: Cursor = { text, at: 0, maxDepth: Math.min(limits.maxDepth ?? maxJsonDepth, maxJsonDepth) }
  skipSpace(cursor)
  const value = readValue(cursor, 0)
  skipSpace(cursor)
  if (cursor.at < text.length) throw malformed('text after the value', cursor.at)
  return value
}

/** The same for bytes, which must be UTF-8 without a byte order mark. The offset of bad UTF-8 counts bytes. */
export function parseStrictJsonBytes(bytes: Uint8Array, limits: StrictJsonLimits = {}): Json {
  const maxChars = limits.maxChars ?? maxJsonChars
  // UTF-8 spends at most three bytes on a UTF-16 code unit, so what is refused here is too long in any reading.
  if (bytes.length > maxChars * 3) throw tooLarge(`${bytes.length} bytes, at most ${maxChars} characters are read`)
  return parseStrictJson(decodeUtf8(bytes), limits)
}

/** Where the reader stands. Kept by one call and seen by nobody else, so `at` may move. */
interface Cursor {
  readonly text: string
  readonly maxDepth: number
  at: number
}

const quote = 0x22
const minus = 0x2d
const zero = 0x30
const nine = 0x39
const backslash = 0x5c

// Recursion goes no deeper than `maxDepth`, so no input can exhaust the stack.
function readValue(cursor: Cursor, depth: number): Json {
  const code = cursor.text.charCodeAt(cursor.at)
  if (code === quote) return readString(cursor)
  if (code === minus || isDigit(code)) return readNumber(cursor)
  switch (cursor.text[cursor.at]) {
    case '{':
      return readObject(cursor, depth + 1)
    case '[':
      return readList(cursor, depth + 1)
    case 't':
      return readWord(cursor, 'true', true)
    case 'f':
      return readWord(cursor, 'false', false)
    case 'n':
      return readWord(cursor, 'null', null)
    default:
      throw unexpected(cursor, 'a value')
  }
}

function readObject(cursor: Cursor, depth: number): Json {
  enter(cursor, depth)
  const object: { [key: string]: Json } = {}
  if (takes(cursor, '}')) return object
  do {
    skipSpace(cursor)
    const keyAt = cursor.at
    if (cursor.text.charCodeAt(keyAt) !== quote) throw unexpected(cursor, 'a key')
    const key = readString(cursor)
    if (key === '__proto__') throw malformed('a key named __proto__', keyAt)
    if (Object.hasOwn(object, key)) throw malformed('a duplicate key', keyAt)
    if (!takes(cursor, ':')) throw unexpected(cursor, 'a colon')
    skipSpace(cursor)
    object[key] = readValue(cursor, depth)
  } while (takes(cursor, ','))
  if (!takes(cursor, '}')) throw unexpected(cursor, 'a comma or }')
  return object
}

function readList(cursor: Cursor, depth: number): Json {
  enter(cursor, depth)
  const list: Json[] = []
  if (takes(cursor, ']')) return list
  do {
    skipSpace(cursor)
    list.push(readValue(cursor, depth))
  } while (takes(cursor, ','))
  if (!takes(cursor, ']')) throw unexpected(cursor, 'a comma or ]')
  return list
}

function enter(cursor: Cursor, depth: number): void {
  if (depth > cursor.maxDepth) throw malformed(`nesting deeper than ${cursor.maxDepth}`, cursor.at)
  cursor.at += 1
}

function readString(cursor: Cursor): string {
  const { text } = cursor
  const start = cursor.at
  let from = start + 1
  let at = from
  let value = ''
  for (let code = text.charCodeAt(at); code !== quote; code = text.charCodeAt(at)) {
    if (code === backslash) {
      value += text.slice(from, at)
      cursor.at = at + 1
      value += readEscape(cursor)
      at = cursor.at
      from = at
    } else if (code >= 0x20) at += 1
    else throw malformed(at < text.length ? 'a raw control character in a string' : 'a string without end', at)
  }
  cursor.at = at + 1
  if (from === start + 1) return text.slice(from, at)
  value += text.slice(from, at)
  // Raw text was found well formed as a whole, so only an escape can have brought half a pair.
  if (!value.isWellFormed()) throw malformed('a lone surrogate', start)
  return value
}

function readEscape(cursor: Cursor): string {
  const letter = cursor.text[cursor.at] ?? ''
  cursor.at += 1
  if (letter === 'u') {
    const digits = cursor.text.slice(cursor.at, cursor.at + 4)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw malformed('an escape without four hex digits', cursor.at)
    cursor.at += 4
    return String.fromCharCode(Number.parseInt(digits, 16))
  }
  const meant = escapes.get(letter)
  if (meant === undefined) throw malformed('an unknown escape', cursor.at - 1)
  return meant
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

function readNumber(cursor: Cursor): number {
  const start = cursor.at
  if (cursor.text.charCodeAt(start) === minus) cursor.at += 1
  // A leading zero stands alone: what follows it is then found to be no comma and no end.
  if (cursor.text.charCodeAt(cursor.at) === zero) cursor.at += 1
  else skipDigits(cursor)
  if (cursor.text[cursor.at] === '.') {
    cursor.at += 1
    skipDigits(cursor)
  }
  if (cursor.text[cursor.at] === 'e' || cursor.text[cursor.at] === 'E') {
    cursor.at += 1
    if (cursor.text[cursor.at] === '+' || cursor.text[cursor.at] === '-') cursor.at += 1
    skipDigits(cursor)
  }
  const value = Number(cursor.text.slice(start, cursor.at))
  if (!Number.isFinite(value)) throw malformed('a number too large for a double', start)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw malformed('an integer beyond 2^53 - 1', start)
  if (Object.is(value, -0)) throw malformed('a negative zero', start)
  return value
}

function skipDigits(cursor: Cursor): void {
  if (!isDigit(cursor.text.charCodeAt(cursor.at))) throw unexpected(cursor, 'a digit')
  do cursor.at += 1
  while (isDigit(cursor.text.charCodeAt(cursor.at)))
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine
}

function readWord<Value>(cursor: Cursor, word: string, value: Value): Value {
  if (!cursor.text.startsWith(word, cursor.at)) throw unexpected(cursor, 'a value')
  cursor.at += word.length
  return value
}

function takes(cursor: Cursor, mark: string): boolean {
  skipSpace(cursor)
  if (cursor.text[cursor.at] !== mark) return false
  cursor.at += 1
  return true
}

function skipSpace(cursor: Cursor): void {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
    cursor.at += 1
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw malformed('bytes that are not UTF-8', firstBadByte(bytes), cause)
  }
}

/** Decoding leniently and encoding again changes nothing before the first byte that is not UTF-8. */
function firstBadByte(bytes: Uint8Array): number {
  const again = new TextEncoder().encode(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
  return bytes.findIndex((byte, index) => byte !== again[index])
}

function unexpected(cursor: Cursor, wanted: string): IceError {
  const found = cursor.text.codePointAt(cursor.at)
  return malformed(found === undefined ? `the end instead of ${wanted}` : `${shown(found)} instead of ${wanted}`, cursor.at)
}

/** Text from outside may reach a terminal: only printable ASCII is shown as itself. */
function shown(code: number): string {
  return code > 0x20 && code < 0x7f ? String.fromCodePoint(code) : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

function malformed(what: string, offset: number, cause?: unknown): IceError {
  return new IceError('json.malformed', `strict JSON cannot hold ${what} (offset ${offset})`, { cause })
}

function tooLarge(what: string): IceError {
  return new IceError('limit.exceeded', `a JSON text of ${what}`)
}
