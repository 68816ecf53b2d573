import type { Digest } from '../log/ids.ts'
import type { CostBound } from './cost.ts'
import type { EffectClass, Egress } from './effect-class.ts'
import type { Label } from './labels.ts'

/** What policy sees of an argument: flat, so that a rule reads as a sentence and nothing can pose as an entity. */
export type Fact = string | number | boolean | readonly string[]
export interface Facts {
  readonly [name: string]: Fact
}

/**
 * What a fact is, declared by the driver that gives it, so that a policy is checked before anything is proposed. `decimal` and `ip`
 * are strings in a record: `"12.3400"`, `"10.0.0.1"`.
 */
export type FactType = 'string' | 'integer' | 'boolean' | 'strings' | 'decimal' | 'ip'
export interface FactDeclaration {
  readonly type: FactType
  /** It may be absent from an action's facts. */
  readonly optional?: true
}
export interface FactDeclarations {
  readonly [name: string]: FactDeclaration
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

/** `count` distinct operators with the role `from` have to agree. */
export interface Obligation {
  readonly type: 'approval'
  readonly from: string
  readonly count: number
  /** Whoever started the run does not count. */
  readonly notRequester?: true
}

/** What a permit accepts that would be refused by default. */
export type Waiver = 'price_unknown'

/** Total: an engine that fails answers `error`, which the pipeline treats as a refusal. */
export type PolicyAnswer =
  | { readonly effect: 'allow'; readonly rules: readonly RuleId[]; readonly waives?: readonly Waiver[] }
  | { readonly effect: 'forbid'; readonly rules: readonly RuleId[] }
  | {
      readonly effect: 'oblige'
      readonly rules: readonly RuleId[]
      readonly obligations: readonly Obligation[]
      readonly waives?: readonly Waiver[]
    }
  | { readonly effect: 'error'; readonly detail: string }

/** One condition of a rule, as written, and whether it held; `unknown` when it could not be evaluated. */
export interface PolicyCondition {
  readonly text: string
  readonly holds: boolean | 'unknown'
}

/** How one rule stands to a request: for operators, never for agents. */
export interface RuleExplanation {
  readonly rule: RuleId
  readonly effect: 'permit' | 'forbid'
  /** What the rule says of itself: its `@description`. */
  readonly sentence?: string
  readonly obligations: readonly Obligation[]
  readonly satisfied: boolean
  /** In the order written, the scope's first. */
  readonly conditions: readonly PolicyCondition[]
}

/** A pure function of the adopted text and the request: no clock, no I/O, the same answer every time. */
export interface PolicyEngine {
  /** Digest of the policy text in force; every verdict records it through the run's spec. */
  readonly digest: Digest
  evaluate(request: PolicyRequest): PolicyAnswer
  /** Every rule that can match the action, permits with the fewest false conditions first. Slow; never part of a decision. */
  explain?(request: PolicyRequest): readonly RuleExplanation[]
}
