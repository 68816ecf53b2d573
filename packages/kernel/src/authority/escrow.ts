import { budgetMiss } from './budget.ts'
import type { Budget } from './budget.ts'
import { costDimensions } from './cost.ts'
import type { Cost, CostDimension } from './cost.ts'

/**
 * What a child may spend at most when it asks for this: in a dimension that it does not ask for and its parent is bounded in,
 * nothing. Undefined when its parent has not that much left.
 */
export function escrow(asked: Cost, budget: Budget): Cost | undefined {
  const cost: { -readonly [Dimension in CostDimension]?: number } = {}
  for (const dimension of costDimensions) {
    const amount = asked[dimension] ?? (budget.ceiling[dimension] === undefined ? undefined : 0)
    if (amount !== undefined) cost[dimension] = amount
  }
  return budgetMiss(budget, cost) === undefined ? cost : undefined
}

/** What is left of an escrow after so much was spent: never less than nothing, in each of its dimensions. */
export function unspent(escrowed: Cost, spent: Cost): Cost {
  const rest: { -readonly [Dimension in CostDimension]?: number } = {}
  for (const dimension of costDimensions) {
    const amount = escrowed[dimension]
    if (amount !== undefined) rest[dimension] = Math.max(0, amount - (spent[dimension] ?? 0))
  }
  return rest
}
