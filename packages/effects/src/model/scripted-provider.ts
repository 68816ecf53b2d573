import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { IceError } from '@ice-runtime/kernel'
import { malformedCodes, modelFinishes } from './model-provider.ts'
import type { ModelProvider, ModelReply, ModelRequest, ModelToolCall } from './model-provider.ts'

const scriptedCall = z
  .strictObject({
    name: z.string(),
    id: z.string().optional(),
    /** Written as JSON for the agent. */
    args: z.json().optional(),
    /** Instead of `args`: exactly what the model shall have written. */
    argumentsText: z.string().optional(),
  })
  .refine((call) => call.args === undefined || call.argumentsText === undefined, 'args and argumentsText exclude one another')

const scriptedReply = z.strictObject({
  /** For a request whose last message contains this text, wherever the conversation stands. */
  when: z.strictObject({ contains: z.string().min(1) }).optional(),
  text: z.string().default(''),
  toolCalls: z.array(scriptedCall).max(128).default([]),
  finish: z.enum(modelFinishes).optional(),
  usage: z.strictObject({ inputTokens: z.int().min(0), outputTokens: z.int().min(0) }).optional(),
  /** Plays a reply that cannot be used. */
  malformed: z.enum(malformedCodes).optional(),
})
type ScriptedReply = z.infer<typeof scriptedReply>

const scriptSchema = z.strictObject({ replies: z.array(scriptedReply).max(10_000) })

const scriptHint = 'a script is {"replies": [{"text": "…", "toolCalls": [{"name": "files.read", "args": {}}]}, …]}'

/**
 * A model that says what a script tells it to: the same to the same conversation, in however many runs at once. The first reply
 * whose `when` matches the last message is given; otherwise the reply without a `when` whose place in the script is the number of
 * assistant messages so far. Throws `script.invalid` here, rejects with `script.exhausted` later.
 */
export function scriptedProvider(source: { readonly file: string } | { readonly script: unknown }): ModelProvider {
  const replies = parseScript('file' in source ? readScript(source.file) : source.script)
  return {
    destination: undefined,
    maxAttempts: 1,
    generate: async (request, { signal, onProgress }) => {
      if (signal.aborted) throw new IceError('effect.timeout', 'stopped before the script was read')
      const reply = replyTo(replies, request)
      if (reply.text !== '') onProgress?.(reply.text)
      return reply
    },
  }
}

function readScript(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new IceError('script.invalid', `the script ${file} cannot be read: ${why.toWellFormed()}`, { cause: error, hint: scriptHint })
  }
}

function parseScript(script: unknown): readonly ScriptedReply[] {
  const parsed = scriptSchema.safeParse(script)
  if (!parsed.success) {
    throw new IceError('script.invalid', `the script is malformed: ${z.prettifyError(parsed.error)}`.toWellFormed(), { hint: scriptHint })
  }
  return parsed.data.replies
}

function replyTo(replies: readonly ScriptedReply[], request: ModelRequest): ModelReply {
  const turn = request.messages.filter((message) => message.role === 'assistant').length
  const last = request.messages.at(-1)?.content ?? ''
  const inOrder = replies.filter((reply) => reply.when === undefined)
  const scripted = replies.find((reply) => reply.when !== undefined && last.includes(reply.when.contains)) ?? inOrder[turn]
  if (scripted === undefined) {
    throw new IceError('script.exhausted', `the script has ${inOrder.length} replies, and this is request ${turn + 1}`, {
      hint: 'add a reply at the end of the script, or one with "when"',
    })
  }
  const toolCalls = scripted.toolCalls.map((call, index) => toolCallOf(call, `call_${turn}_${index}`))
  const finish = scripted.finish ?? (toolCalls.length === 0 ? 'stop' : 'tool_calls')
  const usage = scripted.usage ?? { inputTokens: wordCount(request.messages), outputTokens: wordCount([scripted.text, toolCalls]) }
  // JSON escapes what UTF-8 cannot hold, so the raw form loses nothing.
  const raw = new TextEncoder().encode(JSON.stringify(scripted))
  return {
    text: scripted.text,
    toolCalls,
    finish,
    usage,
    raw,
    ...(scripted.malformed === undefined ? {} : { malformed: scripted.malformed }),
  }
}

function toolCallOf(call: z.infer<typeof scriptedCall>, id: string): ModelToolCall {
  return { id: call.id ?? id, name: call.name, argumentsText: call.argumentsText ?? JSON.stringify(call.args ?? {}) }
}

/** A plausible count of tokens for scripts that do not care: four characters each. */
function wordCount(content: unknown): number {
  return Math.ceil(JSON.stringify(content).length / 4)
}
