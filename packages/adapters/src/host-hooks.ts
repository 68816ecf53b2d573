import { unreachable } from '@ice-runtime/kernel'
import type { ActionName, Driver, JsonObject } from '@ice-runtime/kernel'
import { driversOver } from './action/host-drivers.ts'
import type { ToolTable } from './action/tool-meaning.ts'
import { answerClaude } from './claude-code/answer-claude.ts'
import { readClaudeCall } from './claude-code/read-claude-call.ts'
import { claudeTools } from './claude-code/tools.ts'
import { answerCodex } from './codex/answer-codex.ts'
import { codexTools } from './codex/tools.ts'
import { answerCursor } from './cursor/answer-cursor.ts'
import { readCursorCall } from './cursor/read-cursor-call.ts'
import { cursorTools } from './cursor/tools.ts'
import type { HookCall, HookToolUse } from './hook/hook-call.ts'
import type { HookAnswer, HookVerdict } from './hook/hook-verdict.ts'
import { readPayload } from './hook/payload.ts'
import type { Host } from './host.ts'

/** Reads what a host wrote to its hook. Members nobody knows are passed over; throws `hook.malformed` where what matters is not there. */
export function readHookCall(host: Host, text: string): HookCall {
  const payload = readPayload(text)
  switch (host) {
    case 'claude-code':
    case 'codex':
      return readClaudeCall(payload, host)
    case 'cursor':
      return readCursorCall(payload)
    default:
      return unreachable(host)
  }
}

/**
 * What to print, and how to exit, so that the host does what was decided before a tool is used. The input is never edited: what was
 * judged is what the host holds. At every other event the answer is `silent`.
 */
export function hookAnswer(host: Host, verdict: HookVerdict): HookAnswer {
  switch (host) {
    case 'claude-code':
      return answerClaude(verdict)
    case 'codex':
      return answerCodex(verdict)
    case 'cursor':
      return answerCursor(verdict)
    default:
      return unreachable(host)
  }
}

/** What one use of a tool is proposed as. Equal for equal uses, so an input that was edited in between shows. */
export interface HostProposal {
  readonly action: ActionName
  readonly args: JsonObject
}

/** The action and arguments of a use of a tool, whether it was announced, reported or found in a transcript. */
export function hostProposal(host: Host, use: Pick<HookToolUse, 'tool' | 'input'> & { readonly cwd: string }): HostProposal {
  const { tool, cwd, input } = use
  return { action: toolsOf(host)(tool).action, args: { tool, cwd, input } }
}

/** A driver for everything the host performs, in one project. `root` is absolute, with links resolved as the host has its `cwd`. */
export function hostDrivers(host: Host, root: string): readonly Driver[] {
  return driversOver({ tools: toolsOf(host), root })
}

function toolsOf(host: Host): ToolTable {
  switch (host) {
    case 'claude-code':
      return claudeTools
    case 'codex':
      return codexTools
    case 'cursor':
      return cursorTools
    default:
      return unreachable(host)
  }
}
