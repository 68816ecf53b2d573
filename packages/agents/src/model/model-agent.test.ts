import { describe, expect, test } from 'vitest'
import { canonicalize, IceError } from '@ice-runtime/kernel'
import type { AgentEnd, AgentSession, AgentStart, AgentStatement, DeliveredOutcome, Json } from '@ice-runtime/kernel'
import { modelAgent } from './model-agent.ts'
import type { ModelAgentOptions } from './model-options.ts'

interface Heard {
  readonly session: AgentSession
  readonly messages: { readonly action: string; readonly args: { readonly [key: string]: Json } }[]
  readonly statements: AgentStatement[]
  readonly ends: AgentEnd[]
  /** Answers the latest proposal. */
  readonly reply: (result: Json) => Promise<void>
  readonly answer: (key: number, outcome: DeliveredOutcome) => Promise<void>
}

const actions: AgentStart['actions'] = ['files.read', 'files.write', 'model.generate'].map((action) => ({
  action,
  description: action,
  argsSchema: { type: 'object' },
}))

async function begin(options: Partial<ModelAgentOptions> = {}): Promise<Heard> {
  const messages: Heard['messages'] = []
  const statements: AgentStatement[] = []
  const ends: AgentEnd[] = []
  const host = modelAgent({
    name: 'a',
    version: '1',
    instructions: 'Do it.',
    model: 'test:model',
    tools: ['files.read', 'files.write'],
    ...options,
  })
  const session = await host.open(
    { input: 'task', seed: 's', at: 0, actions },
    {
      propose: ({ message }) => void messages.push(message as Heard['messages'][number]),
      state: (statement) => void statements.push(statement),
      end: (end) => void ends.push(end),
      log: () => undefined,
    },
  )
  await session.start()
  const answer: Heard['answer'] = (key, outcome) => session.deliver({ key, outcome, at: 0 })
  return { session, messages, statements, ends, answer, reply: (result) => answer(messages.length - 1, { type: 'succeeded', result }) }
}

const usage = { inputTokens: 1, outputTokens: 1 }
const saying = (text: string): Json => ({ text, toolCalls: [], finish: 'stop', usage })
const calling = (...toolCalls: readonly Json[]): Json => ({ text: '', toolCalls, finish: 'tool_calls', usage })
const call = (id: string, name: string, argumentsText: string): Json => ({ id, name, argumentsText })
const lastSaid = ({ messages }: Heard): readonly Json[] => messages.at(-1)?.args['messages'] as readonly Json[]

test('a model is asked with its instructions, the input and its actions as tools', async () => {
  const heard = await begin()
  expect(heard.messages).toEqual([
    {
      action: 'model.generate',
      args: {
        model: 'test:model',
        messages: [
          { role: 'system', content: 'Do it.' },
          { role: 'user', content: 'task' },
        ],
        tools: ['read', 'write'].map((verb) => ({ name: `files.${verb}`, description: `files.${verb}`, parameters: { type: 'object' } })),
      },
    },
  ])
})

test('calls become proposals in the order of the reply, and results go back in it once all are there', async () => {
  const heard = await begin()
  await heard.reply(calling(call('x', 'files.write', '{"path":"b"}'), call('y', 'files.read', '')))
  expect(heard.messages.slice(1)).toEqual([
    { action: 'files.write', args: { path: 'b' } },
    { action: 'files.read', args: {} },
  ])
  await heard.answer(2, { type: 'succeeded', result: { z: 1, a: 'text' } })
  expect(heard.messages).toHaveLength(3)
  await heard.answer(1, { type: 'refused', code: 'grant.missing' })
  expect(lastSaid(heard).slice(2)).toEqual([
    { role: 'assistant', content: '', toolCalls: [call('x', 'files.write', '{"path":"b"}'), call('y', 'files.read', '')] },
    { role: 'tool', toolCallId: 'x', content: '{"refused":"grant.missing"}' },
    { role: 'tool', toolCallId: 'y', content: '{"a":"text","z":1}' },
  ])
  await heard.reply(saying('done'))
  expect(heard.ends).toEqual([{ type: 'completed', output: 'done' }])
})

const deep = (open: string, close: string): string => open.repeat(200_000) + close.repeat(200_000)
const badCalls: readonly (readonly [string, Json, string])[] = [
  ['broken JSON', call('x', 'files.read', '{"path":'), 'call.arguments_json'],
  ['arguments nested 200,000 deep', call('x', 'files.read', `{"a":${deep('[', ']')}}`), 'call.arguments_json'],
  ['arguments of a wrong type', call('x', 'files.read', '["path"]'), 'call.arguments_type'],
  ['a key named __proto__', call('x', 'files.read', '{"__proto__":{"path":"a"}}'), 'call.arguments_json'],
  ['a raw NUL', call('x', 'files.read', '{"path":"a\u0000"}'), 'call.arguments_json'],
  ['a lone surrogate', call('x', 'files.read', '{"path":"\ud800"}'), 'call.arguments_json'],
  ['an escaped lone surrogate', call('x', 'files.read', '{"path":"\\ud800"}'), 'call.arguments_json'],
  ['a key twice', call('x', 'files.read', '{"path":"a","path":"b"}'), 'call.arguments_json'],
  ['an unknown tool', call('x', 'files.format', '{}'), 'call.unknown_tool'],
  ['a tool by another spelling of its name', call('x', 'files_read', '{}'), 'call.unknown_tool'],
  ['a name that is no text', { id: 'x', name: 7, argumentsText: '{}' }, 'call.unknown_tool'],
  ['arguments that are no text', { id: 'x', name: 'files.read', argumentsText: { path: 'a' } }, 'call.arguments_type'],
  ['an id no provider makes', call('x\ny', 'files.read', '{}'), 'call.id'],
  ['no call at all', null, 'call.unknown_tool'],
]
const badReplies: readonly (readonly [string, Json, string])[] = [
  ['no object', 'text', 'reply.shape'],
  ['no calls', { text: 'a', finish: 'stop' }, 'reply.shape'],
  ['a text cut short', { text: 'The answer is', toolCalls: [], finish: 'length', usage }, 'reply.truncated'],
  ['a filtered text', { text: '', toolCalls: [], finish: 'content_filter', usage }, 'reply.filtered'],
  ['nothing', saying(' \n'), 'reply.empty'],
  ['a lone surrogate in its text', saying('\udfff'), 'reply.text'],
  ['what the driver could not read', { ...(saying('a') as object), malformed: { code: 'bad_json' } }, 'reply.unreadable'],
  ['too many calls', calling(...Array.from({ length: 65 }, (_, n) => call(`c${n}`, 'files.read', '{}'))), 'reply.too_many_calls'],
]

