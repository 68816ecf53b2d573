/** The value below which the given share of the sample lies: nearest rank, so that it is a value that was measured. */
export function quantile(sample: readonly number[], share: number): number {
  const sorted = [...sample].sort((left, right) => left - right)
  const rank = Math.max(Math.ceil(share * sorted.length), 1)
  return sorted[rank - 1] ?? Number.NaN
}

export function median(sample: readonly number[]): number {
  return quantile(sample, 0.5)
}
