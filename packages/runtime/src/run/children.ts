import { assert, childEnd, childRequest, mergeConflict } from '@ice-runtime/kernel'
import type { DeliveredOutcome, IceEntry, Json, PreparedAction, Run, Settlement } from '@ice-runtime/kernel'
import { createLiveRun } from '../create-live-run.ts'
import { keptIdentity } from '../kept-identity.ts'
import { newRun } from '../load-run.ts'
import { fromRecorded, toRecorded } from '../recorded.ts'
import type { RuntimeParts } from '../runtime-parts.ts'
import { executeDurably, runOf, stagedSeen, stopped } from './live-run.ts'
import type { Above, LiveRun } from './live-run.ts'
import { isUnrecordable } from './perform.ts'
import { recordTogether } from './run-writer.ts'
import type { Draft, Drafted } from './run-writer.ts'

/** An authorized `agent.spawn`, whose facts still hold. */
export interface Spawning {
  readonly action: number
  readonly prepared: PreparedAction
}

/**
 * Starts the child: what its parent lends it and its request enter the log together. Returns how the action has ended where no child
 * was started; nothing when one was, or when the run has moved and starts none.
 */
export function startChild(live: LiveRun, { action, prepared }: Spawning, parts: RuntimeParts): IceEntry | undefined {
  const { spawn } = prepared
  assert(spawn !== undefined, 'only an action that lends starts a child')
  const host = parts.agent(spawn.agent)
  if (host === undefined || host.identity.digest !== spawn.agent.digest)
    return settledAs(live, action, failure('agent.not_found', `there is no ${spawn.agent.name} as it was decided about`))
  const id = parts.ids.runId()
  const above: Above = { live, staged: stagedSeen(live) }
  try {
    const lent = live.writer.draft([{ type: 'SpawnChild', action, child: id }])
    if (!lent.ok) {
      assert(lent.code === 'run.phase', `an authorized child is started once: ${lent.detail}`)
      return undefined
    }
    const chosen = {
      agent: keptIdentity(host, parts),
      input: toRecorded(inputOf(prepared.args), parts.store.blobs),
      seed: parts.ids.seed(),
    }
    const request = childRequest(lent.run, id, chosen)
    if (request === undefined) {
      recordUnawaited([lent], parts)
      return lent.entries[0]
    }
    const child = createLiveRun(newRun(id, parts.context), { host, world: live.world, above }, parts)
    recordUnawaited([lent, accepted(child.writer.draft([request]))], parts)
    parts.takeUp(child)
    return undefined
  } catch (error) {
    if (!isUnrecordable(error)) throw error
    return settledAs(live, action, failure(error.code, error.message))
  }
}

/** A loss is told to both runs by their writers. */
function recordUnawaited(drafts: readonly Draft[], parts: RuntimeParts): void {
  recordTogether(drafts, parts, 'lazy').catch(() => undefined)
}

function settledAs(live: LiveRun, action: number, settlement: Settlement): IceEntry | undefined {
  const executed = live.writer.execute({ type: 'SettleAction', action, settlement }, 'lazy')
  return executed.ok ? executed.entries[0] : undefined
}

function failure(code: string, message: string): Extract<Settlement, { type: 'failed' }> {
  return { type: 'failed', code, message: message.slice(0, maxMessageChars).toWellFormed() }
}

const maxMessageChars = 1024

function inputOf(args: Json): Json {
  return args !== null && typeof args === 'object' && 'input' in args ? (args['input'] ?? null) : null
}

function accepted(drafted: Drafted): Draft {
  assert(drafted.ok, `what a runtime orders of a child is taken: ${drafted.ok ? '' : `${drafted.code}, ${drafted.detail}`}`)
  return drafted
}