describe('a model that writes nonsense', () => {
  test.each(badCalls)('is told of a call with %s, while the good call beside it is made', async (_, bad, code) => {
    const heard = await begin()
    await heard.reply(calling(bad, call('good', 'files.read', '{"path":"a"}')))
    expect(heard.statements).toEqual([{ type: 'InferenceCompleted', payload: { verdict: 'malformed', code, turn: 1 } }])
    expect(heard.messages.slice(1)).toEqual([{ action: 'files.read', args: { path: 'a' } }])
    await heard.answer(1, { type: 'succeeded', result: null })
    expect(lastSaid(heard).slice(3)).toMatchObject([
      { role: 'tool', content: `{"error":"${code}"}` },
      { role: 'tool', toolCallId: 'good', content: 'null' },
    ])
    // What is sent back must be writable, whatever came in.
    expect(() => canonicalize(heard.messages.at(-1) as never)).not.toThrow()
  })

  test.each(badReplies)('is told of a reply with %s, and asked again', async (_, bad, code) => {
    const heard = await begin()
    await heard.reply(bad)
    expect(heard.statements).toEqual([{ type: 'InferenceCompleted', payload: { verdict: 'malformed', code, turn: 1 } }])
    expect(lastSaid(heard).at(-1)).toEqual({ role: 'user', content: `{"error":"${code}"}` })
    await heard.reply(saying('done'))
    expect(heard.ends).toEqual([{ type: 'completed', output: 'done' }])
  })

  test('ends the run after three such replies in a row, and no sooner', async () => {
    const heard = await begin()
    await heard.reply(saying(''))
    await heard.reply(saying(''))
    await heard.reply(calling(call('x', 'files.read', '{}')))
    await heard.answer(3, { type: 'succeeded', result: 1 })
    await heard.reply(saying(''))
    await heard.reply(saying(''))
    expect(heard.ends).toEqual([])
    await heard.reply(saying(''))
    expect(heard.ends).toMatchObject([{ type: 'failed', code: 'model.malformed' }])
  })

  test('is held to JSON where the agent declares an output', async () => {
    const heard = await begin({ output: { type: 'object' } })
    await heard.reply(saying('Sure! {"a":1}'))
    expect(heard.statements).toMatchObject([{ payload: { code: 'output.json' } }])
    await heard.reply(saying('{"a":1}'))
    expect(heard.ends).toEqual([{ type: 'completed', output: { a: 1 } }])
  })
})

test('a model that never finishes is ended after its turns, and before its transcript outgrows it', async () => {
  const slow = await begin({ stop: { maxTurns: 1 } })
  await slow.reply(calling(call('x', 'files.read', '{}')))
  await slow.answer(1, { type: 'succeeded', result: 1 })
  expect(slow.ends).toMatchObject([{ type: 'failed', code: 'limit.exceeded', message: expect.stringContaining('1 turns') }])
  const long = await begin({ stop: { maxTranscriptChars: 1000 } })
  await long.reply(calling(call('x', 'files.read', '{}')))
  await long.answer(1, { type: 'succeeded', result: 'x'.repeat(1000) })
  expect(long.ends).toMatchObject([{ type: 'failed', code: 'limit.exceeded', message: expect.stringContaining('1000 characters') }])
})

test.each([
  [{ type: 'refused', code: 'grant.missing' }, 'grant.missing'],
  [{ type: 'failed', code: 'model.unreachable', message: 'no route' }, 'model.unreachable'],
  [{ type: 'deferred', id: 'x' }, 'agent.protocol'],
] satisfies readonly (readonly [DeliveredOutcome, string])[])('without its model the loop ends and says why: %j', async (outcome, code) => {
  const heard = await begin()
  await heard.answer(0, outcome)
  expect(heard.ends).toMatchObject([{ type: 'failed', code }])
})

test('a tool that the run does not know is found before anything runs', async () => {
  const opening = begin({ tools: ['files.format'] })
  await expect(opening).rejects.toThrow(IceError)
  await expect(opening).rejects.toMatchObject({ code: 'agent.protocol' })
})

test('the digest names the whole declaration', () => {
  const digestOf = (options: Partial<ModelAgentOptions>): string =>
    modelAgent({ name: 'a', version: '1', instructions: 'Do it.', model: 'm', ...options }).identity.digest
  const digests = [{}, { instructions: 'Do that.' }, { model: 'n' }, { tools: ['a.b'] }, { temperature: 1 }, { stop: { maxTurns: 2 } }].map(
    digestOf,
  )
  expect(new Set(digests).size).toBe(digests.length)
})
