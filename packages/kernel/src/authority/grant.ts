import type { EntryId, Seq } from '../log/ids.ts'
import type { ActionRequest } from './action-request.ts'
import { reservation } from './budget.ts'
import { addCost, isAmount } from './cost.ts'
import type { Cost, CostBound } from './cost.ts'
import { isWithinClass } from './effect-class.ts'
import { dueAfter, isDue, isRate, isRateWithin } from './grant-rate.ts'
import { isMoreConfidential } from './labels.ts'
import type { GrantTerms } from './grant-terms.ts'
import type { RefusalCode } from './refusal.ts'
import {
  actionMatches,
  destinationMatches,
  isActionPattern,
  isResourcePattern,
  patternWithin,
  resourceMatches,
} from './resource-pattern.ts'

/** A grant as the run's log knows it. `id` is the `seq` of its entry in the run's stream. */
export interface Grant {
  readonly id: Seq
  readonly holder: string
  readonly terms: GrantTerms
  /** The grant it was delegated from, in the parent run's stream. */
  readonly parent?: EntryId
  /** Those that one was delegated from in turn, the nearest first. */
  readonly above?: readonly EntryId[]
  readonly revoked: boolean
}

/** What a grant has been used for so far. All of it counts from the authorization on, whatever becomes of the action. */
export interface GrantUse {
  readonly count: number
  readonly cost: Cost
  /** See `isDue`; 0 without a rate. */
  readonly dueMicros: number
}

export const neverUsed: GrantUse = { count: 0, cost: {}, dueMicros: 0 }

/** A grant's use after one more, authorized at this time. */
export function usedOnce(use: GrantUse, { rate }: GrantTerms, once: { readonly bound: CostBound; readonly at: number }): GrantUse {
  return {
    count: use.count + 1,
    cost: addCost(use.cost, reservation(once.bound)),
    dueMicros: rate === undefined ? 0 : dueAfter(rate, use.dueMicros, once.at),
  }
}

/** When a grant is looked at, and what is known of it then that its terms do not say. */
export interface GrantMoment {
  readonly at: number
  /** `counted`: this very use is among those counted already, so only what can have changed since is looked at. */
  readonly use: GrantUse | 'counted'
  /** Revoked from outside the run. */
  readonly revoked?: boolean
}

/** Why a grant does not cover an action; the order is that of the checks, so a later one means a nearer miss. */
export type GrantMiss = Extract<RefusalCode, `grant.${string}`>

export const missOrder: readonly GrantMiss[] = [
  'grant.none',
  'grant.resource',
  'grant.class',
  'grant.egress',
  'grant.revoked',
  'grant.not_yet',
  'grant.expired',
  'grant.uses',
  'grant.rate',
  'grant.size',
  'grant.money',
  'grant.tokens',
  'grant.compute',
]

/** Undefined when the grant covers the action at this moment. */
export function grantMiss(grant: Grant, request: ActionRequest, moment: GrantMoment): GrantMiss | undefined {
  return namesMiss(grant.terms, request) ?? termsMiss(grant, request, moment)
}

function namesMiss(terms: GrantTerms, request: ActionRequest): GrantMiss | undefined {
  if (!names(terms.actions, request.action, actionMatches)) return 'grant.none'
  if (request.resources.length === 0) return 'grant.resource'
  for (const resource of request.resources) if (!names(terms.resources, resource, resourceMatches)) return 'grant.resource'
  return undefined
}

/** What is left to miss when the grant names the action and all its resources. */
export function termsMiss(grant: Grant, request: ActionRequest, moment: GrantMoment): GrantMiss | undefined {
  const { terms } = grant
  if (!isWithinClass(request.class, terms.class)) return 'grant.class'
  if (request.egress !== undefined) {
    for (const destination of request.egress.destinations) if (!names(terms.egress, destination, destinationMatches)) return 'grant.egress'
  }
  if (grant.revoked || moment.revoked === true) return 'grant.revoked'
  if (terms.notBefore !== undefined && moment.at < terms.notBefore) return 'grant.not_yet'
  if (terms.expires !== undefined && moment.at >= terms.expires) return 'grant.expired'
  return moment.use === 'counted' ? undefined : useMiss(terms, request.cost, { use: moment.use, at: moment.at })
}

