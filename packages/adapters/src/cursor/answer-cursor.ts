import { unreachable } from '@ice-runtime/kernel'
import { blocked, reasonText, silence } from '../hook/hook-verdict.ts'
import type { HookAnswer, HookVerdict } from '../hook/hook-verdict.ts'

/** What Cursor is told before a tool is used. Its documents say of `ask` that it is accepted and not enforced, so it is a denial. */
export function answerCursor(verdict: HookVerdict): HookAnswer {
  switch (verdict.type) {
    case 'allow':
      return { stdout: `${JSON.stringify({ permission: 'allow' })}\n`, stderr: '', exitCode: 0 }
    case 'silent':
      return silence
    case 'ask':
      return denied(`${verdict.reason} (needs a person, whom Cursor's hooks do not ask)`)
    case 'deny':
      return denied(verdict.reason)
    case 'failure':
      return denied(`ICE could not decide (${verdict.code}): ${verdict.message}`)
    default:
      return unreachable(verdict)
  }
}

function denied(reason: string): HookAnswer {
  const text = reasonText(reason)
  return blocked(text, `${JSON.stringify({ permission: 'deny', user_message: text, agent_message: text })}\n`)
}
