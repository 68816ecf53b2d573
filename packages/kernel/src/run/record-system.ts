import type { SystemEvent } from '../authority/decide-system.ts'
import { evolveSystem } from '../authority/system.ts'
import type { SystemState } from '../authority/system.ts'
import type { EntryBody, StreamHead } from '../log/entry.ts'
import { assert } from '../log/errors.ts'
import { systemStream } from '../log/ids.ts'
import type { Appending } from '../log/log-port.ts'
import { seal } from '../log/seal.ts'
import type { SealContext } from '../log/seal.ts'
import { brokenSystemLaw } from './laws/system-laws.ts'
import { checkEvent, taxonomy } from './taxonomy.ts'
import type { IceEntry } from './taxonomy.ts'

/** What holds for all runs, together with the end of its stream. */
export interface SystemTip {
  readonly system: SystemState
  readonly head: StreamHead
}

/** Seals what `decideSystem` returned, as `record` does for a run. Throws `invariant.violated` for a broken law. */
export function recordSystem(
  tip: SystemTip,
  decided: { readonly event: SystemEvent; readonly at: number },
  context: SealContext,
): { readonly tip: SystemTip; readonly appending: Appending } {
  const { event, at } = decided
  const body: EntryBody = { ...event, v: taxonomy[event.type].v, at }
  checkEvent(body)
  const sealed = seal(body, tip.head, context)
  const entry = { ...body, stream: systemStream, seq: sealed.seq } as IceEntry
  const violation = brokenSystemLaw(tip.system, entry)
  assert(violation === undefined, `${violation?.law}: ${violation?.detail} (${entry.type} #${entry.seq} of ${systemStream})`)
  const head = { stream: systemStream, seq: sealed.seq, hash: sealed.hash, at } as const
  return { tip: { system: evolveSystem(tip.system, entry), head }, appending: { sealed, entry } }
}
