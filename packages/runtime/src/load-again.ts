import { openAction, parseRunId, unreachable } from '@ice-runtime/kernel'
import type { DeliveredOutcome, IceEntry, RunId } from '@ice-runtime/kernel'
import { fromRecorded } from './recorded.ts'
import { agentless, openRun } from './recovery.ts'
import { runOf } from './run/live-run.ts'
import type { LiveRun } from './run/live-run.ts'
import type { RuntimeParts } from './runtime-parts.ts'

/** Times one run is loaded again in one process because others wrote to its stream: each time somebody else got through. */
export const maxReloads = 64

/** Runs of one family, by id, each behind the one above it. */
export type Family = ReadonlyMap<RunId, LiveRun>

/**
 * A family as the log has it, in place of what is in memory: the run at its top and all below it that has not ended, whoever has
 * started it, and what has ended meanwhile. A run whose request did not enter is not there. What was found out about actions is
 * recorded first, and told to their agents as if it had been in time.
 */
export function loadAgain(overtaken: Family, root: RunId, parts: RuntimeParts): Family {
  const { log } = parts.store
  const family = new Map<RunId, LiveRun>()
  const load = (id: RunId): void => {
    if (family.has(id) || log.head(id).seq === 0) return
    const live = openRun(id, parts, { agentlessIn: agentless, relatives: family, known: overtaken.get(id) })
    family.set(id, live)
    for (const [child] of runOf(live).children.entries()) load(parseRunId(child))
  }
  for (const id of [root, ...overtaken.keys()]) load(id)
  for (const [id, live] of family) recordUnsettled(overtaken.get(id), live, parts)
  return family
}

function recordUnsettled(overtaken: LiveRun | undefined, live: LiveRun, parts: RuntimeParts): void {
  for (const order of overtaken?.writer.unsettled() ?? []) {
    const before = runOf(live)
    const executed = live.writer.execute(order, 'lazy')
    const [entry] = executed.ok ? executed.entries : []
    if (entry !== undefined) tellOutcome(live, { entry, before }, parts)
  }
}

function tellOutcome(
  live: LiveRun,
  { entry, before }: { readonly entry: IceEntry; readonly before: ReturnType<typeof runOf> },
  parts: RuntimeParts,
): void {
  if (entry.type !== 'ActionSucceeded' && entry.type !== 'ActionFailed') return
  const open = openAction(before, entry.payload.action)
  // A release is told to nobody: its agent has ended.
  if (open === undefined || before.deferred.includes(open.action)) return
  live.tell({ type: 'outcome', delivery: { key: open.key, at: entry.at, outcome: outcomeOf(entry, parts) } })
}

function outcomeOf(entry: Extract<IceEntry, { type: 'ActionSucceeded' | 'ActionFailed' }>, { store }: RuntimeParts): DeliveredOutcome {
  switch (entry.type) {
    case 'ActionSucceeded':
      return { type: 'succeeded', result: fromRecorded(entry.payload.result, store.blobs) }
    case 'ActionFailed':
      return { type: 'failed', code: entry.payload.code, message: entry.payload.message }
    default:
      return unreachable(entry)
  }
}