/** A validated child hands what it did to its parent, or is aborted where that does not go together with what was done since, or held. */
export async function mergeChild(live: LiveRun, above: Above, parts: RuntimeParts): Promise<void> {
  if (runOf(above.live).phase.name !== 'executing') return await nextMove(live, above.live)
  const { staged, reads } = runOf(live)
  const conflict = mergeConflict({ staged, reads, before: above.staged, now: stagedSeen(above.live) })
  const order = { type: 'MergeRun', ...(conflict === undefined ? {} : { conflict }) } as const
  const { phase } = accepted(live.writer.draft([order])).run
  if (phase.name === 'aborting' || phase.name === 'suspended') return void (await executeDurably(live, order))
  const refused = await recordEnd({ live, above, drafted: accepted(live.writer.draft([order, { type: 'TearDown' }])) }, parts)
  if (refused !== undefined)
    await executeDurably(live, { type: 'AbortRun', code: refused.code, detail: refused.detail, by: 'runtime', origin: 'runtime' })
}

/** The last of a child that did not merge: it and the failed action of its parent end together. */
export async function endUnmerged(live: LiveRun, above: Above, parts: RuntimeParts): Promise<void> {
  const refused = await recordEnd({ live, above, drafted: accepted(live.writer.draft([{ type: 'TearDown' }])) }, parts)
  assert(refused === undefined, 'an end that hands on nothing fits in its entries')
}

/** Resolves when either run has moved: whoever minds the child tells it what its parent's new phase means for it. */
async function nextMove(live: LiveRun, parent: LiveRun): Promise<void> {
  if (!live.stopping.signal.aborted) await Promise.race([live.moved(), parent.moved()])
}

interface Ending {
  readonly live: LiveRun
  readonly above: Above
  /** The child up to its end. */
  readonly drafted: Draft
}

/** Records the end on both sides and tells the parent's agent. Returns why the parent cannot take over what would be handed on. */
async function recordEnd(
  { live, above, drafted }: Ending,
  parts: RuntimeParts,
): Promise<{ readonly code: string; readonly detail: string } | undefined> {
  const parent = above.live
  const action = runOf(parent).children.get(live.id)?.action
  const end = childEnd(drafted.run)
  assert(action !== undefined && end !== undefined, 'a child ends once, and its parent has not ended')
  const { settlement, result } = settlementOf(drafted.run, parts)
  const taken = takenOver(parent, [end, { type: 'SettleAction', action, settlement }])
  if (!taken.ok) return taken
  const key = runOf(parent).open.get(String(action))?.key ?? 0
  live.stopping.abort(stopped)
  const durable = recordTogether([drafted, taken], parts, 'now')
  const outcome = outcomeOf(taken.entries, result)
  if (outcome !== undefined) parent.tell({ type: 'outcome', delivery: { key, ...outcome } })
  parent.wake()
  await durable
  return undefined
}

function takenOver(
  parent: LiveRun,
  orders: Parameters<LiveRun['writer']['draft']>[0],
): Drafted | { ok: false; code: string; detail: string } {
  try {
    return parent.writer.draft(orders)
  } catch (error) {
    if (!isUnrecordable(error)) throw error
    return { ok: false, code: error.code, detail: error.message }
  }
}

function settlementOf(child: Run, { store }: RuntimeParts): { readonly settlement: Settlement; readonly result: Json } {
  const { phase, id, label } = child
  assert(phase.name === 'terminated', 'a child that has ended is terminated')
  if (phase.outcome !== 'merged') {
    const { code = '' } = phase
    const settlement = failure(code === '' ? `run.${phase.outcome}` : code, `the child ${id} was ${phase.outcome}`)
    return { settlement, result: null }
  }
  const result = { run: id, output: child.output === undefined ? null : fromRecorded(child.output, store.blobs) }
  const changes = child.staged.entries().map(([, change]) => change)
  const reads = child.reads.entries().map(([, read]) => read)
  const settlement: Settlement = {
    type: 'succeeded',
    result: toRecorded(result, store.blobs),
    label,
    ...(changes.length === 0 ? {} : { changes }),
    ...(reads.length === 0 ? {} : { reads }),
  }
  return { settlement, result }
}

function outcomeOf(entries: readonly IceEntry[], result: Json): { readonly at: number; readonly outcome: DeliveredOutcome } | undefined {
  for (const entry of entries) {
    if (entry.type === 'ActionSucceeded') return { at: entry.at, outcome: { type: 'succeeded', result } }
    if (entry.type === 'ActionFailed') {
      const { code, message } = entry.payload
      return { at: entry.at, outcome: { type: 'failed', code, message } }
    }
  }
  return undefined
}
