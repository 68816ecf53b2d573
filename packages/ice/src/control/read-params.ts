import { IceError, labels, parseDigest, parseEntryId, parseRunId, parseSubjectId } from '@ice-runtime/kernel'
import type { Digest, EntryId, Json, Label, RunId, SubjectId } from '@ice-runtime/kernel'

/** Longest text of a person: a reason, a comment. */
export const maxTextChars = 500
const maxNameChars = 256
const maxListItems = 64

/** The members of a message, each read by the kind it has. Throws `usage.invalid` for one of another kind. */
export interface Params {
  run(): RunId
  entry(name: string): EntryId
  subject(name: string): SubjectId
  digest(name: string): Digest
  label(name: string): Label
  /** One of a few words. */
  word<Word extends string>(name: string, words: readonly Word[]): Word
  seq(name: string): number
  flag(name: string): boolean
  /** Bounded: what people say about an order. */
  text(name: string): string
  /** Present and short. */
  name(name: string): string
  names(name: string): readonly string[]
  has(name: string): boolean
  /** As it is: the taxonomy judges its shape when it is recorded. */
  object(name: string): { readonly [key: string]: unknown }
  /** As it is, as long as the message may be. */
  long(name: string): string
  /** Any value, to be judged by who it is for. */
  json(name: string): Json
}

/** Throws `usage.invalid` for a member that is not among `known`: what is not understood is not obeyed in part. */
export function readParams(value: unknown, known: readonly string[]): Params {
  const params = isObject(value) ? value : {}
  const foreign = Object.keys(params).find((name) => !known.includes(name))
  if (foreign !== undefined) throw invalid(foreign.slice(0, maxNameChars), 'known here')
  const textOf = (name: string, maxChars: number): string => {
    const text = params[name]
    if (typeof text !== 'string' || text.length > maxChars || !text.isWellFormed())
      throw invalid(name, `text of at most ${maxChars} characters`)
    return text
  }
  const wordOf = <Word extends string>(name: string, words: readonly Word[]): Word => {
    const word = words.find((known) => known === params[name])
    if (word === undefined) throw invalid(name, `one of ${words.join(', ')}`)
    return word
  }
  return {
    run: () => parseRunId(textOf('run', maxNameChars)),
    entry: (name) => parseEntryId(textOf(name, maxNameChars)),
    subject: (name) => parseSubjectId(textOf(name, maxNameChars)),
    digest: (name) => parseDigest(textOf(name, maxNameChars)),
    label: (name) => wordOf(name, labels),
    word: wordOf,
    seq: (name) => {
      const seq = params[name]
      if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1) throw invalid(name, 'the number of an entry')
      return seq
    },
    flag: (name) => {
      const flag = params[name]
      if (typeof flag !== 'boolean') throw invalid(name, 'true or false')
      return flag
    },
    text: (name) => textOf(name, maxTextChars),
    name: (name) => {
      const text = textOf(name, maxNameChars)
      if (text === '') throw invalid(name, 'not empty')
      return text
    },
    names: (name) => {
      const list = params[name]
      const isList = Array.isArray(list) && list.length <= maxListItems
      if (!isList || !list.every((item) => typeof item === 'string' && item.length <= maxNameChars))
        throw invalid(name, `a list of at most ${maxListItems} names`)
      return list as readonly string[]
    },
    has: (name) => params[name] !== undefined,
    object: (name) => {
      const object = params[name]
      if (!isObject(object)) throw invalid(name, 'an object')
      return object
    },
    long: (name) => textOf(name, Number.MAX_SAFE_INTEGER),
    json: (name) => {
      const value = params[name]
      // What arrived as JSON is JSON.
      if (value === undefined) throw invalid(name, 'a value')
      return value as Json
    },
  }
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(name: string, kind: string): IceError {
  return new IceError('usage.invalid', `params.${name} is not ${kind}`)
}
