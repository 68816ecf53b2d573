import type { AgentChannel, AgentEnd, AgentSession, AgentStart, DeliveredOutcome, Json } from '@ice-runtime/kernel'
import type { ModelAgentOptions } from './model-agent.ts'
import { defaultMaxTranscriptChars, defaultMaxTurns, maxMalformedInARow } from './limits.ts'
import { readReply } from './reply.ts'
import type { MalformedCode, ReadCall } from './reply.ts'
import type { ToolNames } from './tool-names.ts'
import { errorContent, inputContent, openTranscript, outcomeContent } from './transcript.ts'

export interface ModelSessionParts {
  readonly options: ModelAgentOptions
  readonly names: ToolNames
  /** As `model.generate` takes them. */
  readonly tools: readonly Json[]
  readonly start: AgentStart
  readonly channel: AgentChannel
}

/** A call of the reply being worked on. `content` is there once it is answered. */
interface OpenCall {
  readonly toolCallId: string
  content: string | undefined
}

/** The loop: ask, act on all calls of the reply, tell all results in the reply's order, ask again. No clock and no randomness. */
export function openModelSession(parts: ModelSessionParts): AgentSession {
  const { options, names, start, channel } = parts
  const transcript = openTranscript()
  const openCalls = new Map<number, OpenCall>()
  let calls: readonly OpenCall[] = []
  let live = true
  let proposed = 0
  let asked: number | undefined
  let turns = 0
  let malformedInARow = 0

  const end = (how: AgentEnd): void => {
    live = false
    channel.end(how)
  }
  const fail = (code: string, message: string): void => end({ type: 'failed', code, message })
  const propose = (message: Json): number => {
    const key = proposed
    proposed += 1
    channel.propose({ key, message })
    return key
  }

  const ask = (): void => {
    const maxTurns = options.stop?.maxTurns ?? defaultMaxTurns
    const maxChars = options.stop?.maxTranscriptChars ?? defaultMaxTranscriptChars
    if (turns >= maxTurns) return fail('limit.exceeded', `the model has not finished after ${maxTurns} turns`)
    if (transcript.sizeChars() > maxChars) return fail('limit.exceeded', `the transcript is larger than ${maxChars} characters`)
    turns += 1
    asked = propose({ action: 'model.generate', args: generateArgs(parts, transcript.messages()) })
  }

  /** Records a reply's verdict. False when it was the last one the model gets. */
  const judge = (code: MalformedCode | undefined): boolean => {
    const verdict = code === undefined ? { verdict: 'accepted', turn: turns } : { verdict: 'malformed', code, turn: turns }
    channel.state({ type: 'InferenceCompleted', payload: verdict })
    malformedInARow = code === undefined ? 0 : malformedInARow + 1
    if (malformedInARow < maxMalformedInARow) return true
    fail('model.malformed', `${maxMalformedInARow} replies in a row could not be used, the last one for ${code}`)
    return false
  }

  const act = (text: string, read: readonly ReadCall[]): void => {
    const bad = read.find((call) => call.type === 'malformed')
    if (!judge(bad?.type === 'malformed' ? bad.code : undefined)) return
    transcript.add({ role: 'assistant', content: text, toolCalls: read.map((call) => call.echo) })
    calls = read.map((call): OpenCall => ({ toolCallId: call.echo.id, content: call.type === 'malformed' ? errorContent(call.code) : undefined }))
    for (const [index, call] of read.entries()) {
      const open = calls[index]
      if (call.type === 'action' && open !== undefined) openCalls.set(propose({ action: call.action, args: call.args }), open)
    }
    askWhenAnswered()
  }
  const askWhenAnswered = (): void => {
    if (calls.some((call) => call.content === undefined)) return
    for (const { toolCallId, content } of calls) transcript.add({ role: 'tool', toolCallId, content: content ?? '' })
    calls = []
    ask()
  }

  const hear = (result: Json): void => {
    const reply = readReply(result, { names, jsonOutput: options.output !== undefined, turn: turns })
    switch (reply.type) {
      case 'malformed':
        if (!judge(reply.code)) return
        transcript.add({ role: 'user', content: errorContent(reply.code) })
        return ask()
      case 'calls':
        return act(reply.text, reply.calls)
      case 'final':
        judge(undefined)
        return end({ type: 'completed', output: reply.output })
    }
  }

  return {
    async start() {
      if (!live || turns > 0) return
      transcript.add({ role: 'system', content: options.instructions })
      transcript.add({ role: 'user', content: inputContent(start.input) })
      ask()
    },
    async deliver({ key, outcome }) {
      if (!live) return
      if (key === asked) {
        asked = undefined
        if (outcome.type === 'succeeded') hear(outcome.result)
        else fail(...unanswered(outcome))
        return
      }
      const call = openCalls.get(key)
      if (call === undefined) return
      openCalls.delete(key)
      call.content = outcomeContent(outcome)
      askWhenAnswered()
    },
    async stop() {
      live = false
    },
  }
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
function unanswered(outcome: Exclude<DeliveredOutcome, { readonly type: 'succeeded' }>): readonly [code: string, message: string] {
  switch (outcome.type) {
    case 'refused':
      return [outcome.code, 'asking the model was refused']
    case 'failed':
      return [outcome.code, `asking the model failed: ${outcome.message}`]
    case 'deferred':
      return ['agent.protocol', 'asking the model was deferred to the commit, and the loop needs the answer now']
  }
}
