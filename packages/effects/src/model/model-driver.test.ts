import { afterEach, describe, expect, test } from 'vitest'
import { driverContract, openMemoryBlobs } from '@ice-runtime/conformance'
import { canonicalize, emptyMap, parseDigest, parseRunId } from '@ice-runtime/kernel'
import type { Blobs, Driver, Json, JsonObject, PreparedAction, Receipt } from '@ice-runtime/kernel'
import { modelDriver } from './model-driver.ts'
import type { ModelPrice } from './model-provider.ts'
import { scriptedProvider } from './scripted-provider.ts'
import { closeServices, delta, done, json, provider, serve, stream, usage } from './tests/chat-endpoint.ts'

afterEach(closeServices)

const messages = [{ role: 'user', content: 'hi' }]
const blobs: Blobs = openMemoryBlobs()
const context = { runId: parseRunId('run_model0000000'), at: 1, staged: emptyMap<never>(), blobs, signal: new AbortController().signal }

async function prepare(driver: Driver, args: JsonObject): Promise<PreparedAction> {
  const prepared = await driver.prepare(args, context)
  if ('refused' in prepared) throw new Error(`${prepared.refused}: ${prepared.detail}`)
  return prepared
}

async function generate(driver: Driver, args: JsonObject): Promise<Receipt> {
  return driver.perform(await prepare(driver, args), { ...context, key: 'run_model0000000#1' })
}

function scripted(...replies: readonly Json[]): Driver {
  return modelDriver({ providers: { scripted: scriptedProvider({ script: { replies } }) } })
}

driverContract('model.generate, scripted', {
  open: () => ({ driver: scripted({ text: 'hello' }), look: () => null }),
  honestArgs: [
    { model: 'scripted:a', messages },
    { model: 'scripted:a', messages, maxOutputTokens: 10, temperature: 0.5 },
    { model: 'scripted:b.json', messages, tools: [{ name: 'files.read', description: 'reads', parameters: { type: 'object' } }] },
  ],
  refusedArgs: [
    { args: { model: 'nobody:a', messages }, code: 'model.not_found' },
    { args: { model: 'toString:a', messages }, code: 'args.invalid' },
    { args: { model: 'constructor:a', messages }, code: 'model.not_found' },
    { args: { model: 'scripted', messages }, code: 'args.invalid' },
    { args: { model: 'scripted:a', messages: [] }, code: 'args.invalid' },
    { args: { model: 'scripted:a', messages: [{ role: 'tool', content: 'x' }] }, code: 'args.invalid' },
    { args: { model: 'scripted:a', messages: [{ role: 'user', content: 'x', toolCalls: [] }] }, code: 'args.invalid' },
    { args: { model: 'scripted:a', messages: [{ role: 'user', content: '\udfff' }] }, code: 'args.invalid' },
    { args: { model: 'scripted:a', messages, maxOutputTokens: 0 }, code: 'args.invalid' },
  ],
  failingArgs: [
    { args: { model: 'scripted:a', messages: [...messages, { role: 'assistant', content: 'hello' }] }, code: 'script.exhausted' },
  ],
})

driverContract('model.generate, remote', {
  open: async () => {
    const { baseUrl } = await serve((response, incoming, body) => {
      const { model } = JSON.parse(body)
      if (model === 'refused') json({}, 400)(response, incoming, body)
      if (model === 'small') stream(delta({ content: 'hello' }, 'stop') + usage + done)(response, incoming, body)
    })
    return { driver: modelDriver({ providers: { remote: provider(baseUrl) } }), look: () => null }
  },
  honestArgs: [{ model: 'remote:small', messages }],
  failingArgs: [{ args: { model: 'remote:refused', messages }, code: 'model.http_error' }],
  hangingArgs: { model: 'remote:silent', messages },
})

test('a local model sends nothing anywhere, and its answer is untrusted', async () => {
  const prepared = await prepare(scripted({ text: 'x' }), { model: 'scripted:a', messages })
  expect(prepared).toMatchObject({ class: 'observe', label: 'untrusted/public', resources: ['model:scripted:a'] })
  expect(prepared).not.toHaveProperty('egress')
  expect(prepared.cost).not.toHaveProperty('moneyMicro')
  expect(prepared.facts).toMatchObject({ provider: 'scripted', messageCount: 1, maxOutputTokens: 4096, toolNames: [] })
})

