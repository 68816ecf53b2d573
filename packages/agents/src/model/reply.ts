import { IceError, parseStrictJson } from '@ice-runtime/kernel'
import type { Json, JsonObject } from '@ice-runtime/kernel'
import { maxCallsPerReply } from './limits.ts'

/** Why a reply, or one call of it, cannot be used. Told to the model and recorded. */
export type MalformedCode =
  | 'reply.shape'
  | 'reply.text'
  | 'reply.unreadable'
  | 'reply.truncated'
  | 'reply.filtered'
  | 'reply.empty'
  | 'reply.too_many_calls'
  | 'output.json'
  | 'call.id'
  | 'call.unknown_tool'
  | 'call.arguments_json'
  | 'call.arguments_type'

/** A tool call as it goes back to the model: always of a form that every provider takes. */
export interface EchoedCall {
  readonly id: string
  readonly name: string
  readonly argumentsText: string
}

export type ReadCall =
  | { readonly type: 'action'; readonly echo: EchoedCall; readonly action: string; readonly args: JsonObject }
  | { readonly type: 'malformed'; readonly echo: EchoedCall; readonly code: MalformedCode }

export type ReadReply =
  | { readonly type: 'malformed'; readonly code: MalformedCode }
  | { readonly type: 'calls'; readonly text: string; readonly calls: readonly ReadCall[] }
  | { readonly type: 'final'; readonly output: Json }

export interface ReplyContext {
  /** The actions offered as tools. */
  readonly tools: ReadonlySet<string>
  /** The final text must be JSON. */
  readonly jsonOutput: boolean
  /** Distinguishes calls of this reply whose own ids cannot be used. */
  readonly turn: number
}

/** Reads the result of `model.generate`. The text and the calls in it were written by a model and are held to nothing. */
export function readReply(result: Json, context: ReplyContext): ReadReply {
  if (!isObject(result)) return malformed('reply.shape')
  const { text, toolCalls, finish, malformed: unreadable } = result as { readonly [key: string]: Json | undefined }
  if (typeof text !== 'string' || typeof finish !== 'string' || !Array.isArray(toolCalls)) return malformed('reply.shape')
  // The driver's own finding: it keeps such a reply whole elsewhere, and hands over no calls of it.
  if (unreadable !== undefined) return malformed('reply.unreadable')
  if (finish === 'length') return malformed('reply.truncated')
  if (finish === 'content_filter') return malformed('reply.filtered')
  if (!text.isWellFormed()) return malformed('reply.text')
  if (toolCalls.length > maxCallsPerReply) return malformed('reply.too_many_calls')
  if (toolCalls.length > 0) {
    const seen = new Set<string>()
    return {
      type: 'calls',
      text,
      calls: toolCalls.map((call: Json, index) => readCall(call, `call_${context.turn}_${index}`, { seen, context })),
    }
  }
  if (text.trim() === '') return malformed('reply.empty')
  return context.jsonOutput ? readOutput(text) : { type: 'final', output: text }
}

function readOutput(text: string): ReadReply {
  try {
    return { type: 'final', output: parseStrictJson(text) }
  } catch (error) {
    if (!(error instanceof IceError)) throw error
    return malformed('output.json')
  }
}

const idPattern = /^[\w.:-]{1,128}$/

function readCall(call: Json, ownId: string, { seen, context }: { readonly seen: Set<string>; readonly context: ReplyContext }): ReadCall {
  const { id, name, argumentsText } = isObject(call) ? (call as { readonly [key: string]: Json | undefined }) : {}
  const usableId = typeof id === 'string' && idPattern.test(id) && !seen.has(id)
  const echo = { id: usableId ? id : ownId, name: 'unknown', argumentsText: '{}' }
  seen.add(echo.id)
  if (typeof name !== 'string') return { type: 'malformed', echo, code: 'call.unknown_tool' }
  if (!context.tools.has(name)) return { type: 'malformed', echo, code: 'call.unknown_tool' }
  const named = { ...echo, name }
  if (!usableId) return { type: 'malformed', echo: named, code: 'call.id' }
  if (typeof argumentsText !== 'string') return { type: 'malformed', echo: named, code: 'call.arguments_type' }
  try {
    // Some models write nothing at all where a tool takes no arguments.
    const args = argumentsText.trim() === '' ? {} : parseStrictJson(argumentsText)
    if (!isObject(args)) return { type: 'malformed', echo: named, code: 'call.arguments_type' }
    return { type: 'action', echo: { ...named, argumentsText }, action: name, args }
  } catch (error) {
    if (!(error instanceof IceError)) throw error
    return { type: 'malformed', echo: named, code: 'call.arguments_json' }
  }
}

function malformed(code: MalformedCode): ReadReply {
  return { type: 'malformed', code }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
