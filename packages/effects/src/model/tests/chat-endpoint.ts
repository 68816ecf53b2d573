import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { IceError } from '@ice-runtime/kernel'
import type { Timers } from '../http-exchange.ts'
import type { ModelProvider, ModelReply, ModelRequest } from '../model-provider.ts'
import { openaiProvider } from '../openai-provider.ts'
import type { OpenAiOptions } from '../openai-provider.ts'

/** What the service must never find in a record. */
export const key = 'sk-test-0123456789abcdef'
/** Unlike any pause, so that the timers can tell silence from patience. */
export const stallMs = 1_000_000

const servers: Server[] = []

/** For `afterEach`: ends every service of this file's tests. */
export async function closeServices(): Promise<void> {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

export type Answer = (response: ServerResponse, request: IncomingMessage, body: string) => void

/** A real service that gives the answers in order, the last one again and again, and remembers what it was asked. */
export async function serve(
  ...answers: readonly Answer[]
): Promise<{ readonly baseUrl: string; readonly bodies: string[]; readonly server: Server }> {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      bodies.push(body)
      answers[Math.min(bodies.length, answers.length) - 1]?.(response, request, body)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { baseUrl: `http://127.0.0.1:${address.port}/v1/`, bodies, server }
}

/** Pauses between attempts are over at once and are written down; silence lasts until the test says so. */
export function manualTimers(): Timers & { readonly pauses: number[]; readonly stall: () => void } {
  const silences = new Set<() => void>()
  const pauses: number[] = []
  return {
    pauses,
    stall: () => [...silences].forEach((action) => action()),
    setTimeout: (action, delayMs) => {
      if (delayMs === stallMs) silences.add(action)
      else {
        pauses.push(delayMs)
        setImmediate(action)
      }
      return action
    },
    clearTimeout: (timer) => [...silences].filter((action) => action === timer).forEach((action) => silences.delete(action)),
  }
}

export function provider(baseUrl: string, change: Partial<OpenAiOptions> = {}): ModelProvider {
  const fetch = (url: string, init: RequestInit): Promise<Response> => globalThis.fetch(url, init)
  return openaiProvider({ baseUrl, apiKey: () => key, fetch, timers: manualTimers(), stallMs, ...change })
}

export const request: ModelRequest = { model: 'small', messages: [{ role: 'user', content: 'hi' }], tools: [], maxOutputTokens: 50 }

export function ask(
  asked: ModelProvider,
  change: { readonly request?: ModelRequest; readonly onProgress?: (text: string) => void; readonly signal?: AbortSignal } = {},
): Promise<ModelReply> {
  const { onProgress, signal } = change
  const context = { signal: signal ?? new AbortController().signal, ...(onProgress === undefined ? {} : { onProgress }) }
  return asked.generate(change.request ?? request, context)
}

export async function failureOf(reply: Promise<ModelReply>): Promise<IceError> {
  const error = await reply.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof IceError)) throw new Error('it did not fail with an IceError', { cause: error })
  return error
}

export const eventStream = { 'content-type': 'text/event-stream' }
export const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
export const delta = (content: unknown, finish: string | null = null): string =>
  data({ choices: [{ index: 0, delta: content, finish_reason: finish }] })
export const usage: string = data({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } })
export const done = 'data: [DONE]\n\n'
export const stream =
  (text: string): Answer =>
  (response) =>
    response.writeHead(200, eventStream).end(text)
export const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof value === 'string' ? value : JSON.stringify(value))
export const hello: Answer = stream(delta({ content: 'hello' }) + delta({}, 'stop') + usage + done)
