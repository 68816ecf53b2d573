import { IceError, isTerminated } from '@ice-runtime/kernel'
import type { RunId } from '@ice-runtime/kernel'
import { noPlace } from './admission.ts'
import type { Admission, Place } from './admission.ts'
import { loadAgain, maxReloads } from './load-again.ts'
import type { Family } from './load-again.ts'
import { settleApprovals } from './run/approvals.ts'
import { drive } from './run/drive.ts'
import { asError, isOvertaken, runOf } from './run/live-run.ts'
import type { LiveRun, RunResult } from './run/live-run.ts'
import { mindChild } from './run/minding.ts'
import { runResult } from './run-result.ts'
import type { RunHandle } from './run-handle.ts'
import type { RuntimeParts } from './runtime-parts.ts'

/** A run of this process, as it was loaded last. */
export interface Held {
  run: LiveRun
  readonly done: Promise<RunResult>
  /** Resolves when the run has been loaded again, or is let go. */
  replaced: PromiseWithResolvers<void>
  /** Times it was loaded again. */
  reloads: number
  /** Set while nothing of an overtaken run is under way here: whether it goes on is known once its whole family has come to rest. */
  resting: PromiseWithResolvers<'again' | 'let go'> | undefined
}

/** The runs of one runtime, and what they share. */
export interface RunsAtWork {
  readonly parts: RuntimeParts
  readonly admission: Admission
  readonly live: Map<RunId, Held>
  closed: boolean
  /** The recovery under way, if any; never rejects. */
  recovering: Promise<unknown> | undefined
  /** Orders being recorded of runs that are not at work here; never rejects. */
  recording: Promise<unknown>
}

export interface TakingUp {
  /** Nothing of the run is done before this. */
  readonly durable: Promise<void>
  /** Absent for a run of an earlier process, which claims its place when it goes on. */
  readonly place?: Place
}

/** Drives a run in the background and keeps its handle until it has ended or been let go. */
export function takeUp(state: RunsAtWork, run: LiveRun, taking: TakingUp): RunHandle {
  const ended = Promise.withResolvers<RunResult>()
  const held: Held = { run, done: ended.promise, replaced: Promise.withResolvers(), reloads: 0, resting: undefined }
  // Whoever started the run may not wait for it; what became of it is in the log.
  ended.promise.catch(() => undefined)
  state.live.set(run.id, held)
  ended.resolve(
    driveAdmitted(state, held, taking).finally(() => {
      if (state.live.get(run.id) === held) state.live.delete(run.id)
      held.replaced.resolve()
      const { above, children } = held.run
      if (above !== undefined || children.size > 0) settleFamily(state, held)
    }),
  )
  mind(held)
  return { id: run.id, done: ended.promise }
}

function mind({ run, replaced }: Held): void {
  if (run.above !== undefined) void mindChild(run.above.live, run, replaced.promise).catch(run.above.live.fail)
}

async function driveAdmitted(state: RunsAtWork, held: Held, { durable, place: given }: TakingUp): Promise<RunResult> {
  await durable
  await untilItGoesOn(held.run, state.parts)
  // A child works in the place of its root, or a root that waits for it would keep it from having one.
  using place = given ?? (held.run.above === undefined ? state.admission.claim() : noPlace)
  await place.enter()
  for (;;) {
    await driveOnce(held.run, state.parts, place)
    if (!isOvertaken(held.run) || (await rest(state, held)) === 'let go') break
    await untilItGoesOn(held.run, state.parts)
  }
  const { run } = held
  const failure = run.failure()
  if (failure !== undefined) throw failure
  if (!isTerminated(runOf(run)))
    throw new IceError('runtime.closed', `${run.id} is ${runOf(run).phase.name} and goes on with the next runtime`)
  return runResult(runOf(run), state.parts.store.blobs)
}

/** Waits for the rest of the family: what is recorded of one run follows from the others, so all are loaded again from one log. */
async function rest(state: RunsAtWork, held: Held): Promise<'again' | 'let go'> {
  await held.run.writer.idle()
  // Taken up a second time: whoever has it now goes on with it.
  if (state.live.get(held.run.id) !== held) return 'let go'
  const resting = Promise.withResolvers<'again' | 'let go'>()
  held.resting = resting
  settleFamily(state, held)
  return await resting.promise
}

/** Once all of a family that are held here rest, they are loaded again, or let go where that was done too often. */
function settleFamily(state: RunsAtWork, { run }: Held): void {
  const root = rootOf(run)
  const members = [...state.live.values()].filter((member) => rootOf(member.run) === root)
  if (members.length === 0 || members.some(({ resting }) => resting === undefined)) return
  const isLetGo = state.closed || !state.live.has(root) || members.some(({ reloads }) => reloads === maxReloads)
  try {
    const family: Family = isLetGo ? new Map() : loadAgain(new Map(members.map((member) => [member.run.id, member.run])), root, state.parts)
    for (const member of members) replace(member, family.get(member.run.id))
    for (const [id, found] of family)
      if (!state.live.has(id) && !runOf(found).quarantined) takeUp(state, found, { durable: Promise.resolve() })
  } catch (error) {
    for (const member of members) {
      const { resting } = member
      member.resting = undefined
      resting?.reject(error)
    }
  }
}

function replace(member: Held, run: LiveRun | undefined): void {
  const { resting, replaced } = member
  member.resting = undefined
  if (run !== undefined) {
    member.run = run
    member.reloads += 1
    member.replaced = Promise.withResolvers()
    mind(member)
  }
  replaced.resolve()
  resting?.resolve(run === undefined ? 'let go' : 'again')
}

function rootOf(run: LiveRun): RunId {
  return run.above === undefined ? run.id : rootOf(run.above.live)
}

async function driveOnce(run: LiveRun, parts: RuntimeParts, place: Place): Promise<void> {
  try {
    await drive(run, parts, place)
  } catch (error) {
    run.fail(asError(error))
  }
}

/** One that waits for somebody holds no place. */
async function untilItGoesOn(run: LiveRun, { timers }: RuntimeParts): Promise<void> {
  settleApprovals(run, timers)
  const isHeld = (): boolean => runOf(run).phase.name === 'suspended' && !run.stopping.signal.aborted && run.failure() === undefined
  while (isHeld()) await run.moved()
}

/** Standing authority has moved: what is under way stops at a lockdown, and what one held goes on when it is over. */
export function followStanding(state: RunsAtWork): void {
  for (const { run } of state.live.values()) {
    const { phase } = runOf(run)
    if (run.failure() !== undefined) continue
    if (run.writer.view().lockdown) run.interrupt()
    else if (phase.name === 'suspended' && phase.cause === 'lockdown' && !state.closed)
      run.writer.execute({ type: 'ResumeRun', by: 'runtime', origin: 'runtime' }, 'lazy')
  }
}

export function assertOpen(state: RunsAtWork): void {
  if (state.closed) throw new IceError('runtime.closed', 'the runtime takes no more orders')
}
