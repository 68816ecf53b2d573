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

/** Adds dimension by dimension; a sum beyond 2^53 - 1 stays there, which every ceiling refuses. */
export function addCost(left: Cost, right: Cost): Cost {
  const sum: { -readonly [Dimension in CostDimension]?: number } = {}
  for (const dimension of costDimensions) {
    const total = (left[dimension] ?? 0) + (right[dimension] ?? 0)
    if (total !== 0) sum[dimension] = Math.min(total, Number.MAX_SAFE_INTEGER)
  }
  return sum
}

/** `left` less `right`, never below zero in any dimension. */
export function subtractCost(left: Cost, right: Cost): Cost {
  const rest: { -readonly [Dimension in CostDimension]?: number } = {}
  for (const dimension of costDimensions) {
    const difference = Math.max(0, (left[dimension] ?? 0) - (right[dimension] ?? 0))
    if (difference !== 0) rest[dimension] = difference
  }
  return rest
}
