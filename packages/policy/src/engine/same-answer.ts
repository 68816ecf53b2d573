import { canonicalize } from '@ice-runtime/kernel'
import type { PolicyAnswer } from '@ice-runtime/kernel'

/** True if both come to the same for who is asked: effect, obligations and waivers, whichever rules they come from. */
export function isSameAnswer(left: PolicyAnswer, right: PolicyAnswer): boolean {
  return meaningOf(left) === meaningOf(right)
}

function meaningOf(answer: PolicyAnswer): string {
  const obligations = answer.effect === 'oblige' ? answer.obligations.map((one) => canonicalize({ ...one })).sort() : []
  const waives = answer.effect === 'allow' || answer.effect === 'oblige' ? [...(answer.waives ?? [])].sort() : []
  return canonicalize({ effect: answer.effect, obligations, waives })
}
