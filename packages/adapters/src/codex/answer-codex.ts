import { unreachable } from '@ice-runtime/kernel'
import { blocked, reasonText, silence } from '../hook/hook-verdict.ts'
import type { HookAnswer, HookVerdict } from '../hook/hook-verdict.ts'

/**
 * What Codex is told before a tool is used. It takes `allow` and `ask` for a failed hook and goes on, so an allowance is silence
 * and a question is a denial.
 */
export function answerCodex(verdict: HookVerdict): HookAnswer {
  switch (verdict.type) {
    case 'allow':
    case 'silent':
      return silence
    case 'ask':
      return blocked(reasonText(`${verdict.reason} (needs a person, whom Codex's hooks cannot ask)`))
    case 'deny':
      return blocked(reasonText(verdict.reason))
    case 'failure':
      return blocked(reasonText(`ICE could not decide (${verdict.code}): ${verdict.message}`))
    default:
      return unreachable(verdict)
  }
}
