import { afterEach, describe, expect, test } from 'vitest'
import { maxReplyBytes } from './openai-provider.ts'
import {
  ask,
  closeServices,
  data,
  delta,
  done,
  eventStream,
  json,
  manualTimers,
  provider,
  request,
  serve,
  stream,
  usage,
} from './tests/chat-endpoint.ts'
import type { Answer } from './tests/chat-endpoint.ts'

afterEach(closeServices)

describe('a streamed reply', () => {
  test('is put together from its pieces, with usage', async () => {
    const { baseUrl } = await serve(
      stream(delta({ role: 'assistant', content: 'Grüße, ' }) + delta({ content: '世界 🌍' }) + delta({}, 'stop') + usage + done),
    )
    const progress: string[] = []
    const reply = await ask(provider(baseUrl), { onProgress: (text) => progress.push(text) })
    expect(reply).toMatchObject({ text: 'Grüße, 世界 🌍', toolCalls: [], finish: 'stop', usage: { inputTokens: 7, outputTokens: 3 } })
    expect(reply).not.toHaveProperty('malformed')
    expect(progress.join('')).toBe('Grüße, 世界 🌍')
  })

  test('is the same wherever the network cuts it, inside characters too', async () => {
    const whole = Buffer.from(
      `: warming up\r\n\r\n${delta({ content: '世🌍' })}data: {"choices":[],\r\ndata: "usage":null}\r\n\r\n${delta({}, 'stop')}${done}`,
    )
    const byteByByte: Answer = (response) => {
      response.writeHead(200, eventStream)
      const next = (index: number): void => {
        if (index === whole.length) response.end()
        else response.write(whole.subarray(index, index + 1), () => setImmediate(next, index + 1))
      }
      next(0)
    }
    const { baseUrl } = await serve(byteByByte)
    expect(await ask(provider(baseUrl))).toMatchObject({ text: '世🌍', finish: 'stop' })
  })

  test('assembles tool calls by index and gives tools their own names back', async () => {
    const call = (index: number, rest: object): string => delta({ tool_calls: [{ index, ...rest }] })
    const { baseUrl, bodies } = await serve(
      stream(
        call(0, { id: 'a', function: { name: 'files__read', arguments: '{"pa' } }) +
          call(1, { id: 'b', function: { name: 'rm_rf', arguments: '' } }) +
          call(0, { function: { arguments: 'th":"x"}' } }) +
          call(1, { function: { arguments: '{}' } }) +
          delta({}, 'tool_calls') +
          done,
      ),
    )
    const tools = [{ name: 'files.read', description: 'reads', parameters: { type: 'object' } }]
    const messages = [
      { role: 'assistant', content: '', toolCalls: [{ id: 'z', name: 'files.read', argumentsText: '{' }] },
      { role: 'tool', content: 'no', toolCallId: 'z' },
    ] as const
    expect(await ask(provider(baseUrl), { request: { ...request, tools, messages } })).toMatchObject({
      finish: 'tool_calls',
      toolCalls: [
        { id: 'a', name: 'files.read', argumentsText: '{"path":"x"}' },
        { id: 'b', name: 'rm_rf', argumentsText: '{}' },
      ],
    })
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      model: 'small',
      stream: true,
      max_tokens: 50,
      tools: [{ type: 'function', function: { name: 'files__read' } }],
      messages: [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'z', type: 'function', function: { name: 'files__read', arguments: '{' } }],
        },
        { role: 'tool', content: 'no', tool_call_id: 'z' },
      ],
    })
  })

  test('is read from one JSON body as well, where a service does not stream', async () => {
    const message = { content: null, tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }
    const { baseUrl } = await serve(
      json({ choices: [{ message, finish_reason: 'length' }], usage: { prompt_tokens: 1, completion_tokens: 2 } }),
    )
    expect(await ask(provider(baseUrl))).toMatchObject({
      text: '',
      finish: 'length',
      toolCalls: [{ id: 'call_0', name: 'f' }],
      usage: { inputTokens: 1 },
    })
  })

  test('counts its last event although the blank line behind it is missing', async () => {
    const { baseUrl } = await serve(stream(delta({ content: 'hi' }) + delta({}, 'length').trimEnd()))
    expect(await ask(provider(baseUrl))).toMatchObject({ text: 'hi', finish: 'length' })
  })

  test('is over at the end mark although the service keeps the connection', async () => {
    const { baseUrl } = await serve((response) => void response.writeHead(200, eventStream).write(delta({ content: 'hi' }, 'stop') + done))
    expect(await ask(provider(baseUrl))).toMatchObject({ text: 'hi' })
  })
})

