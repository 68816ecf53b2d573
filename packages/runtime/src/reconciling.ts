import { IceError, openAction } from '@ice-runtime/kernel'
import type { Blobs, DeliveredOutcome, OpenAction, Receipt, Seq, SubjectId } from '@ice-runtime/kernel'
import { toRecorded } from './recorded.ts'
import { probe } from './run/interrupted.ts'
import { rejection, runOf } from './run/live-run.ts'
import type { LiveRun } from './run/live-run.ts'
import type { Order } from './run/order.ts'

/** An operator's word on what became of an action whose end nobody saw, and how they know. */
export interface Finding {
  readonly found: 'done' | 'not_done'
  readonly by: SubjectId
  readonly reason: string
}

/** What is known of an uncertain action, or that its driver is to find out. */
export interface Reconciling {
  readonly action: Seq
  readonly found: Finding | 'probe'
}

/**
 * Records what became of an uncertain action and tells the agent that waits for it. Durable on return; nothing is recorded for a
 * probe that finds nothing out. Throws `usage.invalid` for an action that is not uncertain, and for a word without a reason.
 */
export async function reconcile(live: LiveRun, { action, found }: Reconciling, blobs: Blobs): Promise<'done' | 'not_done' | 'unknown'> {
  const open = openAction(runOf(live), action)
  if (open?.stage.name !== 'uncertain') throw new IceError('usage.invalid', `#${action} of ${live.id} is not uncertain`)
  const answer = await answerOf(live, open, { found, blobs })
  if (answer.found === 'unknown') return answer.found
  const said = found === 'probe' ? ({ how: 'probe' } as const) : ({ how: 'operator', by: found.by, reason: found.reason } as const)
  const result = 'receipt' in answer ? { result: toRecorded(answer.receipt.result, blobs) } : {}
  const order: Order = { type: 'ReconcileAction', action, found: answer.found, ...said, ...result }
  await record(live, open, { order, outcome: toldOutcome(answer) })
  return answer.found
}

type Answered = { readonly found: 'done'; readonly receipt?: Receipt } | { readonly found: 'not_done' } | { readonly found: 'unknown' }

async function answerOf(
  live: LiveRun,
  open: OpenAction,
  { found, blobs }: { readonly found: Reconciling['found']; readonly blobs: Blobs },
): Promise<Answered> {
  if (found !== 'probe') return { found: found.found }
  const driver = live.world.catalog.find(open.name)
  if (driver === undefined) throw new IceError('usage.invalid', `this process has no driver for ${open.name}`)
  return await probe(live, { open, driver }, blobs)
}

interface Answer {
  readonly order: Order
  readonly outcome: DeliveredOutcome
}

async function record(live: LiveRun, open: OpenAction, { order, outcome }: Answer): Promise<void> {
  // A release is never told: its agent has ended.
  const isAwaited = !runOf(live).deferred.includes(open.action)
  const executed = live.writer.execute(order, 'now')
  if (!executed.ok) throw rejection(executed.code, executed.detail)
  const [entry] = executed.entries
  if (entry !== undefined && isAwaited) live.tell({ type: 'outcome', delivery: { key: open.key, at: entry.at, outcome } })
  await executed.durable
}

/** As a replay reads it from the record. */
function toldOutcome(answer: { readonly found: 'done'; readonly receipt?: Receipt } | { readonly found: 'not_done' }): DeliveredOutcome {
  if (answer.found === 'done') return { type: 'succeeded', result: answer.receipt?.result ?? null }
  return { type: 'failed', code: 'effect.failed', message: 'found not done' }
}
