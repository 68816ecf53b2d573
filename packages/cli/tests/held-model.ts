import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A Chat Completions service that keeps whoever asks waiting until it is told to answer. */
export interface HeldModel extends AsyncDisposable {
  /** For `--model`. */
  readonly spec: string
  /** Resolves when the given number of requests have arrived, answered or not. */
  asked(count: number): Promise<void>
  /** Answers what waits, and from now on everything. */
  release(): void
}

const reply = {
  id: 'x',
  object: 'chat.completion',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'done' } }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

export async function openHeldModel(): Promise<HeldModel> {
  const held: ServerResponse[] = []
  let [count, released] = [0, false]
  let arrived = Promise.withResolvers<void>()
  const answer = (response: ServerResponse): void =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply))
  const server = createServer((request: IncomingMessage, response) => {
    request.resume()
    count += 1
    if (released) answer(response)
    else held.push(response)
    arrived.resolve()
    arrived = Promise.withResolvers()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    spec: `openai:held@http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: async (wanted) => {
      while (count < wanted) await arrived.promise
    },
    release: () => {
      released = true
      for (const response of held.splice(0)) answer(response)
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
