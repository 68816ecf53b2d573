import type { Json } from '../log/json.ts'
import type { Entry } from '../log/entry.ts'
import type { ViewDefinition } from '../log/views-port.ts'
import { isPhaseEvent, transitionFor } from './phases.ts'
import type { Outcome, Phase } from './phases.ts'
import { isEventType } from './taxonomy.ts'
import type { IceEntry } from './taxonomy.ts'

/** A run in one row: what a list of runs shows, and what recovery looks for. Changes only when the run moves. */
export type RunSummary = {
  readonly run: string
  readonly agent: string
  readonly version: string
  readonly kind: string
  /** The run it is a child of. */
  readonly parent?: string
  readonly phase: Phase
  /** The phase a suspended run returns to. */
  readonly suspendedFrom?: Phase
  readonly requestedAt: number
  readonly movedAt: number
  readonly outcome?: Outcome
  /** Why it is suspended, aborting or ended, when that has a code. */
  readonly code?: string
  readonly releases?: 'none' | 'complete' | 'incomplete'
  readonly quarantined?: boolean
  readonly steps?: number
  readonly refused?: number
}

export const runsView: ViewDefinition<RunSummary & Json> = {
  name: 'runs',
  version: 2,
  key: (entry) => (entry.stream === 'system' ? undefined : entry.stream),
  step: (summary, entry) => summarize(summary, entry),
}

function summarize(summary: RunSummary | undefined, entry: Entry): RunSummary {
  const unknown: RunSummary = summary ?? emptySummary(entry)
  if (!isEventType(entry.type)) return unknown
  const known = entry as IceEntry
  if (known.type === 'RunRequested') return requested(known)
  if (known.type === 'RunQuarantined') return { ...unknown, quarantined: true, code: known.payload.code }
  if (!isPhaseEvent(known.type)) return unknown
  if (known.type === 'RunResumed' && unknown.quarantined === true) return released(unknown, known)
  const transition = transitionFor(unknown.phase, known.type)
  if (transition === undefined) return unknown
  return moved(unknown, known, transition.to)
}

function requested(entry: Extract<IceEntry, { type: 'RunRequested' }>): RunSummary {
  const { agent, parent } = entry.payload
  const summary = { ...emptySummary(entry), agent: agent.name, version: agent.version, kind: agent.kind }
  return parent === undefined ? summary : { ...summary, parent: parent.run }
}

function emptySummary(entry: Entry): RunSummary {
  return { run: entry.stream, agent: '', version: '', kind: '', phase: 'requested', requestedAt: entry.at, movedAt: entry.at }
}

/** Past its commit point a quarantined run stays in its phase when it is resumed. */
function released(summary: RunSummary, entry: IceEntry): RunSummary {
  const { quarantined: _quarantined, code: _code, ...rest } = summary
  return { ...rest, movedAt: entry.at }
}

/** Without what is said of a run that stands still. Most runs never do, and to leave nothing out costs nothing. */
function unstopped(summary: RunSummary): RunSummary {
  if (!('suspendedFrom' in summary || 'code' in summary || 'quarantined' in summary)) return summary
  const { suspendedFrom: _suspendedFrom, code: _code, quarantined: _quarantined, ...rest } = summary
  return rest
}

function moved(summary: RunSummary, entry: IceEntry, to: Phase | 'origin'): RunSummary {
  const phase = to === 'origin' ? (summary.suspendedFrom ?? 'executing') : to
  const next: RunSummary = { ...unstopped(summary), phase, movedAt: entry.at }
  switch (entry.type) {
    case 'RunSuspended':
      return { ...next, suspendedFrom: summary.phase, code: entry.payload.code }
    case 'AbortStarted':
    case 'RunTerminatedByRuntime':
    case 'ChangesUndone':
      return { ...next, code: entry.payload.code }
    case 'RunCommitted':
      return { ...next, releases: entry.payload.releases }
    case 'RunTornDown': {
      const { outcome, code, steps, refused } = entry.payload
      return { ...next, outcome, steps, refused, ...(code === undefined ? {} : { code }) }
    }
    default:
      return summary.code === undefined || phase === 'executing' || phase === 'validating' ? next : { ...next, code: summary.code }
  }
}
