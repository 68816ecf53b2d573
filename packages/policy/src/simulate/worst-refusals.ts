import { canonicalize, effectClasses } from '@ice-runtime/kernel'
import type { PolicyEngine, PolicyRequest, RuleExplanation } from '@ice-runtime/kernel'
import { reasons } from './simulate-policy.ts'
import type { Refusal } from './simulate-policy.ts'

/** Requests of one action on one thing that are refused for the same reason: the last of them, and how many. */
export interface RefusedKind extends Refusal {
  readonly count: number
  /** The rules that decided, or where none did, the permit that came nearest. */
  readonly why: readonly RuleExplanation[]
}

/**
 * The refusals that matter most, of which nobody reads many. First what cannot be taken back, then what leaves the machine, then what
 * touches secrets or what is outside, then what happened often. Only these are explained, by the policy that refuses them.
 */
export function worstRefusals(refused: readonly Refusal[], policy: PolicyEngine, limit: number): readonly RefusedKind[] {
  const kinds = [...Map.groupBy(refused, kindOf).values()].flatMap((alike) => {
    const last = alike.at(-1)
    return last === undefined ? [] : [{ last, count: alike.length }]
  })
  const worst = kinds.toSorted((left, right) => compare(weightOf(right.last.request, right.count), weightOf(left.last.request, left.count)))
  return worst
    .slice(0, limit)
    .map(({ last, count }) => ({ ...last, count, why: reasons(last.answer, policy.explain?.(last.request) ?? []) }))
}

/** Five commands of one shell would hide everything else. */
function kindOf({ request, answer }: Refusal): string {
  const { action, resources, egress } = request
  const because = answer.effect === 'error' ? [answer.detail] : answer.rules
  return canonicalize([action, [...resources], [...(egress?.destinations ?? [])], answer.effect, [...because]])
}

function weightOf(request: PolicyRequest, count: number): readonly number[] {
  const { egress, facts } = request
  const isTouchy = facts['secretShaped'] === true || facts['outside'] === true
  return [effectClasses.indexOf(request.class), egress === undefined ? 0 : 1, isTouchy ? 1 : 0, count]
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) if (value !== right[index]) return value - (right[index] ?? 0)
  return 0
}
