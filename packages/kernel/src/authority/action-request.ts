import type { CostBound } from './cost.ts'
import type { EffectClass, Egress } from './effect-class.ts'
import type { Label } from './labels.ts'
import type { Facts } from './policy-port.ts'
import type { SpawnTerms } from './spawn-terms.ts'

/** What authority looks at: the part of a prepared action that rules can bound. */
export interface ActionRequest {
  /** `area.verb`, lowercase: `files.write`. */
  readonly action: string
  /** `kind:name`, normalized by the driver. At least one; every one must be covered by one grant. */
  readonly resources: readonly string[]
  readonly facts: Facts
  readonly class: EffectClass
  readonly egress?: Egress
  readonly cost: CostBound
  /** Handles of the secrets it uses, sorted; absent when there are none. */
  readonly secrets?: readonly string[]
  /** Label the result will carry; absent when `trusted/public`. */
  readonly label?: Label
  /** The action starts a run below this one: what that run would be lent. */
  readonly spawn?: SpawnTerms
}
