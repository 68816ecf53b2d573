import { isUtf8 } from 'node:buffer'
import { createScrubber, IceError } from '@ice-runtime/kernel'
import type { FaultCode, SecretScrubber } from '@ice-runtime/kernel'
import { createChatReply } from './chat-reply.ts'
import type { ChatReply } from './chat-reply.ts'
import { chatRequestBody } from './chat-request.ts'
import type { OutputLimitField } from './chat-request.ts'
import { pause, readBody, retryAfterMs, watchStall } from './http-exchange.ts'
import type { BodyEnd, Fetch, StallWatch, Timers } from './http-exchange.ts'
import type { MalformedCode, ModelContext, ModelProvider, ModelReply, ModelRequest } from './model-provider.ts'
import { createEventReader } from './server-sent-events.ts'
import { toolNamesOf } from './tool-names.ts'

/** A million output tokens with their envelopes stay far below; a service that sends more is not answering. */
export const maxReplyBytes: number = 16 * 1024 * 1024
/** An error that needs more words than this is a web page. */
const maxErrorBytes = 65_536
const maxErrorLength = 500
/** Reasoning models are silent for a minute or two before the first token. */
const defaultStallMs = 180_000
const defaultAttempts = 3
/** Each attempt may be charged, so nobody can configure many. */
const mostAttempts = 5
/** Waits of half a second, one, two …; without randomness, because one run has one request in flight. */
const firstPauseMs = 500
/** A service that asks for more patience gets none here: the agent or a person decides whether to come back. */
const maxPauseMs = 30_000

export interface OpenAiOptions {
  /** Up to and without `/chat/completions`: `https://api.openai.com/v1`. */
  readonly baseUrl: string
  /** Handle of its key. The runtime gives the value for each request, where the handle is for this service. */
  readonly secret?: string
  /** A key that the program has by itself: asked once for each request and never kept. */
  readonly apiKey?: () => string | undefined
  readonly fetch: Fetch
  readonly timers: Timers
  /** Longest silence, before the first byte as well as between bytes. */
  readonly stallMs?: number
  /** Requests for one inference, 1 to 5. */
  readonly maxAttempts?: number
  /** Newer models of OpenAI want `max_completion_tokens`, everybody else knows `max_tokens`. */
  readonly outputLimitField?: OutputLimitField
}

/**
 * Any service that speaks Chat Completions. It tries again only while no reply has begun: on 429, on 500, 502, 503 and 504, and when
 * the connection failed. Of these the connections that were never made and 429 are free; each other one may have been charged
 * and is counted in `chargedAttempts`. Once a reply has begun there is no second attempt: a broken one is returned as malformed.
 * Throws `usage.invalid` for options that would leak the key.
 */
export function openaiProvider(options: OpenAiOptions): ModelProvider {
  const base = parseBase(options.baseUrl)
  const maxAttempts = options.maxAttempts ?? defaultAttempts
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > mostAttempts) {
    throw new IceError('usage.invalid', `attempts must be 1 to ${mostAttempts}`)
  }
  const url = `${base.origin}${base.pathname.replace(/\/+$/, '')}/chat/completions`
  return {
    destination: destinationOf(base),
    maxAttempts,
    ...(options.secret === undefined ? {} : { secret: options.secret }),
    generate: async (request, context) => {
      const key = checkedKey(await keyFor(options, context), base)
      const scrubber = createScrubber(key === undefined ? [] : [key])
      const exchange: Exchange = { options, url, key, scrubber, request, context }
      let chargedAttempts = 0
      for (let attempt = 1; ; attempt += 1) {
        const outcome = await attemptOnce(exchange)
        if ('reply' in outcome) return { ...outcome.reply, ...(chargedAttempts === 0 ? {} : { chargedAttempts }) }
        const pauseMs = outcome.pauseMs ?? firstPauseMs * 2 ** (attempt - 1)
        if (attempt >= maxAttempts || pauseMs > maxPauseMs) throw outcome.error
        if (outcome.mayBeCharged) chargedAttempts += 1
        await pause(options.timers, pauseMs, context.signal)
      }
    },
  }
}

