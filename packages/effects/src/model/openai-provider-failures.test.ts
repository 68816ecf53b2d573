import { afterEach, describe, expect, test } from 'vitest'
import {
  ask,
  closeServices,
  data,
  delta,
  done,
  eventStream,
  failureOf,
  hello,
  json,
  key,
  manualTimers,
  provider,
  serve,
  stream,
} from './tests/chat-endpoint.ts'
import type { Answer } from './tests/chat-endpoint.ts'

afterEach(closeServices)

describe('a service that does not reply', () => {
  test('is asked again after 429, as late as it says, and such an attempt is free', async () => {
    const timers = manualTimers()
    const { baseUrl, bodies } = await serve(json({ error: { message: 'slow' } }, 429, { 'retry-after': '7' }), json({}, 429), hello)
    expect(await ask(provider(baseUrl, { timers }))).not.toHaveProperty('chargedAttempts')
    expect(timers.pauses).toEqual([7000, 1000])
    expect(bodies).toHaveLength(3)
  })

  test('may name a date, which is compared with its own clock', async () => {
    const timers = manualTimers()
    const headers = { date: 'Sat, 01 Jan 2000 00:00:00 GMT', 'retry-after': 'Sat, 01 Jan 2000 00:00:09 GMT' }
    const { baseUrl } = await serve(json({}, 429, headers), hello)
    await ask(provider(baseUrl, { timers }))
    expect(timers.pauses).toEqual([9000])
  })

  test('and asks for more patience than the bound is left alone', async () => {
    const { baseUrl, bodies } = await serve(json({ error: { message: 'quota' } }, 429, { 'retry-after': '3600' }))
    expect(await failureOf(ask(provider(baseUrl)))).toMatchObject({
      code: 'model.rate_limited',
      message: 'the model service answered 429: quota',
    })
    expect(bodies).toHaveLength(1)
  })

  test('is given up after the bound of attempts', async () => {
    const { baseUrl, bodies } = await serve(json('broken', 503))
    expect(await failureOf(ask(provider(baseUrl)))).toMatchObject({
      code: 'model.http_error',
      message: 'the model service answered 503: broken',
    })
    expect(bodies).toHaveLength(3)
  })

  test('counts attempts that broke as charged', async () => {
    const { baseUrl } = await serve(json('', 500), (response) => response.socket?.resetAndDestroy(), hello)
    expect(await ask(provider(baseUrl))).toMatchObject({ text: 'hello', chargedAttempts: 2 })
  })

  test('is unreachable when nobody listens', async () => {
    const { baseUrl, server } = await serve(hello)
    await new Promise((resolve) => server.close(resolve))
    expect(await failureOf(ask(provider(baseUrl)))).toMatchObject({
      code: 'model.unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test.each([
    [400, 'model.http_error'],
    [401, 'model.http_error'],
    [404, 'model.not_found'],
    [307, 'model.http_error'],
  ])('with %i is not asked again', async (status, code) => {
    const { baseUrl, bodies } = await serve(json({ error: { message: 'no' } }, status, { location: 'http://127.0.0.1:1/' }))
    expect(await failureOf(ask(provider(baseUrl)))).toMatchObject({ code })
    expect(bodies).toHaveLength(1)
  })

  test('and is silent from the start has stalled', async () => {
    const timers = manualTimers()
    const { baseUrl } = await serve(() => setImmediate(timers.stall))
    expect(await failureOf(ask(provider(baseUrl, { timers })))).toMatchObject({ code: 'model.stalled' })
  })

  test('and is silent after its headers has stalled', async () => {
    const timers = manualTimers()
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      const response = await globalThis.fetch(url, init)
      setImmediate(timers.stall)
      return response
    }
    const { baseUrl } = await serve((response) => response.writeHead(200, eventStream).flushHeaders())
    expect(await failureOf(ask(provider(baseUrl, { timers, fetch })))).toMatchObject({ code: 'model.stalled' })
  })

  test('breaks off inside the stream with its own words', async () => {
    const { baseUrl } = await serve(stream(delta({ content: 'x' }) + data({ error: { message: 'overloaded' } })))
    expect(await failureOf(ask(provider(baseUrl)))).toMatchObject({
      code: 'model.http_error',
      message: 'the model service broke off: overloaded',
    })
  })

  test.each<[string, Answer]>([
    ['before it answers', () => undefined],
    ['in the middle', (response) => void response.writeHead(200, eventStream).write(delta({ content: 'x' }))],
  ])('is left at once when the action is stopped %s', async (_when, answer) => {
    const stop = new AbortController()
    const { baseUrl } = await serve((response, incoming, body) => {
      answer(response, incoming, body)
      setImmediate(() => stop.abort())
    })
    expect(await failureOf(ask(provider(baseUrl), { signal: stop.signal }))).toMatchObject({ code: 'effect.timeout' })
  })
})

describe('the key', () => {
  test('is sent to the service and nowhere else', async () => {
    const seen: (string | undefined)[] = []
    const { baseUrl, bodies } = await serve((response, incoming, body) => {
      seen.push(incoming.headers.authorization)
      hello(response, incoming, body)
    })
    await ask(provider(baseUrl))
    await ask(provider(baseUrl, { apiKey: () => undefined }))
    expect(seen).toEqual([`Bearer ${key}`, undefined])
    expect(bodies.join('')).not.toContain(key)
  })

  test('is taken out of errors', async () => {
    const { baseUrl } = await serve(json({ error: { message: `bad key ${key}` } }, 401))
    expect((await failureOf(ask(provider(baseUrl)))).message).toBe('the model service answered 401: bad key [secret removed]')
  })

  test('is taken out of text, arguments, raw bytes and progress, also when it arrives in pieces', async () => {
    const pieces = Array.from(`say ${key}!`)
      .map((letter) => delta({ content: letter }))
      .join('')
    const call = delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: key } }] }, 'stop')
    const { baseUrl } = await serve(stream(pieces + call + done))
    const progress: string[] = []
    const reply = await ask(provider(baseUrl), { onProgress: (text) => progress.push(text) })
    expect(reply).toMatchObject({ text: 'say [secret removed]!', toolCalls: [{ argumentsText: '[secret removed]' }] })
    expect(progress.join('')).toBe('say [secret removed]!')
    expect(Buffer.from(reply.raw).includes(key)).toBe(false)
  })

  test('is never quoted when no header may carry it', async () => {
    const { baseUrl } = await serve(hello)
    const error = await failureOf(ask(provider(baseUrl, { apiKey: () => `${key}\nx` })))
    expect(error).toMatchObject({ code: 'usage.invalid' })
    expect(`${error.message} ${String(error.cause)}`).not.toContain(key)
  })

  test('does not travel unencrypted to another machine', async () => {
    const never = (): Promise<Response> => Promise.reject(new Error('it was sent'))
    const error = await failureOf(ask(provider('http://models.example/v1', { fetch: never })))
    expect(error).toMatchObject({ code: 'usage.invalid', message: expect.stringContaining('unencrypted') })
  })

  test.each(['ftp://models.example', 'https://user:pass@models.example', 'https://models.example/v1?key=1', 'nonsense'])(
    'cannot hide in the address %s',
    (baseUrl) => {
      expect(() => provider(baseUrl)).toThrow(expect.objectContaining({ code: 'usage.invalid' }))
    },
  )
})

test('the destination names scheme, host and port, whether or not the address does', () => {
  expect(provider('https://api.example/v1').destination).toBe('https://api.example:443')
  expect(provider('http://127.0.0.1:8080').destination).toBe('http://127.0.0.1:8080')
})

test.each([0, 6, 1.5])('%d attempts are no bound', (maxAttempts) => {
  expect(() => provider('https://api.example/v1', { maxAttempts })).toThrow(expect.objectContaining({ code: 'usage.invalid' }))
})
