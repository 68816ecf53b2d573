import { z } from 'zod'
import type { JsonObject } from '@ice-runtime/kernel'
import type { Host } from '../host.ts'
import type { HookCall, HookCaller, HookOutcome, HookToolUse } from '../hook/hook-call.ts'
import { directory, duration, json, name, object, readMembers } from '../hook/payload.ts'

const caller = z.looseObject({
  session_id: name,
  cwd: directory,
  hook_event_name: name,
  transcript_path: z.string().nullish(),
  agent_id: name.optional(),
  agent_type: z.string().optional(),
})
const use = z.looseObject({ tool_name: name, tool_input: object, tool_use_id: name })
const success = z.looseObject({ tool_response: json, duration_ms: duration })
const failure = z.looseObject({ error: z.string(), is_interrupt: z.boolean().optional(), duration_ms: duration })
const start = z.looseObject({ source: z.string().optional() })
const end = z.looseObject({ reason: z.string().optional() })

/** The payload of Claude Code, which Codex has taken over member by member. Throws `hook.malformed`. */
export function readClaudeCall(payload: JsonObject, host: Host): HookCall {
  const read = readMembers(caller, payload)
  const common = callerOf(host, read)
  switch (read.hook_event_name) {
    case 'PreToolUse':
      return { ...common, event: 'before', ...toolUse(payload) }
    case 'PostToolUse':
      return { ...common, event: 'after', ...toolUse(payload), outcome: succeeded(payload) }
    case 'PostToolUseFailure':
      return { ...common, event: 'after', ...toolUse(payload), outcome: failed(payload) }
    case 'SessionStart':
      return { ...common, event: 'session-start', how: readMembers(start, payload).source ?? 'unknown' }
    case 'SessionEnd':
      return { ...common, event: 'session-end', how: readMembers(end, payload).reason ?? 'unknown' }
    default:
      return { ...common, event: 'other', name: read.hook_event_name }
  }
}

function callerOf(host: Host, read: z.infer<typeof caller>): HookCaller {
  const { session_id: session, cwd, transcript_path: transcript, agent_id: id, agent_type: kind } = read
  return {
    host,
    session,
    cwd,
    ...(typeof transcript === 'string' ? { transcript } : {}),
    ...(id === undefined ? {} : { agent: { id, kind: kind ?? 'unknown' } }),
  }
}

function toolUse(payload: JsonObject): HookToolUse {
  const { tool_name: tool, tool_input: input, tool_use_id: toolUseId } = readMembers(use, payload)
  return { tool, toolUseId, input }
}

function succeeded(payload: JsonObject): HookOutcome {
  const { tool_response: response, duration_ms: durationMs } = readMembers(success, payload)
  return { type: 'succeeded', response, ...(durationMs === undefined ? {} : { durationMs: Math.round(durationMs) }) }
}

function failed(payload: JsonObject): HookOutcome {
  const { error: message, is_interrupt: interrupted = false, duration_ms: durationMs } = readMembers(failure, payload)
  return { type: 'failed', message, interrupted, ...(durationMs === undefined ? {} : { durationMs: Math.round(durationMs) }) }
}
