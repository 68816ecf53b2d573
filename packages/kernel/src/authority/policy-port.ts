import type { Digest } from '../log/ids.ts'
import type { CostBound } from './cost.ts'
import type { EffectClass, Egress } from './effect-class.ts'
import type { Label } from './labels.ts'

/** What policy sees of an argument: flat, so that a rule reads as a sentence and nothing can pose as an entity. */
export type Fact = string | number | boolean | readonly string[]
export interface Facts {
  readonly [name: string]: Fact
}

/** Everything a policy may look at, for one action at one time. */
export interface PolicyRequest {
  readonly principal: { readonly agent: string; readonly namespace: string; readonly person: string }
  readonly action: string
  readonly resources: readonly string[]
  readonly class: EffectClass
  readonly egress: Egress | undefined
  readonly cost: CostBound
  readonly labels: Label
  readonly facts: Facts
  /** The agent asked to have an external change now instead of at the commit. */
  readonly atOnce: boolean
}

/** A rule as people find it: `<file>:<line>` or `builtin:<name>`. */
export type RuleId = string

export type Obligation = { readonly type: 'approval'; readonly from: string; readonly count: number }

/** Total: an engine that fails answers `error`, which the pipeline treats as a refusal. */
export type PolicyAnswer =
  | { readonly effect: 'allow'; readonly rules: readonly RuleId[] }
  | { readonly effect: 'forbid'; readonly rules: readonly RuleId[] }
  | { readonly effect: 'oblige'; readonly rules: readonly RuleId[]; readonly obligations: readonly Obligation[] }
  | { readonly effect: 'error'; readonly detail: string }

/** A pure function of the adopted text and the request: no clock, no I/O, the same answer every time. */
export interface PolicyEngine {
  /** Digest of the policy text in force; every verdict records it through the run's spec. */
  readonly digest: Digest
  evaluate(request: PolicyRequest): PolicyAnswer
}
