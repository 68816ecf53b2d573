import type { ZodMiniType } from 'zod/mini'
import type { EntryBody, Origin } from './entry.ts'

export type EventCategory = 'runtime' | 'cognitive' | 'capability' | 'domain' | 'memory'

/** One type of the taxonomy: its current version, who may say it, and what it says. */
export interface EventDefinition<Payload> {
  readonly category: EventCategory
  /** Current version of the payload; older ones are lifted on read. */
  readonly v: number
  readonly origins: readonly Origin[]
  readonly payload: ZodMiniType<Payload>
}

/** A table of definitions for a map from event type to payload. */
export type EventTable<Payloads> = { readonly [Type in keyof Payloads]: EventDefinition<Payloads[Type]> }

/** The closed union of bodies of a map from event type to payload. */
export type EventOf<Payloads> = { [Type in Extract<keyof Payloads, string>]: EntryBody<Type, Payloads[Type]> }[Extract<
  keyof Payloads,
  string
>]
