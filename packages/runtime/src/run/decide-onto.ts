import { decide, IceError, maxEntryBytes, record, sameBytes } from '@ice-runtime/kernel'
import type { Appending, Digest, Recording, RejectionCode, RunCommand, RunTip, SealContext, SecretScrubber } from '@ice-runtime/kernel'
import type { Clock } from '../options.ts'
import type { StandingOrders } from '../standing-orders.ts'
import type { Order } from './order.ts'

export interface DecidingParts {
  readonly clock: Clock
  readonly context: SealContext
  readonly standing: Pick<StandingOrders, 'now'>
  /** Nothing it knows goes into an entry. */
  readonly scrubber: SecretScrubber
  /** Digest of the actions this process can give the run. */
  readonly catalog: Digest
}

export interface Rejected {
  readonly ok: false
  readonly code: RejectionCode
  readonly detail: string
}
/** What commands came to, sealed. */
export type Step = Pick<Recording, 'tip' | 'entries' | 'appending'>

export function stamped(order: Order, { head }: RunTip, { clock, scrubber }: DecidingParts): RunCommand {
  return { ...scrubber.json(order), at: Math.max(clock.now(), head.at) }
}

/** What a command comes to on a tip. Throws before anything has moved. */
export function decideOnto(before: RunTip, command: RunCommand, { standing, catalog, context }: DecidingParts): Step | Rejected {
  const { view, system } = standing.now()
  const decision = decide(command, before.run, view(before.run, catalog))
  if (!decision.ok) return decision
  if (decision.events.length === 0) return { tip: before, entries: [], appending: [] }
  const recording = record(before, { events: decision.events, at: command.at, system }, context)
  assertEnters(recording.appending)
  return recording
}

/** Several orders, each decided on what the one before it came to. */
export function decideAll(before: RunTip, orders: readonly Order[], parts: DecidingParts): ReturnType<typeof decideOnto> {
  let made: Step = { tip: before, entries: [], appending: [] }
  for (const order of orders) {
    const next = decideOnto(made.tip, stamped(order, made.tip, parts), parts)
    if ('ok' in next) return next
    made = { tip: next.tip, entries: [...made.entries, ...next.entries], appending: [...made.appending, ...next.appending] }
  }
  return made
}

/** The last hash covers all before it. */
export function isSame(one: Step, other: Step): boolean {
  return one.entries.length === other.entries.length && sameBytes(one.tip.head.hash, other.tip.head.hash)
}

/** Before the fold moves on: what the log refuses later would be in memory and nowhere else. */
function assertEnters(appending: readonly Appending[]): void {
  const large = appending.find(({ sealed }) => sealed.bytes.length > maxEntryBytes)
  if (large === undefined) return
  throw new IceError(
    'limit.exceeded',
    `${large.entry.type} would be an entry of ${large.sealed.bytes.length} bytes, at most ${maxEntryBytes}`,
  )
}
