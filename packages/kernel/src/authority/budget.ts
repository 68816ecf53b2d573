import { addCost, isAmount } from './cost.ts'
import type { Cost, CostBound } from './cost.ts'
import type { Waiver } from './policy-port.ts'
import type { RefusalCode } from './refusal.ts'

/** What is spent and what is promised to actions under way, against the run's ceiling. */
export interface Budget {
  /** A dimension that is absent is not bounded. */
  readonly ceiling: Cost
  readonly spent: Cost
  readonly reserved: Cost
  /** Authorizations still possible; absent: not bounded. */
  readonly callsLeft?: number | undefined
}

/**
 * Whether one more action with this bound fits in what is left. A bound that is no amount is `cost.invalid`; an unknown price under a money ceiling is
 * refused, because unknown is not zero, unless policy accepts that by name.
 */
export function budgetMiss(
  budget: Budget,
  bound: CostBound,
  waives: readonly Waiver[] = [],
): Extract<RefusalCode, `budget.${string}` | 'cost.invalid'> | undefined {
  const { moneyMicro, ...amounts } = bound
  for (const amount of Object.values(amounts)) if (amount !== undefined && !isAmount(amount)) return 'cost.invalid'
  if (moneyMicro !== undefined && moneyMicro !== 'unknown' && !isAmount(moneyMicro)) return 'cost.invalid'
  if (moneyMicro === 'unknown' && budget.ceiling.moneyMicro !== undefined && !waives.includes('price_unknown'))
    return 'budget.price_unknown'
  if (budget.callsLeft !== undefined && budget.callsLeft <= 0) return 'budget.calls'
  const total = addCost(addCost(budget.spent, budget.reserved), reservation(bound))
  if (beyond(total.moneyMicro, budget.ceiling.moneyMicro)) return 'budget.money'
  if (beyond(total.tokens, budget.ceiling.tokens)) return 'budget.tokens'
  if (beyond(total.sizeBytes, budget.ceiling.sizeBytes)) return 'budget.size'
  if (beyond(total.computeMs, budget.ceiling.computeMs)) return 'budget.compute'
  return undefined
}

/** What a bound reserves: itself, with an unknown price as nothing, which only a budget without money ceiling accepts. */
export function reservation(bound: CostBound): Cost {
  const { moneyMicro, ...rest } = bound
  return moneyMicro === undefined || moneyMicro === 'unknown' ? rest : { ...rest, moneyMicro }
}

function beyond(total: number | undefined, ceiling: number | undefined): boolean {
  return ceiling !== undefined && (total ?? 0) > ceiling
}
