import { canonicalize } from '../log/canonical.ts'
import type { Json } from '../log/json.ts'
import type { ActionRequest } from '../authority/action-request.ts'
import { coversObligation } from '../authority/approval.ts'
import { isWithinClass } from '../authority/effect-class.ts'
import type { Fact, Facts, Obligation } from '../authority/policy-port.ts'
import type { PreparedRecord } from '../authority/prepared-record.ts'
import type { Allowance, Run } from './run.ts'

/** What policy asks people about, as far as an earlier answer may cover it. */
export interface AskedAgain {
  readonly request: ActionRequest
  readonly atOnce: boolean
  readonly rules: readonly string[]
  readonly obligations: readonly Obligation[]
}

/**
 * An answer given for the whole run that covers a request: the same action under the same rules, which asks for no more than what
 * the answer was given to.
 */
export function findAllowance({ allowances, under }: Pick<Run, 'allowances' | 'under'>, asked: AskedAgain): Allowance | undefined {
  return allowances.find(
    (allowance) =>
      allowance.action === asked.request.action &&
      allowance.policy === under?.policy &&
      (allowance.atOnce || !asked.atOnce) &&
      isWithin(asked.rules, allowance.rules) &&
      asked.obligations.every((obligation) => allowance.obligations.some((known) => coversObligation(known, obligation))) &&
      asksNoMore(asked.request, allowance.prepared),
  )
}

/**
 * No other resource, no other destination, no further class. What stays in the run is judged as a whole before it commits, so its
 * content may differ; what leaves may not say or cost more than what was agreed to.
 */
function asksNoMore(request: ActionRequest, agreed: PreparedRecord): boolean {
  if (!isWithin(request.resources, agreed.resources)) return false
  if (!isWithin(request.egress?.destinations ?? [], agreed.egress?.destinations ?? [])) return false
  if (!isWithin(request.secrets ?? [], agreed.secrets ?? [])) return false
  if (!isWithinClass(request.class, agreed.class)) return false
  if (!isSameSpawn(request.spawn, agreed.spawn)) return false
  const stays = request.egress === undefined && isWithinClass(request.class, 'staged')
  return stays || (factsWithin(request.facts, agreed.facts ?? {}) && costsNoMore(request.cost, agreed.cost ?? {}))
}

/** What a child would be lent is what people agreed to, and nothing like it. */
function isSameSpawn(left: ActionRequest['spawn'], right: ActionRequest['spawn']): boolean {
  return canonicalize((left ?? null) as unknown as Json) === canonicalize((right ?? null) as unknown as Json)
}

function factsWithin(facts: Facts, agreed: Facts): boolean {
  const names = new Set([...Object.keys(facts), ...Object.keys(agreed)])
  return [...names].every((name) => factWithin(facts[name], agreed[name]))
}

function factWithin(fact: Fact | undefined, agreed: Fact | undefined): boolean {
  if (typeof fact === 'number' && typeof agreed === 'number') return fact <= agreed
  if (typeof fact === 'object' && typeof agreed === 'object') return isWithin(fact, agreed)
  return fact === agreed
}

function costsNoMore(cost: ActionRequest['cost'], agreed: ActionRequest['cost']): boolean {
  const amounts = (bound: ActionRequest['cost']): readonly number[] => {
    const { moneyMicro = 0, tokens = 0, sizeBytes = 0, computeMs = 0 } = bound
    return [moneyMicro === 'unknown' ? Number.POSITIVE_INFINITY : moneyMicro, tokens, sizeBytes, computeMs]
  }
  const most = amounts(agreed)
  return amounts(cost).every((amount, index) => amount <= (most[index] ?? 0))
}

function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  return inner.every((name) => outer.includes(name))
}
