import type { EntryId, Seq } from '../log/ids.ts'
import type { ActionRequest } from './action-request.ts'
import { isAmount } from './cost.ts'
import { isWithinClass } from './effect-class.ts'
import type { EffectClass } from './effect-class.ts'
import type { Confidentiality } from './labels.ts'
import type { RefusalCode } from './refusal.ts'
import {
  actionMatches,
  actionPatternWithin,
  isActionPattern,
  isResourcePattern,
  patternWithin,
  resourceMatches,
} from './resource-pattern.ts'

/** What a grant allows, in every dimension. A limit that is absent does not bind; `egress` is empty when nothing may leave. */
export interface GrantTerms {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  /** The furthest class allowed. */
  readonly class: EffectClass
  /** Destinations, exact. */
  readonly egress: readonly string[]
  readonly uses?: number
  /** Uses in any stretch of time of this length, spread evenly after a burst of as many. */
  readonly rate?: { readonly uses: number; readonly perMs: number }
  /** Sums of the bounds of all uses. An unknown price fits under no limit on money. */
  readonly sizeBytes?: number
  readonly moneyMicro?: number
  readonly tokens?: number
  readonly computeMs?: number
  /** How private what is not to be believed may be and still leave under this grant; `public` when absent. */
  readonly clearance?: Confidentiality
  /** First and last-but-one moment, milliseconds since the epoch: valid while `notBefore <= at < expires`. */
  readonly notBefore?: number
  readonly expires?: number
  /** How many times it may be handed on; absent: not at all. */
  readonly delegable?: number
}

/** A grant as the run's log knows it. `id` is the `seq` of its entry in the run's stream. */
export interface Grant {
  readonly id: Seq
  readonly holder: string
  readonly terms: GrantTerms
  /** The grant it was delegated from, in the parent run's stream. */
  readonly parent?: EntryId
  readonly usedCount: number
  readonly usedBytes: number
  readonly revoked: boolean
}

/** Why a grant does not cover an action; the order is that of the checks, so a later one means a nearer miss. */
export type GrantMiss = Extract<RefusalCode, `grant.${string}`>

const missOrder: readonly GrantMiss[] = [
  'grant.none',
  'grant.resource',
  'grant.class',
  'grant.egress',
  'grant.revoked',
  'grant.not_yet',
  'grant.expired',
  'grant.uses',
  'grant.size',
]

/** The first grant that covers the action, in the order granted, or the nearest miss. No grant at all misses with `grant.none`. */
export function findGrant(
  grants: readonly Grant[],
  prepared: ActionRequest,
  at: number,
): { readonly grant: Grant } | { readonly miss: GrantMiss; readonly nearest: Grant | undefined } {
  let miss: GrantMiss = 'grant.none'
  let nearest: Grant | undefined
  for (const grant of grants) {
    const found = grantMiss(grant, prepared, at)
    if (found === undefined) return { grant }
    if (missOrder.indexOf(found) > missOrder.indexOf(miss)) {
      miss = found
      nearest = grant
    }
  }
  return { miss, nearest }
}

/** Undefined when the grant covers the action at this time. */
export function grantMiss(grant: Grant, prepared: ActionRequest, at: number): GrantMiss | undefined {
  const { terms } = grant
  if (!terms.actions.some((pattern) => actionMatches(pattern, prepared.action))) return 'grant.none'
  if (prepared.resources.length === 0) return 'grant.resource'
  for (const resource of prepared.resources) {
    if (!terms.resources.some((pattern) => resourceMatches(pattern, resource))) return 'grant.resource'
  }
  if (!isWithinClass(prepared.class, terms.class)) return 'grant.class'
  for (const destination of prepared.egress?.destinations ?? []) if (!terms.egress.includes(destination)) return 'grant.egress'
  if (grant.revoked) return 'grant.revoked'
  if (terms.notBefore !== undefined && at < terms.notBefore) return 'grant.not_yet'
  if (terms.expires !== undefined && at >= terms.expires) return 'grant.expired'
  if (terms.uses !== undefined && grant.usedCount >= terms.uses) return 'grant.uses'
  if (terms.sizeBytes !== undefined && !fits(grant.usedBytes, prepared.cost.sizeBytes ?? 0, terms.sizeBytes)) return 'grant.size'
  return undefined
}

const limits = ['uses', 'sizeBytes', 'notBefore', 'expires', 'delegable'] as const

/** The first pattern of the terms that is none, or the limit that is no amount; undefined when all can be checked. */
export function malformedTerm(terms: GrantTerms): string | undefined {
  return (
    terms.actions.find((pattern) => !isActionPattern(pattern)) ??
    terms.resources.find((pattern) => !isResourcePattern(pattern)) ??
    limits.find((limit) => terms[limit] !== undefined && !isAmount(terms[limit]))
  )
}

/** The first dimension in which `child` would allow more than `parent`; undefined when it only narrows and `parent` may be handed on at all. */
export function widerThan(child: GrantTerms, parent: GrantTerms): keyof GrantTerms | undefined {
  if (!child.actions.every((inner) => parent.actions.some((outer) => actionPatternWithin(inner, outer)))) return 'actions'
  if (!child.resources.every((inner) => parent.resources.some((outer) => patternWithin(inner, outer)))) return 'resources'
  if (!isWithinClass(child.class, parent.class)) return 'class'
  if (!child.egress.every((destination) => parent.egress.includes(destination))) return 'egress'
  if (exceeds(child.uses, parent.uses)) return 'uses'
  if (exceeds(child.sizeBytes, parent.sizeBytes)) return 'sizeBytes'
  if (parent.notBefore !== undefined && (child.notBefore ?? 0) < parent.notBefore) return 'notBefore'
  if (exceeds(child.expires, parent.expires)) return 'expires'
  if ((child.delegable ?? 0) >= (parent.delegable ?? 0)) return 'delegable'
  return undefined
}

function exceeds(child: number | undefined, parent: number | undefined): boolean {
  return parent !== undefined && (child === undefined || child > parent)
}

function fits(used: number, more: number, limit: number): boolean {
  return isAmount(more) && used + more <= limit
}
