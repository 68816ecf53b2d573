import type { Json } from '../log/json.ts'
import { secretForms } from './secret-forms.ts'

/** Takes the values it has learned out of whatever is said or kept, in every form they are usually found in. */
export interface SecretScrubber {
  /** It has learned nothing, so nothing is taken out of anything. */
  readonly isEmpty: boolean
  /** From here on the value is taken out; one that is too short to be told from other text is not learned. */
  learn(value: string): void
  text(text: string): string
  /** Members and their names. Returns the same value when nothing was in it. */
  json<Value>(value: Value): Value
  bytes(bytes: Uint8Array): Uint8Array
  /** For text that arrives in pieces: holds back the end of a piece while it may be the beginning of a value. */
  pieces(): (piece: string) => string
}

/** Taking a shorter word out of everything would damage more than it protects. */
export const minSecretChars = 12
export const scrubbedText = '[secret removed]'
/** Deeper values hold no JSON. */
const maxDepth = 256

export function createScrubber(values: readonly string[] = []): SecretScrubber {
  const learned = new Set<string>()
  let forms: readonly string[] = []
  let binaryForms: readonly string[] = []
  const learn = (value: string): void => {
    if (value.length < minSecretChars || learned.has(value)) return
    learned.add(value)
    forms = [...new Set([...forms, ...secretForms(value)])].sort((left, right) => right.length - left.length)
    binaryForms = forms.map((form) => binaryText(new TextEncoder().encode(form)))
  }
  const text = (given: string): string => without(given, forms)
  for (const value of values) learn(value)
  return {
    get isEmpty() {
      return learned.size === 0
    },
    learn,
    text,
    json: (value) => (forms.length === 0 ? value : (scrubbedValue(value as Json, text, 0) as typeof value)),
    bytes: (bytes) => (forms.length === 0 ? bytes : scrubbedBytes(bytes, binaryForms)),
    pieces: () => {
      let held = ''
      return (piece) => {
        const whole = text(held + piece)
        held = whole.slice(whole.length - overlap(whole, forms))
        return whole.slice(0, whole.length - held.length)
      }
    },
  }
}

function without(text: string, forms: readonly string[]): string {
  return forms.reduce((rest, form) => (rest.includes(form) ? rest.replaceAll(form, scrubbedText) : rest), text)
}

function scrubbedValue(value: Json | undefined, text: (given: string) => string, depth: number): Json | undefined {
  if (typeof value === 'string') return text(value)
  if (typeof value !== 'object' || value === null || depth > maxDepth) return value
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => scrubbedValue(item, text, depth + 1))
    return items.some((item, index) => item !== value[index]) ? (items as Json) : value
  }
  const members = Object.entries(value).map(([key, member]) => [text(key), scrubbedValue(member, text, depth + 1)] as const)
  const names = Object.keys(value)
  const changed = members.some(([key, member], index) => key !== names[index] || member !== (value as { [key: string]: Json })[key])
  return changed ? (Object.fromEntries(members) as Json) : value
}

/** Every byte as one character and back, so that what stands around a value is kept whatever it is. */
function scrubbedBytes(bytes: Uint8Array, forms: readonly string[]): Uint8Array {
  const before = binaryText(bytes)
  const after = without(before, forms)
  return after === before ? bytes : Uint8Array.from(after, (character) => character.charCodeAt(0))
}

/** Arguments of one call: more would not fit on every stack. */
const chunkBytes = 8192

function binaryText(bytes: Uint8Array): string {
  let text = ''
  for (let start = 0; start < bytes.length; start += chunkBytes) text += String.fromCharCode(...bytes.subarray(start, start + chunkBytes))
  return text
}

/** Length of the longest end of the text that begins one of the forms. */
function overlap(text: string, forms: readonly string[]): number {
  let longest = 0
  for (const form of forms) {
    for (let length = Math.min(text.length, form.length - 1); length > longest; length -= 1) {
      if (text.endsWith(form.slice(0, length))) longest = length
    }
  }
  return longest
}
