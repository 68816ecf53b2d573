import { openAction, unreachable } from '@ice-runtime/kernel'
import type { DeliveredOutcome, IceEntry } from '@ice-runtime/kernel'
import { createLiveRun } from './create-live-run.ts'
import { loadRun } from './load-run.ts'
import { fromRecorded } from './recorded.ts'
import { runOf } from './run/live-run.ts'
import type { LiveRun } from './run/live-run.ts'
import type { RuntimeParts } from './runtime-parts.ts'

/** Times one run is loaded again in one process because others wrote to its stream: each time somebody else got through. */
export const maxReloads = 64

/**
 * The run as the log has it, in place of what is in memory. What was found out about its actions meanwhile is recorded first, and told
 * to its agent as if it had been in time.
 */
export function loadAgain(overtaken: LiveRun, parts: RuntimeParts): LiveRun {
  const { id, host, world, writer } = overtaken
  const live = createLiveRun(loadRun(parts.store.log, id), { host, world }, parts)
  for (const order of writer.unsettled()) {
    const before = runOf(live)
    const executed = live.writer.execute(order, 'lazy')
    const [entry] = executed.ok ? executed.entries : []
    if (entry !== undefined) tellOutcome(live, { entry, before }, parts)
  }
  return live
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
