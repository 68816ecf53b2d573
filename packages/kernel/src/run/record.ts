import { assert } from '../log/errors.ts'
import type { SealedEntry, StreamHead } from '../log/entry.ts'
import type { Appending } from '../log/log-port.ts'
import { sealText, sealWritten } from '../log/seal.ts'
import type { SealContext } from '../log/seal.ts'
import { eventText, putEvent } from './event-text.ts'
import { foldInto } from './evolve.ts'
import type { SystemState } from '../authority/system.ts'
import { brokenLaw } from './laws/laws.ts'
import { brokenStandingLaw } from './laws/standing-laws.ts'
import type { Run, RunDraft } from './run.ts'
import { taxonomy } from './taxonomy.ts'
import type { IceEntry, NewEvent } from './taxonomy.ts'

/** A run together with the end of its stream: what the next events are sealed onto. */
export interface RunTip {
  readonly run: Run
  readonly head: StreamHead
}

/** What `decide` returned, and the time of its command. */
export interface Decided {
  readonly events: readonly NewEvent[]
  readonly at: number
  /** What held for all runs at the decision; absent where only a run's own stream is told. */
  readonly system?: SystemState
}

/** Sealed events, ready to append, and the tip once they are in. */
export interface Recording {
  readonly tip: RunTip
  readonly appending: readonly Appending[]
  readonly entries: readonly IceEntry[]
}

/**
 * Seals what `decide` returned: adds version and time, checks the taxonomy and every law, chains, folds. Pure. A broken law
 * here is a bug of ours, so it throws `invariant.violated` and nothing enters.
 */
export function record(tip: RunTip, decided: Decided, context: SealContext): Recording {
  const { events, at, system } = decided
  const appending: Appending[] = []
  const entries: IceEntry[] = []
  // One copy for all that is recorded together: nobody has it before it is returned.
  const run: RunDraft = { ...tip.run }
  let { head } = tip
  for (const event of events) {
    const { type, origin, causes, payload } = event
    const entry = { type, v: taxonomy[type].v, origin, at, causes, payload, stream: run.id, seq: head.seq + 1 } as IceEntry
    const sealed = sealEvent(entry, head, context)
    const violation = brokenLaw(run, entry) ?? (system === undefined ? undefined : brokenStandingLaw(system, run, entry))
    assert(violation === undefined, `${violation?.law}: ${violation?.detail} (${entry.type} #${entry.seq} of ${run.id})`)
    foldInto(run, entry)
    head = { stream: run.id, seq: sealed.seq, hash: sealed.hash, at }
    appending.push({ sealed, entry })
    entries.push(entry)
  }
  return { tip: { run, head }, appending, entries }
}

/** Throws for an event that is none. What cannot be written at once is checked and written the plain way. */
function sealEvent(entry: IceEntry, head: StreamHead, context: SealContext): SealedEntry {
  return sealWritten((into) => putEvent(into, entry), head, context) ?? sealText(eventText(entry), head, context)
}
