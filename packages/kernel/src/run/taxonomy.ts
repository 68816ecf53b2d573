import type { Entry, EntryBody, Origin } from '../log/entry.ts'
import type { EventCategory, EventDefinition, EventOf } from '../log/event-definition.ts'
import { authorityEvents } from '../authority/events.ts'
import type { AuthorityEvents } from '../authority/events.ts'
import { actionEvents } from '../action/events.ts'
import type { ActionEvents } from '../action/events.ts'
import { memoryEvents } from '../memory/events.ts'
import type { MemoryEvents } from '../memory/events.ts'
import { runEvents } from './events.ts'
import type { RunEvents } from './events.ts'
import { IceError } from '../log/errors.ts'

/** Version of the closed set below. A new type is a new version, never configuration. */
export const taxonomyVersion = 1

export type EventPayloads = AuthorityEvents & ActionEvents & MemoryEvents & RunEvents
export type EventType = keyof EventPayloads
/** Any event this version knows, as an entry body. */
export type IceEvent = EventOf<EventPayloads>

/** An event of a stream, decoded, at its place. */
export type IceEntry = { [Type in EventType]: Entry<Type, EventPayloads[Type]> }[EventType]

export const taxonomy: { readonly [Type in EventType]: EventDefinition<EventPayloads[Type]> } = {
  ...runEvents,
  ...authorityEvents,
  ...actionEvents,
  ...memoryEvents,
}

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(taxonomy, type)
}

export function categoryOf(type: EventType): EventCategory {
  return taxonomy[type].category
}

/**
 * Checks an event before it may enter a log: known type, current version, an origin that may say it, the payload's shape.
 * Throws `taxonomy.unknown`, `taxonomy.mismatch` for a payload of another shape, `invariant.violated` for an origin that may not say it.
 */
export function checkEvent(body: EntryBody): asserts body is IceEvent {
  if (!isEventType(body.type)) throw new IceError('taxonomy.unknown', `no event type ${JSON.stringify(body.type)}`)
  const definition: EventDefinition<unknown> = taxonomy[body.type]
  if (body.v !== definition.v) throw new IceError('taxonomy.unknown', `${body.type} has version ${definition.v}, not ${body.v}`)
  if (!definition.origins.includes(body.origin)) {
    throw new IceError('invariant.violated', `${body.type} may not come from ${body.origin}`)
  }
  const parsed = definition.payload.safeParse(body.payload)
  if (!parsed.success) throw new IceError('taxonomy.mismatch', `${body.type}: ${parsed.error.issues.map(issueText).join('; ')}`)
}

/** An event as `decide` returns it: `v` and `at` are added when it is sealed. */
export type NewEvent<Type extends EventType = EventType> = {
  [Each in Type]: {
    readonly type: Each
    readonly origin: Origin
    readonly causes: EntryBody['causes']
    readonly payload: EventPayloads[Each]
  }
}[Type]

function issueText(issue: { readonly path: readonly PropertyKey[]; readonly message: string }): string {
  return `${issue.path.map(String).join('.')}: ${issue.message}`
}
