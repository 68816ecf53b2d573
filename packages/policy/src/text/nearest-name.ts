/** The name that differs in the fewest characters, if it is few enough to be a slip. */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let fewest = Math.min(maxSlips, Math.floor(name.length / 3)) + 1
  for (const candidate of names) {
    const slips = slipsBetween(name, candidate, fewest)
    if (slips >= fewest) continue
    fewest = slips
    nearest = candidate
  }
  return nearest
}

const maxSlips = 3

/** Characters to insert, remove or replace; at least `limit` when it is not less. */
function slipsBetween(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let at = 0; at < left.length; at += 1) {
    const next = [at + 1]
    for (let to = 0; to < right.length; to += 1) {
      const kept = (row[to] ?? 0) + (left[at] === right[to] ? 0 : 1)
      next.push(Math.min(kept, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1))
    }
    row = next
  }
  return row[right.length] ?? limit
}