describe('a remote model', () => {
  const price: ModelPrice = { inputMicro: 2_000_000, outputMicro: 3_000_000 }
  const remote = (baseUrl: string, prices?: { readonly [model: string]: ModelPrice }): Driver =>
    modelDriver({ providers: { remote: provider(baseUrl) }, ...(prices === undefined ? {} : { prices }) })
  const args = { model: 'remote:small', messages, maxOutputTokens: 10 }
  const hello = stream(delta({ content: 'hello' }, 'stop') + usage + done)

  test('is a destination, and costs an unknown amount without a price', async () => {
    const prepared = await prepare(remote('https://api.example/v1'), args)
    expect(prepared).toMatchObject({ egress: { destinations: ['https://api.example:443'] }, cost: { moneyMicro: 'unknown' } })
  })

  test('is bounded by the bytes of the prompt and the output limit, for every attempt', async () => {
    const { cost } = await prepare(remote('https://api.example/v1', { 'remote:small': price }), args)
    const promptTokens = Buffer.byteLength(canonicalize([messages, []])) + 64
    expect(cost).toEqual({ tokens: 3 * (promptTokens + 10), moneyMicro: 3 * (promptTokens * 2 + 10 * 3) })
  })

  test('costs what its usage says, at the price of the model before that of the provider', async () => {
    const { baseUrl } = await serve(hello)
    const prices = { remote: { inputMicro: 0, outputMicro: 0 }, 'remote:small': price }
    expect((await generate(remote(baseUrl, prices), args)).cost).toEqual({ tokens: 10, moneyMicro: 7 * 2 + 3 * 3 })
    expect((await generate(remote(baseUrl), args)).cost).toEqual({ tokens: 10 })
  })

  test('costs the bound for each attempt that may have been charged', async () => {
    const { baseUrl } = await serve(json('', 500), hello)
    const promptTokens = Buffer.byteLength(canonicalize([messages, []])) + 64
    expect((await generate(remote(baseUrl), args)).cost).toEqual({ tokens: 10 + promptTokens + 10 })
  })

  test('that reports no usage costs the bound', async () => {
    const { baseUrl } = await serve(stream(delta({ content: 'hello' }, 'stop') + done))
    const { result } = await generate(remote(baseUrl), args)
    expect(result).toMatchObject({ usage: { inputTokens: Buffer.byteLength(canonicalize([messages, []])) + 64, outputTokens: 10 } })
  })
})

describe('the result', () => {
  test('is exactly text, tool calls, finish and usage when the reply is whole', async () => {
    const toolCalls = [{ name: 'files.read', argumentsText: '{"a":' }]
    const { result } = await generate(scripted({ text: 'x', toolCalls, usage: { inputTokens: 1, outputTokens: 2 } }), {
      model: 'scripted:a',
      messages,
    })
    expect(result).toEqual({
      text: 'x',
      toolCalls: [{ id: 'call_0_0', name: 'files.read', argumentsText: '{"a":' }],
      finish: 'tool_calls',
      usage: { inputTokens: 1, outputTokens: 2 },
    })
  })

  test.each([
    ['a lone surrogate in the text', { text: 'a\ud800' }, 'a\ufffd'],
    ['a NUL in the text', { text: 'a\0' }, 'a\ufffd'],
    ['a lone surrogate in arguments', { text: 'a', toolCalls: [{ name: 'f', argumentsText: '"\ud800"' }] }, 'a'],
    ['a NUL in a name', { text: 'a', toolCalls: [{ name: 'f\0', args: {} }] }, 'a'],
  ])('with %s keeps the whole reply beside it and carries no tool call', async (_what, reply, text) => {
    const { result } = await generate(scripted(reply), { model: 'scripted:a', messages })
    expect(result).toMatchObject({ text, toolCalls: [], finish: 'other', malformed: { code: 'bad_text' } })
    const { raw } = JSON.parse(canonicalize(result))
    expect(JSON.parse(Buffer.from(blobs.get(parseDigest(raw))).toString())).toMatchObject(reply)
  })

  test('of a reply cut off half-way says so and names the bytes that came', async () => {
    const half = delta({ content: 'hel' }) + delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{' } }] })
    const { baseUrl } = await serve(stream(half))
    const { result } = await generate(modelDriver({ providers: { remote: provider(baseUrl) } }), { model: 'remote:small', messages })
    expect(result).toMatchObject({ text: 'hel', toolCalls: [], malformed: { code: 'truncated' } })
    const { raw } = JSON.parse(canonicalize(result))
    expect(Buffer.from(blobs.get(parseDigest(raw))).toString()).toBe(half)
  })
})
