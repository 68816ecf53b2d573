import type { Json } from '@ice-runtime/kernel'

export interface ModelToolCall {
  readonly id: string
  readonly name: string
  /** As the model wrote it: JSON if the model was honest. Never parsed here. */
  readonly argumentsText: string
}

export interface ModelMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: string
  /** Of an assistant's message. */
  readonly toolCalls?: readonly ModelToolCall[] | undefined
  /** Of a tool's message: the call it answers. */
  readonly toolCallId?: string | undefined
}

export interface ModelTool {
  readonly name: string
  readonly description: string
  /** JSON Schema. */
  readonly parameters: { readonly [key: string]: Json }
}

export interface ModelRequest {
  /** The provider's own name of the model, without the provider. */
  readonly model: string
  readonly messages: readonly ModelMessage[]
  readonly tools: readonly ModelTool[]
  readonly maxOutputTokens: number
  readonly temperature?: number
}

export const modelFinishes = ['stop', 'tool_calls', 'length', 'content_filter', 'other'] as const
export type ModelFinish = (typeof modelFinishes)[number]

/**
 * Why a reply that did arrive cannot be used: `bad_json` and `wrong_types` of its envelope, `truncated` (the connection ended
 * early), `stalled` (it went silent half-way), `too_large`, `bad_text` (a lone surrogate, a NUL, or no UTF-8).
 */
export const malformedCodes = ['bad_json', 'wrong_types', 'truncated', 'stalled', 'too_large', 'bad_text'] as const
export type MalformedCode = (typeof malformedCodes)[number]

export interface ModelUsage {
  readonly inputTokens: number
  readonly outputTokens: number
}

/** What a provider answered, as far as it could be read. */
export interface ModelReply {
  readonly text: string
  readonly toolCalls: readonly ModelToolCall[]
  readonly finish: ModelFinish
  /** Absent when the provider did not say. */
  readonly usage?: ModelUsage
  readonly malformed?: MalformedCode
  /** The reply as it arrived, without the provider's key. */
  readonly raw: Uint8Array
  /** Attempts before this one that the provider may have charged for. */
  readonly chargedAttempts?: number
}

/**
 * Turns a request into a reply. Rejects with `model.*`, `script.*`, or `effect.timeout` when the signal aborted; what arrived but
 * cannot be used is a reply with `malformed`, because it was charged for and is evidence.
 */
export interface ModelProvider {
  /** Where prompts go, `scheme://host:port`; absent for a provider inside this process, from which nothing leaves. */
  readonly destination: string | undefined
  /** Handle of the key it needs; absent when it needs none, or has one of its own. */
  readonly secret?: string
  /** Most requests sent for one `generate`, each of which may be charged. */
  readonly maxAttempts: number
  generate(request: ModelRequest, context: ModelContext): Promise<ModelReply>
}

export interface ModelContext {
  readonly signal: AbortSignal
  /** The value of the provider's `secret`. */
  secret?(name: string): Promise<string>
  /** Pieces of text as they arrive, for display only. */
  readonly onProgress?: (text: string) => void
}

/** What a provider charges, in millionths of the account's currency per million tokens. */
export interface ModelPrice {
  readonly inputMicro: number
  readonly outputMicro: number
}
