import { actionMatches, IceError } from '@ice-runtime/kernel'
import type { GrantTerms } from '@ice-runtime/kernel'

/**
 * The terms, if there are actions they are about: what nobody can propose would be granted without a word, and missed at the first
 * proposal. Throws `usage.invalid`, with the name that comes nearest.
 */
export function knownTerms(terms: GrantTerms, names: readonly string[]): GrantTerms {
  const unknown = terms.actions.find((pattern) => !names.some((name) => actionMatches(pattern, name)))
  if (unknown === undefined) return terms
  throw new IceError('usage.invalid', `there is no action ${unknown}`, { hint: hintFor(unknown, names) })
}

function hintFor(unknown: string, names: readonly string[]): string {
  const [nearest] = names.map((name) => ({ name, distance: distanceOf(unknown, name) })).sort((one, other) => one.distance - other.distance)
  const isNear = nearest !== undefined && nearest.distance <= Math.max(1, Math.floor(unknown.length * maxShareMistyped))
  return isNear ? `did you mean ${nearest.name}?` : `there are ${names.toSorted().join(', ')}`
}

/** More of a name than this mistyped is another name. */
const maxShareMistyped = 0.34

/** Letters to put in, leave out or change, to make one of the other (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, letter] of Array.from(one).entries()) {
    const next = [index + 1]
    for (const [column, against] of Array.from(other).entries())
      next.push(Math.min((next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1, (row[column] ?? 0) + (letter === against ? 0 : 1)))
    row = next
  }
  return row.at(-1) ?? 0
}
