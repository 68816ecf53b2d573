import { IceError, openAction } from '@ice-runtime/kernel'
import type { Blobs, DeliveredOutcome, OpenAction, Receipt, Seq } from '@ice-runtime/kernel'
import { toRecorded } from './recorded.ts'
import { probe } from './run/interrupted.ts'
import { rejection, runOf } from './run/live-run.ts'
import type { LiveRun } from './run/live-run.ts'
import type { Order } from './run/order.ts'

/** What is known of an uncertain action, or how to find out. */
export interface Reconciling {
  readonly action: Seq
  readonly found: 'done' | 'not_done' | 'probe'
}

/**
 * Records what became of an uncertain action and tells the agent that waits for it. Durable on return; nothing is recorded for a
 * probe that finds nothing out. Throws `usage.invalid` for an action that is not uncertain.
 */
export async function reconcile(live: LiveRun, { action, found }: Reconciling, blobs: Blobs): Promise<'done' | 'not_done' | 'unknown'> {
  const open = openAction(runOf(live), action)
  if (open?.stage.name !== 'uncertain') throw new IceError('usage.invalid', `#${action} of ${live.id} is not uncertain`)
  const answer = await answerOf(live, open, { found, blobs })
  if (answer.found === 'unknown') return answer.found
  const how = found === 'probe' ? 'probe' : 'operator'
  const result = 'receipt' in answer ? toRecorded(answer.receipt.result, blobs) : undefined
  const order: Order = { type: 'ReconcileAction', action, found: answer.found, how, ...(result === undefined ? {} : { result }) }
  await record(live, open, { order, outcome: toldOutcome(answer) })
  return answer.found
}

type Answered = { readonly found: 'done'; readonly receipt?: Receipt } | { readonly found: 'not_done' } | { readonly found: 'unknown' }

async function answerOf(
  live: LiveRun,
  open: OpenAction,
  { found, blobs }: { readonly found: Reconciling['found']; readonly blobs: Blobs },
): Promise<Answered> {
  if (found !== 'probe') return { found }
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
