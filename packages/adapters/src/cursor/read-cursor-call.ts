import { z } from 'zod'
import { IceError } from '@ice-runtime/kernel'
import type { JsonObject } from '@ice-runtime/kernel'
import type { HookCall, HookCaller, HookOutcome, HookToolUse } from '../hook/hook-call.ts'
import { readClaudeCall } from '../claude-code/read-claude-call.ts'
import { directory, duration, json, name, object, readMembers } from '../hook/payload.ts'

const caller = z.looseObject({
  hook_event_name: name,
  conversation_id: name.optional(),
  session_id: name.optional(),
  cwd: z.string().optional(),
  workspace_roots: z.array(z.string()).optional(),
  transcript_path: z.string().nullish(),
})
const use = z.looseObject({ tool_name: name, tool_input: object, tool_use_id: name })
const success = z.looseObject({ tool_output: json.optional(), duration })
const failure = z.looseObject({ error_message: z.string().optional(), is_interrupt: z.boolean().optional(), duration })
const start = z.looseObject({ composer_mode: z.string().optional() })
const end = z.looseObject({ reason: z.string().optional() })

/** The payload of Cursor's own hooks, and of Claude Code's that it loads. Throws `hook.malformed`. */
export function readCursorCall(payload: JsonObject): HookCall {
  const read = readMembers(caller, payload)
  // Events of Claude Code begin with a capital, Cursor's own do not.
  if (/^[A-Z]/.test(read.hook_event_name)) return readClaudeCall(payload, 'cursor')
  const common = callerOf(read)
  switch (read.hook_event_name) {
    case 'preToolUse':
      return { ...common, event: 'before', ...toolUse(payload) }
    case 'postToolUse':
      return { ...common, event: 'after', ...toolUse(payload), outcome: succeeded(payload) }
    case 'postToolUseFailure':
      return { ...common, event: 'after', ...toolUse(payload), outcome: failed(payload) }
    case 'sessionStart':
      return { ...common, event: 'session-start', how: readMembers(start, payload).composer_mode ?? 'unknown' }
    case 'sessionEnd':
      return { ...common, event: 'session-end', how: readMembers(end, payload).reason ?? 'unknown' }
    default:
      return { ...common, event: 'other', name: read.hook_event_name }
  }
}

function callerOf(read: z.infer<typeof caller>): HookCaller {
  const session = read.conversation_id ?? read.session_id
  if (session === undefined) throw new IceError('hook.malformed', 'the hook was handed no conversation_id')
  const cwd = directory.safeParse(read.cwd === undefined || read.cwd === '' ? read.workspace_roots?.[0] : read.cwd)
  if (!cwd.success) throw new IceError('hook.malformed', 'the hook was handed neither cwd nor workspace_roots with an absolute path')
  return {
    host: 'cursor',
    session,
    cwd: cwd.data,
    ...(typeof read.transcript_path === 'string' ? { transcript: read.transcript_path } : {}),
  }
}

function toolUse(payload: JsonObject): HookToolUse {
  const { tool_name: tool, tool_input: input, tool_use_id: toolUseId } = readMembers(use, payload)
  return { tool, toolUseId, input }
}

function succeeded(payload: JsonObject): HookOutcome {
  const { tool_output: response = null, duration: durationMs } = readMembers(success, payload)
  return { type: 'succeeded', response, ...(durationMs === undefined ? {} : { durationMs: Math.round(durationMs) }) }
}

function failed(payload: JsonObject): HookOutcome {
  const { error_message: message = 'unknown', is_interrupt: interrupted = false, duration: durationMs } = readMembers(failure, payload)
  return { type: 'failed', message, interrupted, ...(durationMs === undefined ? {} : { durationMs: Math.round(durationMs) }) }
}