async function keyFor({ secret, apiKey }: OpenAiOptions, context: ModelContext): Promise<string | undefined> {
  return secret === undefined ? apiKey?.() : await context.secret?.(secret)
}

interface Exchange {
  readonly options: OpenAiOptions
  readonly url: string
  readonly key: string | undefined
  readonly scrubber: SecretScrubber
  readonly request: ModelRequest
  readonly context: ModelContext
}

type Attempt =
  | { readonly reply: ModelReply }
  | { readonly error: IceError; readonly mayBeCharged: boolean; readonly pauseMs?: number | undefined }

async function attemptOnce(exchange: Exchange): Promise<Attempt> {
  const { options, context } = exchange
  using watch = watchStall({ timers: options.timers, stallMs: options.stallMs ?? defaultStallMs, signal: context.signal })
  const response = await send(exchange, watch)
  if ('error' in response) return response
  watch.touch()
  if (response.ok) return { reply: await readReply(exchange, response, watch) }
  const detail = await errorDetail(exchange, response, watch)
  const message = `the model service answered ${response.status}${detail === '' ? '' : `: ${detail}`}`
  if (response.status === 429) {
    return { error: fault(exchange, 'model.rate_limited', message), mayBeCharged: false, pauseMs: retryAfterMs(response.headers) }
  }
  const error = fault(exchange, response.status === 404 ? 'model.not_found' : 'model.http_error', message)
  if (![500, 502, 503, 504].includes(response.status)) throw error
  return { error, mayBeCharged: true, pauseMs: retryAfterMs(response.headers) }
}

async function send(exchange: Exchange, watch: StallWatch): Promise<Response | Extract<Attempt, { error: IceError }>> {
  const { options, url, key, request, context } = exchange
  try {
    return await options.fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream, application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: chatRequestBody(request, toolNamesOf(request), options.outputLimitField ?? 'max_tokens'),
      // A redirect would carry prompt and key to a host that nobody decided about.
      redirect: 'manual',
      signal: watch.signal,
    })
  } catch (error) {
    if (context.signal.aborted) throw new IceError('effect.timeout', 'stopped before the model service answered')
    if (watch.hasStalled()) throw fault(exchange, 'model.stalled', 'the model service was silent for too long')
    // The platform's own error may quote a header, so only its code is passed on and never the error itself.
    const code = systemCode(error)
    const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'].includes(code)
    return { error: fault(exchange, 'model.unreachable', `the model service cannot be reached (${code})`), mayBeCharged: !neverSent }
  }
}

async function readReply(exchange: Exchange, response: Response, watch: StallWatch): Promise<ModelReply> {
  const { scrubber, context } = exchange
  const isStream = response.headers.get('content-type')?.includes('text/event-stream') === true
  const reply = createChatReply()
  const stream = isStream ? createStreamFeed(reply, scrubber, context) : undefined
  const limits = { maxBytes: maxReplyBytes, signal: context.signal }
  const body = await readBody(response, watch, stream === undefined ? limits : { ...limits, onBytes: stream.push })
  if (body.bytes.length === 0 && body.end !== 'whole') throw fault(exchange, noReplyCode(body.end), 'the model service did not reply')
  if (stream === undefined) reply.add(new TextDecoder().decode(body.bytes))
  else stream.end()
  const errorText = reply.errorText()
  if (errorText !== undefined) throw fault(exchange, 'model.http_error', `the model service broke off: ${printable(errorText)}`)
  return finishedReply(exchange, reply, { ...body, isDone: stream?.isDone() ?? false })
}

interface StreamFeed {
  readonly push: (bytes: Uint8Array) => 'enough' | 'more'
  readonly end: () => void
  /** The service said that nothing follows. */
  readonly isDone: () => boolean
}