describe('what arrives broken is kept and named', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000)
  const args = (text: string): string => delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: text } }] })
  test.each<[string, string, Answer]>([
    ['bad_json', 'a page instead of JSON', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['bad_json', 'an event that is no JSON', stream(`data: {oops\n\n${delta({}, 'stop')}${done}`)],
    ['truncated', 'a stream that ends early', stream(delta({ content: 'hel' }))],
    ['truncated', 'an empty stream', stream('')],
    ['wrong_types', 'content that is a list', stream(delta({ content: ['x'] }) + delta({}, 'stop') + done)],
    [
      'wrong_types',
      'content nested 200,000 deep',
      stream(`data: {"choices":[{"delta":{"content":${deep}},"finish_reason":"stop"}]}\n\n${done}`),
    ],
    [
      'wrong_types',
      'arguments that are an object',
      stream(delta({ tool_calls: [{ index: 0, function: { name: 'f', arguments: {} } }] }, 'stop') + done),
    ],
    ['wrong_types', 'tool calls that are a text', stream(delta({ tool_calls: 'x' }, 'stop') + done)],
    ['wrong_types', 'a tool call that is null', stream(delta({ tool_calls: [{ index: 'x' }] }, 'stop') + done)],
    ['wrong_types', 'choices that are an object', json({ choices: {} })],
    ['wrong_types', 'a body that is a number', json('7')],
    ['too_large', 'a thousand tool calls', stream(delta({ tool_calls: Array.from({ length: 1000 }, () => ({ id: 'a' })) }, 'stop') + done)],
    [
      'bad_text',
      'bytes that are no UTF-8',
      (response) =>
        response.writeHead(200, eventStream).end(Buffer.concat([Buffer.from(delta({}, 'stop')), Buffer.from([0x3a, 0xff, 0x0a])])),
    ],
  ])('as %s: %s', async (code, _what, answer) => {
    const { baseUrl } = await serve(answer)
    expect(await ask(provider(baseUrl))).toMatchObject({ malformed: code, raw: expect.any(Uint8Array) })
  })

  test.each([
    ['nesting of 200,000', deep],
    ['bad JSON', '{"a":'],
    ['a prototype', '{"__proto__":{"x":1}}'],
    ['a NUL', '{"a":"\0"}'],
    ['a lone surrogate', '{"a":"\ud800"}'],
  ])('arguments with %s pass through as the text they are', async (_what, text) => {
    const { baseUrl } = await serve(stream(args(text) + delta({}, 'tool_calls') + done))
    expect((await ask(provider(baseUrl))).toolCalls).toEqual([{ id: 'a', name: 'f', argumentsText: text }])
  })

  test('a member named __proto__ reaches nothing', async () => {
    const { baseUrl } = await serve(stream(`data: {"__proto__":{"choices":[{"delta":{"content":"evil"}}]},"choices":[]}\n\n${done}`))
    expect(await ask(provider(baseUrl))).toMatchObject({ text: '', finish: 'other' })
  })

  test('a reply longer than anyone reads is cut', async () => {
    const filler = Buffer.alloc(1024 * 1024, ':')
    const { baseUrl } = await serve((response) => {
      response.writeHead(200, eventStream)
      for (let count = 0; count < 18; count += 1) response.write(filler)
    })
    const reply = await ask(provider(baseUrl))
    expect(reply.malformed).toBe('too_large')
    expect(reply.raw).toHaveLength(maxReplyBytes)
  })

  test('usage that is no count is not believed', async () => {
    const lies = data({ choices: [], usage: { prompt_tokens: -1, completion_tokens: 0.5 } })
    const { baseUrl } = await serve(stream(delta({ content: 'x' }, 'stop') + lies + done))
    expect(await ask(provider(baseUrl))).not.toHaveProperty('usage')
  })

  test('a connection reset in the middle leaves what had arrived', async () => {
    const { baseUrl, bodies } = await serve((response) => {
      response.writeHead(200, eventStream).write(delta({ content: 'half' }), () => setImmediate(() => response.socket?.resetAndDestroy()))
    })
    expect(await ask(provider(baseUrl))).toMatchObject({ text: 'half', malformed: 'truncated' })
    expect(bodies).toHaveLength(1)
  })

  test('a service that falls silent in the middle leaves what had arrived', async () => {
    const timers = manualTimers()
    const { baseUrl } = await serve((response) => void response.writeHead(200, eventStream).write(delta({ content: 'half' })))
    expect(await ask(provider(baseUrl, { timers }), { onProgress: () => setImmediate(timers.stall) })).toMatchObject({
      text: 'half',
      malformed: 'stalled',
    })
  })
})
