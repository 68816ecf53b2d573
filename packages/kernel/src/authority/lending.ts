import { addCost, costDimensions, subtractCost } from './cost.ts'
import type { CostDimension } from './cost.ts'
import { malformedTerm, neverUsed, widerThan } from './grant.ts'
import type { Grant, GrantUse } from './grant.ts'
import type { GrantTerms } from './grant-terms.ts'

/** What a child has done under one grant it was lent, its own children included. */
export type LentUse = Pick<GrantUse, 'count' | 'cost'>

/** One grant of a child, and the grant of its parent it is a part of. */
export interface Lending {
  readonly grant: Grant
  readonly terms: GrantTerms
}

/** The grants of a run as they stand when some of them are lent. */
export interface Lenders {
  readonly grants: readonly Grant[]
  readonly at: number
  useOf(grant: Grant): GrantUse
  isRevoked(grant: Grant): boolean
}

export type Lent = { readonly lendings: readonly Lending[] } | { readonly refused: string }

/**
 * Finds for each of the terms the first grant they are a part of. What a grant counts is counted for the child from here on, so that
 * this run, this child and its siblings together never do more than the grant says.
 */
export function lend(wanted: readonly GrantTerms[], lenders: Lenders): Lent {
  const counted = new Map<Grant, GrantUse>()
  const lendings: Lending[] = []
  for (const [index, terms] of wanted.entries()) {
    const malformed = malformedTerm(terms)
    if (malformed !== undefined) return { refused: `grant ${index} cannot be checked: ${malformed}` }
    const found = lenderOf(terms, lenders, (grant) => counted.get(grant) ?? lenders.useOf(grant))
    if ('refused' in found) return { refused: `grant ${index}: ${found.refused}` }
    counted.set(found.grant, lentTo(counted.get(found.grant) ?? lenders.useOf(found.grant), terms, found.grant.terms))
    lendings.push({ grant: found.grant, terms })
  }
  return { lendings }
}

function lenderOf(
  terms: GrantTerms,
  { grants, at, isRevoked }: Lenders,
  useOf: (grant: Grant) => GrantUse,
): { readonly grant: Grant } | { readonly refused: string } {
  let refused = 'no grant of this run names its actions'
  for (const grant of grants) {
    const objection = isRevoked(grant) || grant.revoked ? 'revoked' : lendingMiss(terms, grant.terms, { use: useOf(grant), at })
    if (objection === undefined) return { grant }
    // Of the grants that name what is wanted, the first one tells what keeps it from being lent.
    if (!refused.startsWith('no grant') || objection === 'actions') continue
    refused = objection === 'resources' ? 'no grant of this run names its resources' : `grant #${grant.id}: ${objection}`
  }
  return { refused }
}

/** Why terms cannot be a part of a grant; undefined when they can. */
export function lendingMiss(terms: GrantTerms, from: GrantTerms, now: { readonly use: GrantUse; readonly at: number }): string | undefined {
  const wider = widerThan(terms, from)
  if (wider !== undefined) return wider
  if (from.expires !== undefined && now.at >= from.expires) return 'expired'
  // A pace has no parts: two that keep it each would be twice as fast together.
  if (from.rate !== undefined) return 'a rate cannot be shared'
  const { count, cost } = lentTo(now.use, terms, from)
  if (from.uses !== undefined && count > from.uses) return 'uses are used up or lent already'
  return costDimensions.find((dimension) => beyond(cost[dimension], from[dimension]))
}

function beyond(amount: number | undefined, limit: number | undefined): boolean {
  return limit !== undefined && (amount ?? 0) > limit
}

/** A grant's use once a part of it is lent: all that the part could come to, in the dimensions the grant counts. */
export function lentTo(use: GrantUse, terms: GrantTerms, from: GrantTerms): GrantUse {
  const part = partOf(terms, from)
  return { ...use, count: use.count + part.count, cost: addCost(use.cost, part.cost) }
}

/** A grant's use once the child has ended: what it did not use is the grant's again. */
export function returnedFrom(use: GrantUse, lending: { readonly terms: GrantTerms; readonly from: GrantTerms }, used: LentUse): GrantUse {
  const part = partOf(lending.terms, lending.from)
  return {
    ...use,
    count: Math.max(0, use.count - part.count) + used.count,
    cost: addCost(subtractCost(use.cost, part.cost), used.cost),
  }
}

function partOf(terms: GrantTerms, from: GrantTerms): LentUse {
  const cost: { -readonly [Dimension in CostDimension]?: number } = {}
  for (const dimension of costDimensions) if (from[dimension] !== undefined) cost[dimension] = terms[dimension] ?? 0
  return { count: from.uses === undefined ? 0 : (terms.uses ?? 0), cost }
}

export function lentUse({ count, cost }: GrantUse = neverUsed): LentUse {
  return { count, cost }
}
