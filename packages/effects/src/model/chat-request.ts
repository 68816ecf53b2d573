import type { ModelMessage, ModelRequest } from './model-provider.ts'
import type { ToolNames } from './tool-names.ts'

export type OutputLimitField = 'max_tokens' | 'max_completion_tokens'

/** A request as Chat Completions services read it; the same request gives the same bytes. */
export function chatRequestBody(request: ModelRequest, names: ToolNames, outputLimitField: OutputLimitField): string {
  const tools = request.tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name: names.toWire(name), description, parameters },
  }))
  return JSON.stringify({
    model: request.model,
    messages: request.messages.map((message) => chatMessage(message, names)),
    ...(tools.length === 0 ? {} : { tools }),
    [outputLimitField]: request.maxOutputTokens,
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    stream: true,
    stream_options: { include_usage: true },
  })
}

function chatMessage({ role, content, toolCalls, toolCallId }: ModelMessage, names: ToolNames): object {
  if (toolCallId !== undefined) return { role, content, tool_call_id: toolCallId }
  if (toolCalls === undefined || toolCalls.length === 0) return { role, content }
  return {
    role,
    content: content === '' ? null : content,
    tool_calls: toolCalls.map(({ id, name, argumentsText }) => ({
      id,
      type: 'function',
      function: { name: names.toWire(name), arguments: argumentsText },
    })),
  }
}
