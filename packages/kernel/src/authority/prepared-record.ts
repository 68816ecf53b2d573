import { z } from 'zod/mini'
import type { ZodMiniType } from 'zod/mini'
import type { BlobRef } from '../log/entry.ts'
import type { Json } from '../log/json.ts'
import { strictObject } from '../log/strict-object.ts'
import type { CostBound } from './cost.ts'
import type { EffectClass, Egress } from './effect-class.ts'
import type { Label } from './labels.ts'
import type { Facts } from './policy-port.ts'
import type { SpawnTerms } from './spawn-terms.ts'
import * as shape from './shapes.ts'

/** What was decided about, as stored: empty parts are left out, `args` only where they differ from the proposal's. */
export interface PreparedRecord {
  readonly args?: { readonly value: Json } | BlobRef
  readonly resources: readonly string[]
  readonly facts?: Facts
  readonly class: EffectClass
  readonly egress?: Egress
  readonly cost?: CostBound
  readonly secrets?: readonly string[]
  readonly label?: Label
  readonly spawn?: SpawnTerms
}

export const preparedRecord: ZodMiniType<PreparedRecord> = strictObject({
  args: z.exactOptional(shape.recorded),
  resources: shape.names,
  facts: z.exactOptional(shape.facts),
  class: shape.effectClass,
  egress: z.exactOptional(shape.egress),
  cost: z.exactOptional(shape.costBound),
  secrets: z.exactOptional(shape.names),
  label: z.exactOptional(shape.label),
  spawn: z.exactOptional(shape.spawnTerms),
})
