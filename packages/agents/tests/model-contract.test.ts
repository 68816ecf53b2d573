import { agentHostContract } from '@ice-runtime/conformance'
import type { AgentWorld } from '@ice-runtime/conformance'
import { modelAgent } from '@ice-runtime/agents'
import type { Json } from '@ice-runtime/kernel'

interface Message {
  readonly role: string
  readonly content: string
}

const usage = { inputTokens: 1, outputTokens: 1 }
const final = (text: string): Json => ({ text, toolCalls: [], finish: 'stop', usage })
const calls = (count: number): Json => ({
  text: '',
  toolCalls: Array.from({ length: count }, (_, n) => ({ id: `call_${n}`, name: 'test.ask', argumentsText: JSON.stringify({ n }) })),
  finish: 'tool_calls',
  usage,
})

/** A model that is a function of the transcript, as `model.generate` would answer. */
function world(name: string, reply: (messages: readonly Message[]) => Json): AgentWorld {
  return {
    host: modelAgent({ name, version: '1.0.0', instructions: 'Do it.', model: 'test:model', output: {} }),
    play(message) {
      const { action, args } = message as { readonly action: string; readonly args: { readonly messages: readonly Message[] } }
      return action === 'model.generate' ? reply(args.messages) : undefined
    },
  }
}

const answers = (messages: readonly Message[]): readonly string[] =>
  messages.filter(({ role }) => role === 'tool').map(({ content }) => content)
const inputOf = (messages: readonly Message[]): string => messages.find(({ role }) => role === 'user')?.content ?? ''
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const behaviours = {
  echo: world('echo', (messages) => final(isJson(inputOf(messages)) ? inputOf(messages) : JSON.stringify(inputOf(messages)))),
  ask: world('ask', (messages) => (answers(messages).length === 0 ? calls(1) : final(answers(messages)[0] ?? ''))),
  askFive: world('askFive', (messages) => (answers(messages).length === 0 ? calls(5) : final(`[${answers(messages).join()}]`))),
  flood: world('flood', () => calls(100_000)),
}

agentHostContract('the model host', { behaviours: () => behaviours, has: ['echo', 'ask', 'askFive', 'flood'], promisesReplay: true })
