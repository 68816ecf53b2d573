import type { Seq } from '../log/ids.ts'
import type { PersistentMap } from '../log/persistent-map.ts'
import type { ActionRequest } from './action-request.ts'
import { countsUses, grantMiss, missOrder, neverUsed, termsMiss } from './grant.ts'
import type { Grant, GrantMiss, GrantMoment, GrantUse } from './grant.ts'
import { compileGrants } from './grant-index.ts'
import type { GrantIndex } from './grant-index.ts'
import { isMoreConfidential } from './labels.ts'
import type { Confidentiality } from './labels.ts'

/** The grants of a run in the order granted. A value: what looks them up fast is derived from the list and no part of any state. */
export interface Grants {
  readonly list: readonly Grant[]
  get(id: Seq): Grant | undefined
  with(grant: Grant): Grants
  map(change: (grant: Grant) => Grant): Grants
  /** Compiled when it is first asked for. */
  index(): GrantIndex
}

export function grantsOf(list: readonly Grant[]): Grants {
  let compiled: GrantIndex | undefined
  const index = (): GrantIndex => (compiled ??= compileGrants(list))
  return {
    list,
    get: (id) => list[index().positionOf(id) ?? list.length],
    with: (grant) => grantsOf([...list, grant]),
    map: (change) => grantsOf(list.map(change)),
    index,
  }
}

export const noGrants: Grants = grantsOf([])

/** The grants of a run as they stand when an action is decided. */
export interface GrantsNow {
  readonly grants: Grants
  /** By the grant's id. */
  readonly uses: PersistentMap<GrantUse>
  readonly at: number
  /** What the grant must be cleared for, see `clearanceNeeded`. */
  readonly needed: Confidentiality
  /** Revoked by an entry of another stream; absent when none is. */
  readonly isRevoked?: (grant: Grant) => boolean
}

export type FoundGrant = { readonly grant: Grant } | { readonly miss: GrantMiss; readonly nearest: Grant | undefined }

/**
 * The first grant that covers the action, in the order granted; of those that cover it, one that is cleared for what the run has
 * seen goes before one that is not, which the label rule then refuses. Where none covers it, the nearest miss: no grant at all misses
 * with `grant.none`. Looks only at grants that name the action and its first resource; the nearest miss looks at all.
 */
export function findGrant(now: GrantsNow, request: ActionRequest): FoundGrant {
  const { list } = now.grants
  const index = now.grants.index()
  const [resource = ''] = request.resources
  const missOf = index.isExact && request.resources.length === 1 ? termsMiss : grantMiss
  let uncleared: Grant | undefined
  for (const position of index.candidates(request.action, resource)) {
    const grant = list[position]
    if (grant === undefined || missOf(grant, request, momentOf(grant, now)) !== undefined) continue
    if (!isMoreConfidential(now.needed, grant.terms.clearance ?? 'public')) return { grant }
    uncleared ??= grant
  }
  return uncleared === undefined ? nearestMiss(now, request) : { grant: uncleared }
}

function nearestMiss(now: GrantsNow, request: ActionRequest): FoundGrant {
  let miss: GrantMiss = 'grant.none'
  let nearest: Grant | undefined
  for (const grant of now.grants.list) {
    const found = grantMiss(grant, request, momentOf(grant, now)) ?? 'grant.none'
    if (missOrder.indexOf(found) > missOrder.indexOf(miss)) {
      miss = found
      nearest = grant
    }
  }
  return { miss, nearest }
}

function momentOf(grant: Grant, { at, uses, isRevoked }: GrantsNow): GrantMoment {
  const use = countsUses(grant.terms) ? (uses.get(String(grant.id)) ?? neverUsed) : neverUsed
  return { at, use, revoked: isRevoked?.(grant) === true }
}
