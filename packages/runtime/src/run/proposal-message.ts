import { canonicalize, IceError, parseStrictJson } from '@ice-runtime/kernel'
import type { Json, JsonObject } from '@ice-runtime/kernel'

/** What an agent sent, once it can be believed to be a proposal at all. */
export interface ProposalMessage {
  readonly action: string
  readonly args: Json
  /** Canonical text of `args`. */
  readonly argsText: string
  readonly reason: string | undefined
  readonly atOnce: boolean
}

export type ReadProposal =
  | { readonly read: true; readonly message: ProposalMessage }
  | {
      readonly read: false
      readonly code: string
      /** As much of a name as there was. */ readonly action: string
      readonly raw: Uint8Array
    }

/** Longest name and reason: they go into an entry whole. */
const maxActionChars = 128
const maxReasonChars = 2048
/** Longest arguments, as canonical text: the bytes of any that are shorter fit in a blob. */
const maxArgsChars = 16 * 1024 * 1024
/** What is kept of something unreadable. */
const maxRawBytes = 1024 * 1024

const known: ReadonlySet<string> = new Set(['action', 'args', 'reason', 'at'])
const encoder = new TextEncoder()

/** Reads untrusted input strictly: an object with these members and no others. */
export function readProposal(message: unknown): ReadProposal {
  try {
    return { read: true, message: parse(message) }
  } catch (error) {
    const code = error instanceof IceError ? error.code : 'json.malformed'
    return { read: false, code, action: claimedAction(message), raw: rawBytes(message) }
  }
}

function parse(message: unknown): ProposalMessage {
  const parsed = typeof message === 'string' ? parseStrictJson(message) : message
  if (!isObject(parsed)) throw invalid('a proposal is an object')
  for (const key of Object.keys(parsed)) if (!known.has(key)) throw invalid(`no member ${JSON.stringify(key.slice(0, 64))} in a proposal`)
  const { action, args = {}, reason, at } = parsed
  if (typeof action !== 'string' || action.length === 0 || action.length > maxActionChars) throw invalid('action is the name of an action')
  if (!action.isWellFormed()) throw invalid('action is text')
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > maxReasonChars || !reason.isWellFormed())) {
    throw invalid(`reason is text of at most ${maxReasonChars} characters`)
  }
  if (at !== undefined && at !== 'now') throw invalid("at is 'now' or absent")
  const argsText = canonicalize(args)
  if (argsText.length > maxArgsChars) throw new IceError('limit.exceeded', `the arguments have ${argsText.length} characters`)
  // An agent in this process still holds the object: what is decided must be nobody's to change.
  return { action, args: JSON.parse(argsText) as Json, argsText, reason, atOnce: at === 'now' }
}

function isObject(value: unknown): value is JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function claimedAction(message: unknown): string {
  if (!isObject(message)) return '?'
  const action = Object.getOwnPropertyDescriptor(message, 'action')?.value as unknown
  return typeof action === 'string' ? action.slice(0, maxActionChars).toWellFormed() : '?'
}

/** The bytes as received where there is a text form, else a description: evidence, never parsed again. */
function rawBytes(message: unknown): Uint8Array {
  return encoder.encode(rawText(message)).subarray(0, maxRawBytes)
}

function rawText(message: unknown): string {
  if (typeof message === 'string') return message
  try {
    return JSON.stringify(message) ?? String(message)
  } catch {
    return `a value of type ${typeof message} that has no text form`
  }
}

function invalid(what: string): IceError {
  return new IceError('args.invalid', what)
}
