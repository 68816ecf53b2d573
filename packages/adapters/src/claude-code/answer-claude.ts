import { unreachable } from '@ice-runtime/kernel'
import { blocked, reasonText, silence } from '../hook/hook-verdict.ts'
import type { HookAnswer, HookVerdict } from '../hook/hook-verdict.ts'

/** What Claude Code is told before a tool is used. */
export function answerClaude(verdict: HookVerdict): HookAnswer {
  switch (verdict.type) {
    case 'allow':
      return { stdout: decision('allow', verdict.reason), stderr: '', exitCode: 0 }
    case 'ask':
      return { stdout: decision('ask', verdict.reason), stderr: '', exitCode: 0 }
    case 'deny':
      return blocked(reasonText(verdict.reason), decision('deny', verdict.reason))
    case 'silent':
      return silence
    case 'failure': {
      const reason = `ICE could not decide (${verdict.code}): ${verdict.message}`
      return blocked(reasonText(reason), decision('deny', reason))
    }
    default:
      return unreachable(verdict)
  }
}

function decision(permissionDecision: 'allow' | 'ask' | 'deny', reason: string): string {
  const hookSpecificOutput = { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason: reasonText(reason) }
  return `${JSON.stringify({ hookSpecificOutput })}\n`
}
