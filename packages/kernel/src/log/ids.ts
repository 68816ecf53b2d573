import { IceError } from './errors.ts'

declare const brand: unique symbol
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

/** Names one log for ever; enters every hash, so entries cannot move between logs. */
export type LogId = Branded<string, 'LogId'>
export type RunId = Branded<string, 'RunId'>
/** A stream is one run, or `system` for what concerns all runs. */
export type StreamId = RunId | 'system'
/** `<stream>#<seq>`: an entry named from outside its stream. */
export type EntryId = Branded<string, 'EntryId'>
/** SHA-256 in lowercase hex, as `sha256sum` prints it. */
export type Digest = Branded<string, 'Digest'>
/** A person or service whose personal fields share one key. */
export type SubjectId = Branded<string, 'SubjectId'>

/** Counts entries of one stream, from 1. */
export type Seq = number
/** Counts entries of the whole log, from 1, in append order. */
export type Position = number

export const systemStream = 'system'

const logIdPattern = /^log_[0-9a-z]{12,32}$/
const runIdPattern = /^run_[0-9a-z]{12,32}$/
const subjectIdPattern = /^sub_[0-9a-z]{12,32}$/
const digestPattern = /^[0-9a-f]{64}$/
const entryIdPattern = /^(?:system|run_[0-9a-z]{12,32})#[1-9][0-9]{0,15}$/

/** Throws `id.malformed`, as every parser of this file does. */
export function parseLogId(text: string): LogId {
  return checked(text, logIdPattern, 'log_ and 12 to 32 characters of 0-9 a-z') as LogId
}

export function parseRunId(text: string): RunId {
  return checked(text, runIdPattern, 'run_ and 12 to 32 characters of 0-9 a-z') as RunId
}

export function parseStreamId(text: string): StreamId {
  return text === systemStream ? systemStream : parseRunId(text)
}

export function parseSubjectId(text: string): SubjectId {
  return checked(text, subjectIdPattern, 'sub_ and 12 to 32 characters of 0-9 a-z') as SubjectId
}

export function parseDigest(text: string): Digest {
  return checked(text, digestPattern, '64 lowercase hex characters') as Digest
}

export function parseEntryId(text: string): EntryId {
  const id = checked(text, entryIdPattern, '<stream>#<seq>') as EntryId
  if (!Number.isSafeInteger(splitEntryId(id).seq)) throw new IceError('id.malformed', `expected a seq up to 2^53 - 1, got ${id}`)
  return id
}

export function entryId(stream: StreamId, seq: Seq): EntryId {
  return `${stream}#${seq}` as EntryId
}

export function splitEntryId(id: EntryId): { readonly stream: StreamId; readonly seq: Seq } {
  const at = id.indexOf('#')
  return { stream: id.slice(0, at) as StreamId, seq: Number(id.slice(at + 1)) }
}

export function isDigest(text: string): text is Digest {
  return digestPattern.test(text)
}

const hexOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** `bytes` is a SHA-256 value: 32 bytes. */
export function digestFromBytes(bytes: Uint8Array): Digest {
  let text = ''
  for (let index = 0; index < bytes.length; index += 1) text += hexOfByte[bytes[index] ?? 0]
  return text as Digest
}

function checked(text: string, pattern: RegExp, form: string): string {
  if (!pattern.test(text)) throw new IceError('id.malformed', `expected ${form}, got ${JSON.stringify(text.slice(0, 64))}`)
  return text
}
