import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { ModelMessage, ModelProvider, ModelReply } from './model-provider.ts'
import { scriptedProvider } from './scripted-provider.ts'

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

function scriptFile(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'ice-script-'))
  directories.push(directory)
  const file = join(directory, 'script.json')
  writeFileSync(file, text)
  return file
}

function scripted(...replies: readonly unknown[]): ModelProvider {
  return scriptedProvider({ script: { replies } })
}

/** A conversation in which the model has spoken so many times. */
function ask(model: ModelProvider, turn: number, last = 'go on'): Promise<ModelReply> {
  const said: readonly ModelMessage[] = Array.from({ length: turn }, () => ({ role: 'assistant', content: 'x' }))
  const messages: readonly ModelMessage[] = [...said, { role: 'user', content: last }]
  return model.generate({ model: 'a', messages, tools: [], maxOutputTokens: 10 }, { signal: new AbortController().signal })
}

test('the place in the script follows the conversation, not the order of calls', async () => {
  const model = scripted({ text: 'one' }, { text: 'two' })
  const texts = await Promise.all([1, 0, 1, 0].map(async (turn) => (await ask(model, turn)).text))
  expect(texts).toEqual(['two', 'one', 'two', 'one'])
})

test('a reply with a condition is given whenever the last message meets it', async () => {
  const model = scripted({ when: { contains: 'poison' }, text: 'obeyed' }, { text: 'one' }, { text: 'two' })
  expect((await ask(model, 1, 'the poison says')).text).toBe('obeyed')
  expect((await ask(model, 1)).text).toBe('two')
})

test('tool calls are written as JSON, or exactly as the script says', async () => {
  const toolCalls = [
    { name: 'a', args: { x: [1] } },
    { name: 'b', argumentsText: '{"x":' },
    { name: 'c', id: 'mine' },
  ]
  const reply = await ask(scripted({ toolCalls }), 0)
  expect(reply).toMatchObject({ finish: 'tool_calls', text: '' })
  expect(reply.toolCalls).toEqual([
    { id: 'call_0_0', name: 'a', argumentsText: '{"x":[1]}' },
    { id: 'call_0_1', name: 'b', argumentsText: '{"x":' },
    { id: 'mine', name: 'c', argumentsText: '{}' },
  ])
})

test('a reply can be played that cannot be used', async () => {
  expect(await ask(scripted({ text: 'ha', malformed: 'truncated' }), 0)).toMatchObject({ text: 'ha', malformed: 'truncated' })
})

test('a script that has ended says what to do', async () => {
  await expect(ask(scripted({ text: 'one' }), 1)).rejects.toMatchObject({
    code: 'script.exhausted',
    message: 'the script has 1 replies, and this is request 2',
    hint: expect.stringContaining('add a reply'),
  })
})

test('a script is read from its file', async () => {
  expect((await ask(scriptedProvider({ file: scriptFile('{"replies":[{"text":"from a file"}]}') }), 0)).text).toBe('from a file')
})

describe('a script is refused with a hint', () => {
  test.each([
    ['no JSON', '{'],
    ['no replies', '{}'],
    ['a misspelt member', '{"replies":[{"txt":"x"}]}'],
    ['arguments given twice', '{"replies":[{"toolCalls":[{"name":"a","args":{},"argumentsText":"{}"}]}]}'],
    ['a condition on nothing', '{"replies":[{"when":{}}]}'],
  ])('that holds %s', (_what, text) => {
    const file = scriptFile(text)
    expect(() => scriptedProvider({ file })).toThrow(
      expect.objectContaining({ code: 'script.invalid', hint: expect.stringContaining('replies') }),
    )
  })

  test('that is missing', () => {
    expect(() => scriptedProvider({ file: '/nowhere/script.json' })).toThrow(expect.objectContaining({ code: 'script.invalid' }))
  })
})
