import { assert, IceError } from '@ice-runtime/kernel'
import type { RejectionCode, Run, RunId } from '@ice-runtime/kernel'
import { maxReloads } from './load-again.ts'
import { asFound, readyAsItIs, readyForOrder, recordFound, unfinishedBelow } from './recovery.ts'
import type { OperatorOrder } from './recovery.ts'
import { settleApprovals } from './run/approvals.ts'
import { isConflict, rejection, runOf } from './run/live-run.ts'
import type { LiveRun } from './run/live-run.ts'
import { allBelow, orderBelow } from './run/minding.ts'
import type { Order } from './run/order.ts'
import { recordTogether } from './run/run-writer.ts'
import type { Draft } from './run/run-writer.ts'
import { assertOpen, takeUp } from './runs-at-work.ts'
import type { Held, RunsAtWork } from './runs-at-work.ts'
import type { RunHandle } from './run-handle.ts'

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
  if (!executed.ok) throw notTaken(runOf(run), executed)
  await executed.durable
}

/** What an order that is not taken is told. */
function notTaken({ id, phase }: Run, { code, detail }: { readonly code: RejectionCode; readonly detail: string }): IceError {
  return phase.name === 'terminated' ? new IceError('run.ended', `${id} has ended: ${phase.outcome}`) : rejection(code, detail)
}

/** The run as it is, at work here or not: to be looked at. */
export async function foundRun(state: RunsAtWork, id: RunId): Promise<LiveRun> {
  await quiet(state)
  return state.live.get(id)?.run ?? readyAsItIs(id, state.parts)
}

/**
 * An order to a run at work here, or one that an unfinished run is taken up with. With a run are ordered those below it, in one append:
 * nothing of them happens between. Durable when it resolves.
 */
export async function operate(state: RunsAtWork, id: RunId, command: OperatorOrder): Promise<RunHandle> {
  for (let count = 0; ; count += 1) {
    await quiet(state)
    const found = state.live.get(id)
    const replaced = found?.replaced.promise
    try {
      return found === undefined ? await takeUpWith(state, id, command) : await operateLive(state, found, command)
    } catch (error) {
      if (!isConflict(error) || count === maxReloads) throw error
    }
    await replaced
  }
}

async function operateLive({ parts }: RunsAtWork, found: Held, command: OperatorOrder): Promise<RunHandle> {
  const { run, done } = found
  const below = allBelow(run)
  await (below.length === 0 ? execute(run, command) : recordTogether(draftWithBelow([run, ...below], command), parts, 'now'))
  settleApprovals(found.run, parts.timers)
  return { id: run.id, done }
}

async function takeUpWith(state: RunsAtWork, id: RunId, command: OperatorOrder): Promise<RunHandle> {
  assertOpen(state)
  const { parts } = state
  const { run, family } = readyForOrder(id, command, state)
  const below = orderBelow(command) === undefined ? [] : family.filter((other) => isAbove(run, other))
  const durable = recordTogether(draftWithBelow([run, ...below], asFound(command, runOf(run))), parts, 'now')
  for (const other of family) if (other !== run && !below.includes(other)) recordFound(other)
  const handles = family.map((member) => takeUp(state, member, { durable }))
  try {
    await durable
  } catch (error) {
    await Promise.allSettled(handles.map(({ done }) => done))
    parts.standing.reload()
    throw error
  }
  const handle = handles[family.indexOf(run)]
  assert(handle !== undefined, 'a run is taken up with its family')
  return handle
}

function isAbove(run: LiveRun, other: LiveRun): boolean {
  return other.above !== undefined && (other.above.live === run || isAbove(run, other.above.live))
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
    await recordTogether(draftWithBelow([run, ...allBelow(run)], command), state.parts, 'now')
    settleApprovals(run, state.parts.timers)
  })
}

async function recordAsItIs({ parts }: RunsAtWork, id: RunId, command: OperatorOrder): Promise<void> {
  for (let count = 0; ; count += 1) {
    const below = command.type === 'RevokeGrant' ? unfinishedBelow(id, parts.store.views) : []
    const runs = [id, ...below].map((run) => readyAsItIs(run, parts))
    try {
      return await recordTogether(draftWithBelow(runs, command), parts, 'now')
    } catch (error) {
      if (!isConflict(error) || count === maxReloads) throw error
      parts.standing.reload()
    }
  }
}

/** What is ordered of the runs below is in the same append, the furthest first; where it moves nothing, nothing is recorded of them. */
function draftWithBelow([run, ...below]: readonly LiveRun[], command: Order): readonly Draft[] {
  assert(run !== undefined, 'an order is for a run')
  const drafted = run.writer.draft([command])
  if (!drafted.ok) throw notTaken(runOf(run), drafted)
  const order = orderBelow(command)
  const drafts = order === undefined ? [] : below.map(({ writer }) => writer.draft([order]))
  return [...drafts.filter((draft) => draft.ok).toReversed(), drafted]
}

/** Resolves when no order is being recorded: what reads a run then reads all of it. */
export async function quiet(state: RunsAtWork): Promise<void> {
  await state.recovering
  for (let waited: unknown; waited !== state.recording;) {
    waited = state.recording
    await state.recording
  }
}
