import type { PolicyAnswer, PolicyEngine, RuleExplanation } from '@ice-runtime/kernel'
import type { RecordedRequest } from '../cases/policy-case.ts'
import { isSameAnswer } from '../engine/same-answer.ts'

/** Explaining is slow, and nobody reads more. Further flips are listed without. */
export const maxExplainedFlips = 100

/** One request that the other policy answers otherwise. */
export interface Flip {
  readonly from: string
  readonly action: string
  /** `stricter` when less happens by itself, `looser` when more does, `other` when the difference is in what is asked for. */
  readonly direction: 'stricter' | 'looser' | 'other'
  readonly before: PolicyAnswer
  readonly after: PolicyAnswer
  /** The rules of the next policy that decided, or where none did, the permit that came nearest. */
  readonly why: readonly RuleExplanation[]
}

/** A request that the other policy would not let happen: it forbids it, or cannot answer. */
export interface Refusal extends RecordedRequest {
  readonly answer: Extract<PolicyAnswer, { effect: 'forbid' | 'error' }>
}

export interface Simulation {
  readonly asked: number
  /** What the other policy answers, all requests together. */
  readonly answers: { readonly [Effect in PolicyAnswer['effect']]: number }
  readonly refused: readonly Refusal[]
  readonly flips: readonly Flip[]
}

/**
 * Asks both policies about every request. Pure, and as slow as both together: Cedar keeps what it parsed for ever, so a policy that is
 * only tried belongs into a worker that ends.
 */
export function simulatePolicy(old: PolicyEngine, next: PolicyEngine, requests: readonly RecordedRequest[]): Simulation {
  const flips: Flip[] = []
  const refused: Refusal[] = []
  const answers = { allow: 0, oblige: 0, forbid: 0, error: 0 }
  for (const recorded of requests) {
    const { from, request } = recorded
    const before = old.evaluate(request)
    const after = next.evaluate(request)
    answers[after.effect] += 1
    if (after.effect === 'forbid' || after.effect === 'error') refused.push({ ...recorded, answer: after })
    if (isSameAnswer(before, after)) continue
    const explained = flips.length < maxExplainedFlips ? (next.explain?.(request) ?? []) : []
    flips.push({ from, action: request.action, direction: directionOf(before, after), before, after, why: reasons(after, explained) })
  }
  return { asked: requests.length, answers, refused, flips }
}

const strictness: { readonly [Effect in PolicyAnswer['effect']]: number } = { allow: 0, oblige: 1, forbid: 2, error: 2 }

function directionOf(before: PolicyAnswer, after: PolicyAnswer): Flip['direction'] {
  const change = strictness[after.effect] - strictness[before.effect]
  if (change === 0) return 'other'
  return change > 0 ? 'stricter' : 'looser'
}

/** The rules that decided an answer, or where none did, the permit that came nearest. */
export function reasons(after: PolicyAnswer, explained: readonly RuleExplanation[]): readonly RuleExplanation[] {
  const rules = after.effect === 'error' ? [] : after.rules
  if (rules.length > 0) return explained.filter(({ rule }) => rules.includes(rule))
  return explained.filter(({ effect }) => effect === 'permit').slice(0, 1)
}
