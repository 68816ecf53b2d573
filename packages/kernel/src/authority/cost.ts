/** What an action may cost at most, or did cost. Integers ≥ 0; an absent dimension is zero. */
export interface Cost {
  /** Millionths of the account's currency. */
  readonly moneyMicro?: number
  readonly tokens?: number
  readonly sizeBytes?: number
  readonly computeMs?: number
}

/** A bound may be unknown in money, which is not zero: a ceiling on money then refuses. */
export interface CostBound extends Omit<Cost, 'moneyMicro'> {
  readonly moneyMicro?: number | 'unknown'
}

export const costDimensions = ['moneyMicro', 'tokens', 'sizeBytes', 'computeMs'] as const
export type CostDimension = (typeof costDimensions)[number]

/** True for a safe integer ≥ 0: NaN, negatives, fractions and overflow are none. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/**
 * Adds dimension by dimension; a sum beyond 2^53 - 1 stays there, which every ceiling refuses. So does what is no amount at all:
 * a NaN would slip through every comparison.
 */
export function addCost(left: Cost, right: Cost): Cost {
  const sum: { -readonly [Dimension in CostDimension]?: number } = {}
  for (const dimension of costDimensions) {
    const total = Math.min(amountOr(left[dimension], mostAmount) + amountOr(right[dimension], mostAmount), mostAmount)
    if (total !== 0) sum[dimension] = total
  }
  return sum
}

/** `left` less `right`, never below zero in any dimension. What is no amount leaves nothing. */
export function subtractCost(left: Cost, right: Cost): Cost {
  const rest: { -readonly [Dimension in CostDimension]?: number } = {}
  for (const dimension of costDimensions) {
    const difference = amountOr(left[dimension], 0) - amountOr(right[dimension], mostAmount)
    if (difference > 0) rest[dimension] = difference
  }
  return rest
}

const mostAmount = Number.MAX_SAFE_INTEGER

/** An absent dimension is zero; `fallback` stands for what is there and no amount. */
function amountOr(value: number | undefined, fallback: number): number {
  if (value === undefined) return 0
  return isAmount(value) ? value : fallback
}