function createStreamFeed(reply: ChatReply, scrubber: SecretScrubber, context: ModelContext): StreamFeed {
  const decoder = new TextDecoder()
  const events = createEventReader()
  const pieces = scrubber.pieces()
  let done = false
  const take = (all: readonly string[]): void => {
    for (const data of all) {
      if (done) return
      done = data.trim() === '[DONE]'
      const added = done ? '' : pieces(reply.add(data))
      if (added !== '') context.onProgress?.(added)
    }
  }
  return {
    push: (bytes) => {
      take(events.push(decoder.decode(bytes, { stream: true })))
      return done ? 'enough' : 'more'
    },
    end: () => take([...events.push(decoder.decode()), ...events.end()]),
    isDone: () => done,
  }
}

function finishedReply(
  { request, scrubber }: Exchange,
  reply: ChatReply,
  body: { readonly bytes: Uint8Array; readonly end: BodyEnd; readonly isDone: boolean },
): ModelReply {
  const { text, toolCalls, finish, usage, malformed } = reply.finished()
  const names = toolNamesOf(request)
  const fromWire = toolCalls.map((call) => ({
    id: scrubber.text(call.id),
    name: scrubber.text(names.fromWire(call.name)),
    argumentsText: scrubber.text(call.argumentsText),
  }))
  // A cut-off body also fails to parse; that it was cut off is the better reason.
  const isCut = finish === undefined && !body.isDone
  const flaw = flawOfEnd(body.end) ?? malformed ?? (isCut ? 'truncated' : undefined) ?? (isUtf8(body.bytes) ? undefined : 'bad_text')
  return {
    text: scrubber.text(text),
    toolCalls: fromWire,
    finish: finish ?? 'other',
    ...(usage === undefined ? {} : { usage }),
    ...(flaw === undefined ? {} : { malformed: flaw }),
    raw: scrubber.bytes(body.bytes),
  }
}

function flawOfEnd(end: BodyEnd): MalformedCode | undefined {
  switch (end) {
    case 'whole':
      return undefined
    case 'lost':
      return 'truncated'
    case 'stalled':
    case 'too_large':
      return end
  }
}

function noReplyCode(end: BodyEnd): FaultCode {
  return end === 'stalled' ? 'model.stalled' : 'model.unreachable'
}

/** The service's own words, if they can be had; how it refuses to explain itself is not worth another error. */
async function errorDetail(exchange: Exchange, response: Response, watch: StallWatch): Promise<string> {
  const { bytes } = await readBody(response, watch, { maxBytes: maxErrorBytes, signal: exchange.context.signal })
  const text = new TextDecoder().decode(bytes)
  const reply = createChatReply()
  reply.add(text)
  const said = reply.errorText()
  return printable(exchange.scrubber.text(said === undefined || said === '' ? text : said))
}

function fault({ scrubber }: Exchange, code: FaultCode, message: string): IceError {
  return new IceError(code, scrubber.text(message))
}

function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, maxErrorLength)
    .toWellFormed()
}

function systemCode(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'no system code'
}

function parseBase(baseUrl: string): URL {
  const base = URL.parse(baseUrl)
  if (base === null || (base.protocol !== 'https:' && base.protocol !== 'http:')) {
    throw new IceError('usage.invalid', 'the address of a model service must be an http or https URL')
  }
  if (base.username !== '' || base.password !== '' || base.search !== '' || base.hash !== '') {
    throw new IceError('usage.invalid', 'the address of a model service must not carry a user, a query or a fragment', {
      hint: 'hand the key in by itself: addresses are recorded',
    })
  }
  return base
}

function destinationOf(base: URL): string {
  const standardPort = base.protocol === 'https:' ? '443' : '80'
  return `${base.protocol}//${base.hostname}:${base.port === '' ? standardPort : base.port}`
}

/** Printable ASCII: anything else makes the platform quote the key in an error. */
function checkedKey(key: string | undefined, base: URL): string | undefined {
  if (key === undefined || key === '') return undefined
  if (!/^[!-~]+$/.test(key)) throw new IceError('usage.invalid', 'the key of the model service holds characters no header may carry')
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(base.hostname)
  if (base.protocol === 'http:' && !isLocal) {
    throw new IceError('usage.invalid', `the key would travel to ${base.hostname} unencrypted`, { hint: 'use https, or no key' })
  }
  return key
}
