import type { AgentChannel, AgentEnd, AgentSession, AgentStart, DeliveredOutcome, Json } from '@ice-runtime/kernel'
import type { ModelAgentOptions } from './model-options.ts'
import { defaultMaxTranscriptChars, defaultMaxTurns, maxMalformedInARow } from './limits.ts'
import { readReply } from './reply.ts'
import type { MalformedCode, ReadCall } from './reply.ts'
import { errorContent, inputContent, openTranscript, outcomeContent } from './transcript.ts'
import type { Transcript } from './transcript.ts'

/** An action the model may call. */
export type OfferedTool = { readonly name: string; readonly description: string; readonly parameters: Json }

export interface ModelSessionParts {
  readonly options: ModelAgentOptions
  /** As `model.generate` takes them. */
  readonly tools: readonly OfferedTool[]
  readonly start: AgentStart
  readonly channel: AgentChannel
}

/** A call of the reply being worked on. `content` is there once it is answered. */
interface OpenCall {
  readonly toolCallId: string
  content: string | undefined
}

/** Where the loop stands: a function of the start and of the deliveries so far. */
interface Loop extends ModelSessionParts {
  readonly transcript: Transcript
  readonly toolNames: ReadonlySet<string>
  readonly openCalls: Map<number, OpenCall>
  /** Of the reply being worked on, in its order. */
  calls: readonly OpenCall[]
  live: boolean
  proposed: number
  /** The key of the turn being waited for. */
  asked: number | undefined
  turns: number
  malformedInARow: number
}

/** The loop: ask, act on all calls of the reply, tell all results in the reply's order, ask again. No clock and no randomness. */
export function openModelSession(parts: ModelSessionParts): AgentSession {
  const loop: Loop = {
    ...parts,
    transcript: openTranscript(),
    toolNames: new Set(parts.tools.map(({ name }) => name)),
    openCalls: new Map(),
    calls: [],
    live: true,
    proposed: 0,
    asked: undefined,
    turns: 0,
    malformedInARow: 0,
  }
  return {
    async start() {
      if (!loop.live || loop.turns > 0) return
      loop.transcript.add({ role: 'system', content: parts.options.instructions })
      loop.transcript.add({ role: 'user', content: inputContent(parts.start.input) })
      ask(loop)
    },
    async deliver({ key, outcome }) {
      if (!loop.live) return
      if (key === loop.asked) {
        loop.asked = undefined
        if (outcome.type === 'succeeded') hear(loop, outcome.result)
        else end(loop, unanswered(outcome))
        return
      }
      const call = loop.openCalls.get(key)
      if (call === undefined) return
      loop.openCalls.delete(key)
      call.content = outcomeContent(outcome)
      askWhenAnswered(loop)
    },
    async stop() {
      loop.live = false
    },
  }
}

function ask(loop: Loop): void {
  const maxTurns = loop.options.stop?.maxTurns ?? defaultMaxTurns
  const maxChars = loop.options.stop?.maxTranscriptChars ?? defaultMaxTranscriptChars
  if (loop.turns >= maxTurns) return end(loop, failed('limit.exceeded', `the model has not finished after ${maxTurns} turns`))
  if (loop.transcript.sizeChars() > maxChars)
    return end(loop, failed('limit.exceeded', `the transcript is larger than ${maxChars} characters`))
  loop.turns += 1
  loop.asked = propose(loop, { action: 'model.generate', args: generateArgs(loop, loop.transcript.messages()) })
}

function hear(loop: Loop, result: Json): void {
  const reply = readReply(result, { tools: loop.toolNames, jsonOutput: loop.options.output !== undefined, turn: loop.turns })
  switch (reply.type) {
    case 'malformed':
      if (!judge(loop, reply.code)) return
      loop.transcript.add({ role: 'user', content: errorContent(reply.code) })
      return ask(loop)
    case 'calls':
      return act(loop, reply.text, reply.calls)
    case 'final':
      judge(loop, undefined)
      return end(loop, { type: 'completed', output: reply.output })
  }
}

/** Records a reply's verdict. False when it was the last one the model gets. */
function judge(loop: Loop, code: MalformedCode | undefined): boolean {
  const verdict = code === undefined ? { verdict: 'accepted', turn: loop.turns } : { verdict: 'malformed', code, turn: loop.turns }
  loop.channel.state({ type: 'InferenceCompleted', payload: verdict })
  loop.malformedInARow = code === undefined ? 0 : loop.malformedInARow + 1
  if (loop.malformedInARow < maxMalformedInARow) return true
  end(loop, failed('model.malformed', `${maxMalformedInARow} replies in a row could not be used, the last one for ${code}`))
  return false
}

/** Proposes the calls that can be read, and answers the others itself. */
function act(loop: Loop, text: string, read: readonly ReadCall[]): void {
  const bad = read.find((call) => call.type === 'malformed')
  if (!judge(loop, bad?.code)) return
  loop.transcript.add({ role: 'assistant', content: text, toolCalls: read.map((call) => call.echo) })
  loop.calls = read.map((call) => {
    const open: OpenCall = { toolCallId: call.echo.id, content: call.type === 'malformed' ? errorContent(call.code) : undefined }
    if (call.type === 'action') loop.openCalls.set(propose(loop, { action: call.action, args: call.args }), open)
    return open
  })
  askWhenAnswered(loop)
}

function askWhenAnswered(loop: Loop): void {
  if (loop.calls.some((call) => call.content === undefined)) return
  for (const { toolCallId, content } of loop.calls) loop.transcript.add({ role: 'tool', toolCallId, content: content ?? '' })
  loop.calls = []
  ask(loop)
}

function propose(loop: Loop, message: Json): number {
  const key = loop.proposed
  loop.proposed += 1
  loop.channel.propose({ key, message })
  return key
}

function end(loop: Loop, how: AgentEnd): void {
  loop.live = false
  loop.channel.end(how)
}

function generateArgs({ options, tools }: ModelSessionParts, messages: Json): Json {
  return {
    model: options.model,
    messages,
    ...(tools.length === 0 ? {} : { tools }),
    ...(options.maxOutputTokens === undefined ? {} : { maxOutputTokens: options.maxOutputTokens }),
    ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
  }
}

/** Without its model the loop cannot go on; whoever reads the end learns why. */
function unanswered(outcome: Exclude<DeliveredOutcome, { readonly type: 'succeeded' }>): AgentEnd {
  switch (outcome.type) {
    case 'refused':
      return failed(outcome.code, 'asking the model was refused')
    case 'failed':
      return failed(outcome.code, `asking the model failed: ${outcome.message}`)
    case 'deferred':
      return failed('agent.protocol', 'asking the model was deferred to the commit, and the loop needs the answer now')
  }
}

function failed(code: string, message: string): AgentEnd {
  return { type: 'failed', code, message }
}
