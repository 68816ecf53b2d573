import { canonicalize } from '@ice-runtime/kernel'
import type { DeliveredOutcome, Json } from '@ice-runtime/kernel'
import { maxFailureChars } from './limits.ts'
import type { EchoedCall } from './reply.ts'

/** A message as `model.generate` takes it. */
export type ModelMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly EchoedCall[] }
  | { readonly role: 'tool'; readonly content: string; readonly toolCallId: string }

/** What was said so far. Grows only; its size is what each turn sends again. */
export interface Transcript {
  add(message: ModelMessage): void
  sizeChars(): number
  /** The messages so far; later additions do not change what was returned. */
  messages(): Json
}

export function openTranscript(): Transcript {
  const list: ModelMessage[] = []
  let sizeChars = 0
  return {
    add(message) {
      list.push(message)
      sizeChars += JSON.stringify(message).length
    },
    sizeChars: () => sizeChars,
    messages: () => [...list] as unknown as Json,
  }
}

/** An outcome in words for a model: canonical, because a replay must send the very same text. Refused: the code only. */
export function outcomeContent(outcome: DeliveredOutcome): string {
  switch (outcome.type) {
    case 'succeeded':
      return canonicalize(outcome.result)
    case 'deferred':
      return canonicalize({ deferred: true, id: outcome.id })
    case 'refused':
      return canonicalize({ refused: outcome.code })
    case 'failed':
      return canonicalize({ failed: outcome.code, message: outcome.message.slice(0, maxFailureChars).toWellFormed() })
  }
}

/** A mistake of the model, told back to it by its code. */
export function errorContent(code: string): string {
  return canonicalize({ error: code })
}

/** Text stays text; anything else becomes canonical JSON. */
export function inputContent(input: Json): string {
  return typeof input === 'string' ? input : canonicalize(input)
}
