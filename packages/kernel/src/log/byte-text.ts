import { maxJsonDepth, sortedKeys } from './canonical.ts'

/**
 * Memory that text is written into as bytes, piece after piece, from `at` on. Text that is built as a string first costs a string for
 * every piece, and copying all of them twice. What does not fit is lost, and shows in `at`.
 */
export interface ByteText {
  bytes: Uint8Array
  at: number
}

/** Enough for more than a hundred usual entries, so that memory is asked for rarely. */
const slabBytes: number = 64 * 1024
/** What is begun has at least this much room; what is larger is rare, and written as a string. */
const leastRoomBytes: number = 8 * 1024

export function createByteText(): ByteText {
  return { bytes: new Uint8Array(slabBytes), at: 0 }
}

/** Room for the next text. What was taken before keeps the memory it is in. */
export function makeRoom(into: ByteText): void {
  if (into.bytes.length - into.at >= leastRoomBytes) return
  into.bytes = new Uint8Array(slabBytes)
  into.at = 0
}

/** The bytes of a text that is only looked at: the next one is written over it. Undefined when `write` says no, or it does not fit. */
export function scratch(into: ByteText, write: (into: ByteText) => boolean): Uint8Array | undefined {
  makeRoom(into)
  const start = into.at
  const written = write(into) && into.at <= into.bytes.length ? into.bytes.subarray(start, into.at) : undefined
  into.at = start
  return written
}

/** Writes a text that is known to be ASCII. */
export function putAscii(into: ByteText, text: string): void {
  const { bytes, at } = into
  for (let index = 0; index < text.length; index += 1) bytes[at + index] = text.charCodeAt(index)
  into.at = at + text.length
}

/** Writes JSON in canonical form, as `canonicalize` does; false for what that refuses, or what does not fit. */
export function putJson(into: ByteText, value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return putText(into, value)
    case 'number':
      return putNumber(into, value)
    case 'boolean':
      putAscii(into, value ? 'true' : 'false')
      return true
    case 'object':
      if (value !== null) return depth < maxJsonDepth && putNested(into, value, depth + 1)
      putAscii(into, 'null')
      return true
    default:
      return false
  }
}

const quote = 0x22
const backslash = 0x5c
/** Up to about this length looking at each character is cheaper than calling the native writers. */
const shortChars = 256

/** Writes a text in quotes. */
export function putText(into: ByteText, text: string): boolean {
  const { bytes, at } = into
  if (text.length > shortChars) return putLongText(into, text)
  bytes[at] = quote
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code === quote || code === backslash || code >= 0x80) return putLongText(into, text)
    bytes[at + 1 + index] = code
  }
  bytes[at + 1 + text.length] = quote
  into.at = at + text.length + 2
  return true
}

const encoder = new TextEncoder()

function putLongText(into: ByteText, text: string): boolean {
  const quoted = JSON.stringify(text)
  // The native writer escapes lone surrogates, so text it only put quotes around holds none.
  if (quoted.length !== text.length + 2 && !text.isWellFormed()) return false
  const { read, written } = encoder.encodeInto(quoted, into.bytes.subarray(into.at))
  into.at += written
  return read === quoted.length
}

export function putNumber(into: ByteText, value: number): boolean {
  if (!Number.isFinite(value) || Object.is(value, -0)) return false
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false
  putAscii(into, String(value))
  return true
}

function putNested(into: ByteText, value: object, depth: number): boolean {
  return Array.isArray(value) ? putList(into, value, depth) : putObject(into, value as Readonly<Record<string, unknown>>, depth)
}

function putList(into: ByteText, list: readonly unknown[], depth: number): boolean {
  putAscii(into, '[')
  for (let index = 0; index < list.length; index += 1) {
    if (index > 0) putAscii(into, ',')
    if (!putJson(into, list[index], depth)) return false
  }
  putAscii(into, ']')
  return true
}

function putObject(into: ByteText, object: Readonly<Record<string, unknown>>, depth: number): boolean {
  let lead = '{'
  for (const key of sortedKeys(object)) {
    const member = object[key]
    if (member === undefined) continue
    if (key === '__proto__') return false
    putAscii(into, lead)
    lead = ','
    if (!putText(into, key)) return false
    putAscii(into, ':')
    if (!putJson(into, member, depth)) return false
  }
  putAscii(into, lead === '{' ? '{}' : '}')
  return true
}
