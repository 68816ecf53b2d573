import { isAmount } from '@ice-runtime/kernel'
import type { MalformedCode, ModelFinish, ModelToolCall, ModelUsage } from './model-provider.ts'

/** Tool calls of one reply. An honest model makes a handful; each costs memory before anyone judges it. */
const maxToolCalls = 128

/** A Chat Completions reply as it grows, from streamed chunks or from one whole body. */
export interface ChatReply {
  /** Takes in one JSON text; answers the text it added, for display. */
  readonly add: (json: string) => string
  /** The service's own words when it reported an error inside the stream. */
  readonly errorText: () => string | undefined
  readonly finished: () => {
    readonly text: string
    readonly toolCalls: readonly ModelToolCall[]
    /** Absent when the reply did not come to its end. */
    readonly finish: ModelFinish | undefined
    readonly usage: ModelUsage | undefined
    readonly malformed: MalformedCode | undefined
  }
}

interface GrowingCall {
  id: string
  name: string
  readonly argumentsParts: string[]
}

/** Nothing of a reply is trusted: each member is looked at by type, unknown ones are ignored, the first fault is kept. */
export function createChatReply(): ChatReply {
  const text: string[] = []
  const calls = createCallList()
  let finish: ModelFinish | undefined
  let usage: ModelUsage | undefined
  let malformed: MalformedCode | undefined
  let errorText: string | undefined
  const fault = (code: MalformedCode | undefined): void => void (malformed ??= code)

  const addMessage = (message: unknown): string => {
    const content = textOf(memberOf(message, 'content'))
    if (content === undefined) fault('wrong_types')
    else text.push(content)
    const toolCalls = memberOf(message, 'tool_calls') ?? []
    if (Array.isArray(toolCalls)) for (const [position, call] of toolCalls.entries()) fault(calls.add(call, position))
    else fault('wrong_types')
    return content ?? ''
  }

  const addChoice = (choices: unknown): string => {
    if (!Array.isArray(choices)) {
      fault('wrong_types')
      return ''
    }
    // The last chunk of a stream has usage and no choice.
    const choice: unknown = choices[0]
    if (choice === undefined) return ''
    const message = memberOf(choice, 'delta') ?? memberOf(choice, 'message')
    if (typeof message !== 'object') fault('wrong_types')
    const reason = memberOf(choice, 'finish_reason') ?? undefined
    if (reason !== undefined) finish = finishOf(reason)
    return addMessage(message)
  }

  return {
    add: (json) => {
      const chunk = parsed(json)
      if (typeof chunk !== 'object' || chunk === null) {
        fault(chunk === undefined ? 'bad_json' : 'wrong_types')
        return ''
      }
      const error = memberOf(chunk, 'error') ?? undefined
      if (error !== undefined) errorText ??= textOf(memberOf(error, 'message')) ?? ''
      usage = usageOf(memberOf(chunk, 'usage')) ?? usage
      return error === undefined ? addChoice(memberOf(chunk, 'choices')) : ''
    },
    errorText: () => errorText,
    finished: () => ({ text: text.join(''), toolCalls: calls.whole(), finish, usage, malformed }),
  }
}

/** Tool calls arrive in pieces, marked with their index. */
function createCallList(): {
  /** Takes in one piece; answers what is wrong with it. */
  readonly add: (value: unknown, position: number) => MalformedCode | undefined
  readonly whole: () => readonly ModelToolCall[]
} {
  const calls = new Map<number, GrowingCall>()
  return {
    add: (value, position) => {
      const index = memberOf(value, 'index') ?? position
      if (typeof index !== 'number' || !Number.isSafeInteger(index)) return 'wrong_types'
      const id = textOf(memberOf(value, 'id'))
      const name = textOf(memberOf(memberOf(value, 'function'), 'name'))
      const part = textOf(memberOf(memberOf(value, 'function'), 'arguments'))
      if (id === undefined || name === undefined || part === undefined) return 'wrong_types'
      const call = calls.get(index) ?? { id: '', name: '', argumentsParts: [] }
      if (!calls.has(index) && calls.size >= maxToolCalls) return 'too_large'
      calls.set(index, call)
      // Services repeat or leave out id and name in later pieces; arguments are the only member that is cut up.
      call.id ||= id
      call.name ||= name
      call.argumentsParts.push(part)
      return undefined
    },
    whole: () => [...calls].sort(([left], [right]) => left - right).map(wholeCall),
  }
}

/** Some local services give no id; the place in the reply names the call as well. */
function wholeCall([index, { id, name, argumentsParts }]: readonly [number, GrowingCall]): ModelToolCall {
  return { id: id === '' ? `call_${index}` : id, name, argumentsText: argumentsParts.join('') }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Own members only, so that a reply cannot reach a prototype. */
function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.getOwnPropertyDescriptor(value, key)?.value
}

/** Absent and null are no text; anything else that is not a string is `undefined`. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : undefined
}

/** Counts that are none are as good as no counts: the caller then settles at its bound. */
function usageOf(value: unknown): ModelUsage | undefined {
  const inputTokens = memberOf(value, 'prompt_tokens')
  const outputTokens = memberOf(value, 'completion_tokens')
  return isAmount(inputTokens) && isAmount(outputTokens) ? { inputTokens, outputTokens } : undefined
}

function finishOf(reason: unknown): ModelFinish {
  switch (reason) {
    case 'stop':
    case 'tool_calls':
    case 'length':
    case 'content_filter':
      return reason
    case 'function_call':
      return 'tool_calls'
    default:
      return 'other'
  }
}
