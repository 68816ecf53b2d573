import { startScriptedServer } from './scripted-server.ts'
import type { ScriptedServer } from './scripted-server.ts'

/** One call of a function that the model asks for, with the name the model knows it by. */
export interface ScriptedCall {
  readonly id: string
  readonly name: string
  /** `$SESSION` in it stands for the session of the command that was started last. */
  readonly arguments: object
}

/** A model behind OpenAI's Responses API that asks for one call after the other and then says that it is done. */
export function startResponsesServer(calls: readonly ScriptedCall[]): Promise<ScriptedServer> {
  let next = 0
  return startScriptedServer((url, body, response) => {
    if (!url.endsWith('/responses')) return false
    const call = calls[next++]
    const item =
      call === undefined ? { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Done.' }] } : itemOf(call, body)
    const id = `resp_${next}`
    const usage = { input_tokens: 1, input_tokens_details: null, output_tokens: 1, output_tokens_details: null, total_tokens: 2 }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [type, members] of [
      ['response.created', { response: { id } }],
      ['response.output_item.done', { output_index: 0, item }],
      ['response.completed', { response: { id, usage } }],
    ] as const) {
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`)
    }
    response.end()
    return true
  })
}

function itemOf({ id, name, arguments: given }: ScriptedCall, body: unknown): object {
  const sessions = [...JSON.stringify(body).matchAll(/session ID (\d+)/g)]
  const session = sessions.at(-1)?.[1] ?? '0'
  return { type: 'function_call', call_id: id, name, arguments: JSON.stringify(given).replaceAll('"$SESSION"', session) }
}
