import { z } from 'zod'
import { canonicalize, IceError, isDigest } from '@ice-runtime/kernel'
import type { Cost, CostBound, Driver, Facts } from '@ice-runtime/kernel'
import { defineEffect } from '../define-effect.ts'
import type { EffectContext, EffectReceipt } from '../effect-definition.ts'
import { toJson } from '../json-value.ts'
import { malformedCodes, modelFinishes } from './model-provider.ts'
import type { ModelPrice, ModelProvider, ModelReply, ModelRequest, ModelUsage } from './model-provider.ts'
import { readableReply } from './readable-reply.ts'

/** Output tokens when a request names no limit: a long answer, and a price that can be foreseen. */
export const defaultOutputTokens = 4096
const maxOutputTokens = 1_000_000
/** Ten minutes: slow models think for minutes, and the provider's own stall limit ends a silent one much earlier. */
const defaultModelDeadlineMs = 600_000
/** Tokens a chat template may add around messages and tools beyond the bytes of their JSON. */
const templateTokens = 64

const toolCallSchema = z.strictObject({ id: z.string().max(256), name: z.string().max(256), argumentsText: z.string() })
const messageSchema = z
  .strictObject({
    role: z.enum(['system', 'user', 'assistant', 'tool']),
    content: z.string(),
    toolCalls: z.array(toolCallSchema).max(128).optional(),
    toolCallId: z.string().max(256).optional(),
  })
  .refine((message) => message.toolCalls === undefined || message.role === 'assistant', 'only an assistant calls tools')
  .refine(
    (message) => (message.toolCallId !== undefined) === (message.role === 'tool'),
    'a tool message names the call it answers, no other does',
  )

const argsSchema = z.strictObject({
  /** `provider:name`. */
  model: z.string().regex(/^[a-z][a-z0-9-]{0,31}:\P{C}{1,200}$/u),
  messages: z.array(messageSchema).min(1).max(10_000),
  tools: z
    .array(z.strictObject({ name: z.string().min(1).max(128), description: z.string(), parameters: z.record(z.string(), z.json()) }))
    .max(512)
    .optional(),
  maxOutputTokens: z.int().min(1).max(maxOutputTokens).default(defaultOutputTokens),
  temperature: z.number().min(0).max(2).optional(),
})
type ModelArgs = z.infer<typeof argsSchema>

const resultSchema = z.strictObject({
  text: z.string(),
  toolCalls: z.array(toolCallSchema.extend({ id: z.string(), name: z.string() })),
  finish: z.enum(modelFinishes),
  usage: z.strictObject({ inputTokens: z.int().min(0), outputTokens: z.int().min(0) }),
  /** Digest of the reply as it arrived; there when the fields above cannot say all of it. */
  raw: z.string().refine(isDigest).optional(),
  /** The reply cannot be used, and why. It then carries no tool calls, so that nobody acts on half of one. */
  malformed: z.strictObject({ code: z.enum(malformedCodes) }).optional(),
})
type ModelResult = z.infer<typeof resultSchema>

export interface ModelDriverOptions {
  /** By the name before the colon. */
  readonly providers: { readonly [name: string]: ModelProvider }
  /** By `provider:name` or by `provider`, the longer one first. A remote provider without a price costs an unknown amount. */
  readonly prices?: { readonly [model: string]: ModelPrice }
  readonly deadlineMs?: number
}

/**
 * `model.generate`: one inference. It changes nothing outside, but what is asked leaves the machine, unless the provider is
 * local. Tokens are bounded by the bytes of the prompt (no tokenizer makes more than one of a byte) and the output limit, times
 * the attempts the provider may make; an attempt that may have been charged is settled at that bound.
 */
export function modelDriver(options: ModelDriverOptions): Driver {
  return defineEffect<ModelArgs, ModelResult>({
    action: 'model.generate',
    version: 1,
    description: 'Asks a language model for the next message of a conversation. The reply is never parsed or obeyed here.',
    args: argsSchema,
    result: resultSchema,
    class: 'observe',
    egress: (args) => destinationOf(chosen(options, args).provider),
    secrets: (args) => keyOf(chosen(options, args).provider),
    costBound: (args) => boundOf(options, args),
    resources: ({ model }) => [`model:${model}`],
    // No more confidential than what was asked: the run carries that already. And nobody knows who wrote what the model has read.
    label: 'untrusted/public',
    factTypes: { provider: { type: 'string' }, messageCount: { type: 'integer' }, toolNames: { type: 'strings' } },
    facts: (args) => factsOf(options, args),
    describe: (args) => describeRequest(options, args),
    perform: (args, context) => generate(options, args, context),
    deadlineMs: options.deadlineMs ?? defaultModelDeadlineMs,
  })
}

interface Chosen {
  readonly provider: ModelProvider
  readonly providerName: string
  readonly model: string
}

