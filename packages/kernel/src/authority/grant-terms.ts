import type { EffectClass } from './effect-class.ts'
import type { Rate } from './grant-rate.ts'
import type { Confidentiality } from './labels.ts'

/** What a grant allows, in every dimension. A limit that is absent does not bind; `egress` is empty when nothing may leave. */
export interface GrantTerms {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  /** The furthest class allowed. */
  readonly class: EffectClass
  /** Destinations, exact or all of a scheme: `https://example.org:443`, `mcp:**`. */
  readonly egress: readonly string[]
  readonly uses?: number
  readonly rate?: Rate
  /** Sums of what all uses might cost, by their bounds: what one came to cost less is not given back. An unknown price fits under no limit. */
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
