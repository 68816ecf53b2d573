import type { MalformedCode, ModelFinish, ModelReply, ModelToolCall } from './model-provider.ts'

/** The part of a reply that can be written down as it is. */
export interface ReadableReply {
  readonly text: string
  readonly toolCalls: readonly ModelToolCall[]
  readonly finish: ModelFinish
  readonly malformed: MalformedCode | undefined
}

/**
 * Makes a reply fit for the record. Text that no record can hold is marked in place and calls the whole reply malformed; a
 * malformed reply keeps its text for people, loses its tool calls, and is whole in `raw` only.
 */
export function readableReply(reply: ModelReply): ReadableReply {
  const texts = [reply.text, ...reply.toolCalls.flatMap((call) => [call.id, call.name, call.argumentsText])]
  const malformed = reply.malformed ?? (texts.every(isReadable) ? undefined : 'bad_text')
  if (malformed === undefined) return { text: reply.text, toolCalls: reply.toolCalls, finish: reply.finish, malformed }
  return { text: readable(reply.text), toolCalls: [], finish: 'other', malformed }
}

/** NUL is legal JSON, but ends text early in half of the programs that will ever read the record. */
function isReadable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function readable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}