function useMiss(terms: GrantTerms, bound: CostBound, { use, at }: { readonly use: GrantUse; readonly at: number }): GrantMiss | undefined {
  if (terms.uses !== undefined && use.count >= terms.uses) return 'grant.uses'
  if (terms.rate !== undefined && !isDue(terms.rate, use.dueMicros, at)) return 'grant.rate'
  if (!fits(use.cost.sizeBytes, bound.sizeBytes, terms.sizeBytes)) return 'grant.size'
  if (!fits(use.cost.moneyMicro, bound.moneyMicro, terms.moneyMicro)) return 'grant.money'
  if (!fits(use.cost.tokens, bound.tokens, terms.tokens)) return 'grant.tokens'
  if (!fits(use.cost.computeMs, bound.computeMs, terms.computeMs)) return 'grant.compute'
  return undefined
}

/** A loop, because it runs for every grant that a decision looks at. */
function names(patterns: readonly string[], name: string, matches: (pattern: string, name: string) => boolean): boolean {
  for (const pattern of patterns) if (matches(pattern, name)) return true
  return false
}

/** True when what counts uses, or adds them up, is part of the terms: another grant need not be asked how often it was used. */
export function countsUses({ uses, rate, sizeBytes, moneyMicro, tokens, computeMs }: GrantTerms): boolean {
  return (uses ?? rate ?? sizeBytes ?? moneyMicro ?? tokens ?? computeMs) !== undefined
}

const limits = ['uses', 'sizeBytes', 'moneyMicro', 'tokens', 'computeMs', 'notBefore', 'expires', 'delegable'] as const

/** The first pattern of the terms that is none, or the limit that is no amount; undefined when all can be checked. */
export function malformedTerm(terms: GrantTerms): string | undefined {
  return (
    terms.actions.find((pattern) => !isActionPattern(pattern)) ??
    terms.resources.find((pattern) => !isResourcePattern(pattern)) ??
    limits.find((limit) => terms[limit] !== undefined && !isAmount(terms[limit])) ??
    (terms.rate === undefined || isRate(terms.rate) ? undefined : 'rate')
  )
}

const upperLimits = ['uses', 'sizeBytes', 'moneyMicro', 'tokens', 'computeMs', 'expires'] as const

/** The first dimension in which `child` would allow more than `parent`; undefined when it only narrows and `parent` may be handed on at all. */
export function widerThan(child: GrantTerms, parent: GrantTerms): keyof GrantTerms | undefined {
  if (!child.actions.every((inner) => parent.actions.some((outer) => actionMatches(outer, inner)))) return 'actions'
  if (!child.resources.every((inner) => parent.resources.some((outer) => patternWithin(inner, outer)))) return 'resources'
  if (!isWithinClass(child.class, parent.class)) return 'class'
  if (!child.egress.every((inner) => names(parent.egress, inner, destinationMatches))) return 'egress'
  if (parent.rate !== undefined && (child.rate === undefined || !isRateWithin(child.rate, parent.rate))) return 'rate'
  const more = upperLimits.find((limit) => exceeds(child[limit], parent[limit]))
  if (more !== undefined) return more
  if (isMoreConfidential(child.clearance ?? 'public', parent.clearance ?? 'public')) return 'clearance'
  if (parent.notBefore !== undefined && (child.notBefore ?? 0) < parent.notBefore) return 'notBefore'
  if ((child.delegable ?? 0) >= (parent.delegable ?? 0)) return 'delegable'
  return undefined
}

function exceeds(child: number | undefined, parent: number | undefined): boolean {
  return parent !== undefined && (child === undefined || child > parent)
}

function fits(used: number | undefined, more: number | 'unknown' | undefined, limit: number | undefined): boolean {
  if (limit === undefined) return true
  return more === undefined ? (used ?? 0) <= limit : isAmount(more) && (used ?? 0) + more <= limit
}
