import { assert, IceError } from '@ice-runtime/kernel'
import type { RunId } from '@ice-runtime/kernel'
import { maxReloads } from './load-again.ts'
import { readyAsItIs, readyWithOrder, unfinishedBelow } from './recovery.ts'
import type { OperatorOrder } from './recovery.ts'
import { settleApprovals } from './run/approvals.ts'
import { isConflict, rejection } from './run/live-run.ts'
import type { LiveRun } from './run/live-run.ts'
import { allBelow, orderBelow } from './run/minding.ts'
import type { Order } from './run/order.ts'
import { recordTogether } from './run/run-writer.ts'
import { assertOpen, takeUp } from './runs-at-work.ts'
import type { Held, RunsAtWork } from './runs-at-work.ts'
import type { RunHandle } from './run-handle.ts'
import type { RuntimeParts } from './runtime-parts.ts'

function heldRun(state: RunsAtWork, id: RunId): Held {
  const found = state.live.get(id)
  if (found === undefined)
    throw new IceError('run.not_found', `${id} is not at work here`, { hint: 'a run that has ended takes no orders' })
  return found
}

/** What meets another writer is done again on what that one left. */
async function retried(state: RunsAtWork, id: RunId, attempt: (run: LiveRun) => Promise<void>): Promise<void> {
  for (let count = 0; ; count += 1) {
    const held = heldRun(state, id)
    const replaced = held.replaced.promise
    try {
      return await attempt(held.run)
    } catch (error) {
      if (!isConflict(error) || count === maxReloads) throw error
    }
    await replaced
  }
}

async function execute(run: LiveRun, command: Order): Promise<void> {
  const executed = run.writer.execute(command, 'now')
  if (!executed.ok) throw rejection(executed.code, executed.detail)
  await executed.durable
}

/** The run as it is, at work here or not: to be looked at. */
export async function foundRun(state: RunsAtWork, id: RunId): Promise<LiveRun> {
  await quiet(state)
  return state.live.get(id)?.run ?? readyAsItIs(id, state.parts)
}

/** An order to a run at work here, or one that an unfinished run is taken up with. Durable when it resolves. */
export async function operate(state: RunsAtWork, id: RunId, command: OperatorOrder): Promise<RunHandle> {
  await quiet(state)
  const found = state.live.get(id)
  if (found !== undefined) {
    orderBelow(found.run, command)
    await retried(state, id, async (run) => await execute(run, command))
    settleApprovals(found.run, state.parts.timers)
    return { id, done: found.done }
  }
  assertOpen(state)
  const { run, family, durable } = readyWithOrder(id, command, state.parts)
  const handles = family.map((member) => takeUp(state, member, { durable }))
  await durable
  const handle = handles[family.indexOf(run)]
  assert(handle !== undefined, 'a run is taken up with its family')
  return handle
}

/**
 * An order that moves no run by itself. One that is not at work here takes it as it is, and whoever goes on with it finds it: to
 * answer, or to take authority away, needs neither the agent nor a place.
 */
export async function record(state: RunsAtWork, id: RunId, command: OperatorOrder): Promise<void> {
  await state.recovering
  assertOpen(state)
  if (state.live.has(id)) return await recordLive(state, id, command)
  // One at a time: each reads what the one before has made durable.
  const recorded = state.recording.then(() => (state.live.has(id) ? recordLive : recordAsItIs)(state, id, command))
  state.recording = recorded.catch(() => undefined)
  await recorded
}

async function recordLive(state: RunsAtWork, id: RunId, command: OperatorOrder): Promise<void> {
  await retried(state, id, async (run) => {
    await recordWithBelow([run, ...allBelow(run)], command, state.parts)
    settleApprovals(run, state.parts.timers)
  })
}

async function recordAsItIs({ parts }: RunsAtWork, id: RunId, command: OperatorOrder): Promise<void> {
  for (let count = 0; ; count += 1) {
    const below = command.type === 'RevokeGrant' ? unfinishedBelow(id, parts.store.views) : []
    const runs = [id, ...below].map((run) => readyAsItIs(run, parts))
    try {
      return await recordWithBelow(runs, command, parts)
    } catch (error) {
      if (!isConflict(error) || count === maxReloads) throw error
      parts.standing.reload()
    }
  }
}

/** With a grant falls what was lent of it, in one append; any other order is for the one run alone. */
async function recordWithBelow([run, ...below]: readonly LiveRun[], command: OperatorOrder, parts: RuntimeParts): Promise<void> {
  const drafted = run?.writer.draft([command])
  assert(drafted !== undefined, 'an order is for a run')
  if (!drafted.ok) throw rejection(drafted.code, drafted.detail)
  const fallen = command.type === 'RevokeGrant' ? below.map(({ writer }) => writer.draft([command])) : []
  await recordTogether([drafted, ...fallen.filter((draft) => draft.ok)], parts, 'now')
}

/** Resolves when no order is being recorded: what reads a run then reads all of it. */
export async function quiet(state: RunsAtWork): Promise<void> {
  await state.recovering
  for (let waited: unknown; waited !== state.recording;) {
    waited = state.recording
    await state.recording
  }
}
