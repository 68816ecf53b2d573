import type { ServerResponse } from 'node:http'
import { startScriptedServer } from './scripted-server.ts'
import type { ScriptedServer } from './scripted-server.ts'

/** One use of a tool that the model asks for. */
export interface ScriptedUse {
  readonly id: string
  readonly name: string
  readonly input: object
}

interface MessagesRequest {
  readonly model: string
  readonly stream?: boolean
  readonly tools?: readonly object[]
}

/** A model behind Anthropic's Messages API that asks for one tool after the other and then says that it is done. */
export function startMessagesServer(uses: readonly ScriptedUse[]): Promise<ScriptedServer> {
  let next = 0
  return startScriptedServer((url, body, response) => {
    if (!url.startsWith('/v1/messages') || url.includes('count_tokens')) return false
    const request = body as MessagesRequest
    // Requests without tools are the program's own, such as for a title.
    const use = (request.tools ?? []).length === 0 ? undefined : uses[next++]
    reply(response, { request, block: use === undefined ? { type: 'text', text: 'Done.' } : { type: 'tool_use', ...use } })
    return true
  })
}

interface Reply {
  readonly request: MessagesRequest
  readonly block: { readonly type: 'text'; readonly text: string } | ({ readonly type: 'tool_use' } & ScriptedUse)
}

function reply(response: ServerResponse, { request, block }: Reply): void {
  const usage = { input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 }
  const message = { id: 'msg_scripted', type: 'message', role: 'assistant', model: request.model, stop_sequence: null, usage }
  const stopReason = block.type === 'text' ? 'end_turn' : 'tool_use'
  if (request.stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ...message, content: [block], stop_reason: stopReason }))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (type: string, members: object): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`)
  }
  const empty = block.type === 'text' ? { type: 'text', text: '' } : { type: 'tool_use', id: block.id, name: block.name, input: {} }
  const delta =
    block.type === 'text'
      ? { type: 'text_delta', text: block.text }
      : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) }
  send('message_start', { message: { ...message, content: [], stop_reason: null } })
  send('content_block_start', { index: 0, content_block: empty })
  send('content_block_delta', { index: 0, delta })
  send('content_block_stop', { index: 0 })
  send('message_delta', { delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 1 } })
  send('message_stop', {})
  response.end()
}