function chosen(options: ModelDriverOptions, args: ModelArgs): Chosen {
  const colon = args.model.indexOf(':')
  const providerName = args.model.slice(0, colon)
  const provider = Object.hasOwn(options.providers, providerName) ? options.providers[providerName] : undefined
  if (provider === undefined) {
    const known = Object.keys(options.providers).sort().join(', ')
    throw new IceError('model.not_found', `no model provider is named ${providerName}`, { hint: `known: ${known === '' ? 'none' : known}` })
  }
  return { provider, providerName, model: args.model.slice(colon + 1) }
}

function destinationOf({ destination }: ModelProvider): readonly string[] {
  return destination === undefined ? [] : [destination]
}

function keyOf({ secret }: ModelProvider): readonly string[] {
  return secret === undefined ? [] : [secret]
}

function factsOf(options: ModelDriverOptions, args: ModelArgs): Facts {
  const { providerName } = chosen(options, args)
  return { provider: providerName, messageCount: args.messages.length, toolNames: (args.tools ?? []).map((tool) => tool.name) }
}

function describeRequest(options: ModelDriverOptions, args: ModelArgs): string {
  const place = chosen(options, args).provider.destination
  const where = place === undefined ? 'on this machine' : `at ${place}`
  const parts = [`${args.messages.length} messages`, `${args.tools?.length ?? 0} tools`, `at most ${args.maxOutputTokens} tokens back`]
  return `Ask ${args.model} ${where}: ${parts.join(', ')}.`
}

async function generate(options: ModelDriverOptions, args: ModelArgs, context: EffectContext): Promise<EffectReceipt<ModelResult>> {
  const { provider, model } = chosen(options, args)
  const { messages, tools, temperature } = args
  const request: ModelRequest = {
    model,
    messages,
    tools: tools ?? [],
    maxOutputTokens: args.maxOutputTokens,
    ...(temperature === undefined ? {} : { temperature }),
  }
  const progress = (text: string): void => context.onProgress?.(text)
  const reply = await provider.generate(request, { signal: context.signal, onProgress: progress, secret: (name) => context.secret(name) })
  const { text, toolCalls, finish, malformed } = readableReply(reply)
  const usage = reply.usage ?? { inputTokens: promptTokens(args), outputTokens: outputTokens(args, reply) }
  const result = { text, toolCalls: [...toolCalls], finish, usage }
  const cost = spentOn(options, args, { usage, chargedAttempts: reply.chargedAttempts ?? 0 })
  if (malformed === undefined) return { result, cost }
  return { result: { ...result, raw: context.blobs.put(reply.raw).blob, malformed: { code: malformed } }, cost }
}

/** An upper bound: the bytes of what is sent. */
function promptTokens({ messages, tools }: ModelArgs): number {
  return Buffer.byteLength(canonicalize(toJson([messages, tools ?? []]))) + templateTokens
}

/** What a provider that reports no usage can have charged for at most. */
function outputTokens(args: ModelArgs, reply: ModelReply): number {
  return Math.min(args.maxOutputTokens, reply.raw.length)
}

function boundOf(options: ModelDriverOptions, args: ModelArgs): CostBound {
  const { maxAttempts } = chosen(options, args).provider
  const attempt = { inputTokens: promptTokens(args), outputTokens: args.maxOutputTokens }
  const all = { inputTokens: attempt.inputTokens * maxAttempts, outputTokens: attempt.outputTokens * maxAttempts }
  return { tokens: all.inputTokens + all.outputTokens, ...moneyFor(options, args, all) }
}

function spentOn(
  options: ModelDriverOptions,
  args: ModelArgs,
  spent: { readonly usage: ModelUsage; readonly chargedAttempts: number },
): Cost {
  const { usage, chargedAttempts } = spent
  const inputTokens = usage.inputTokens + chargedAttempts * promptTokens(args)
  const outputTokens = usage.outputTokens + chargedAttempts * args.maxOutputTokens
  const { moneyMicro } = moneyFor(options, args, { inputTokens, outputTokens })
  // An unknown price stays unknown: the receipt claims no amount of money rather than zero of it.
  return { tokens: inputTokens + outputTokens, ...(typeof moneyMicro === 'number' ? { moneyMicro } : {}) }
}

function moneyFor(options: ModelDriverOptions, args: ModelArgs, usage: ModelUsage): Pick<CostBound, 'moneyMicro'> {
  const { provider, providerName } = chosen(options, args)
  if (provider.destination === undefined) return {}
  const price = priceOf(options.prices ?? {}, [args.model, providerName])
  if (price === undefined) return { moneyMicro: 'unknown' }
  return { moneyMicro: Math.ceil((usage.inputTokens * price.inputMicro + usage.outputTokens * price.outputMicro) / 1_000_000) }
}

function priceOf(prices: { readonly [model: string]: ModelPrice }, names: readonly string[]): ModelPrice | undefined {
  const name = names.find((candidate) => Object.hasOwn(prices, candidate))
  return name === undefined ? undefined : prices[name]
}
