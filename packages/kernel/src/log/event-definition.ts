import type { ZodMiniType } from 'zod/mini'
import type { EntryBody, Origin } from './entry.ts'

export type EventCategory = 'runtime' | 'cognitive' | 'capability' | 'domain' | 'memory'

/** One type of the taxonomy: what it says, its current version, and who may say it. */
export interface EventDefinition<Type extends string, Payload> {
  readonly type: Type
  readonly category: EventCategory
  /** Current version of the payload; older ones are lifted on read. */
  readonly v: number
  readonly origins: readonly Origin[]
  readonly payload: ZodMiniType<Payload>
}

/** The body union member of a definition. */
export type EventOf<Definition> =
  Definition extends EventDefinition<infer Type, infer Payload> ? EntryBody<Type, Payload> : never
