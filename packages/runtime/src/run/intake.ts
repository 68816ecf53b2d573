import { assert, brokenAssumption, entryId, leavesRuntime } from '@ice-runtime/kernel'
import type {
  AgentProposal,
  Blobs,
  Delivery,
  Driver,
  IceEntry,
  PerformContext,
  PreparedAction,
  PrepareRefusal,
  ProposedAction,
  SealContext,
} from '@ice-runtime/kernel'
import type { Limits, Timers } from '../options.ts'
import type { Spawning } from './children.ts'
import { asError, runOf, stagedSeen } from './live-run.ts'
import { isUnwritable } from './unwritable.ts'
import type { LiveRun } from './live-run.ts'
import { repeatsSafely } from './interrupted.ts'
import { settleApprovals } from './approvals.ts'
import { performOnce, settledAgain } from './perform.ts'
import type { Performed, PerformParts, ReadyAction } from './perform.ts'
import { preparationOf, prepareSafely, proposedAction } from './preparation.ts'
import { readProposal } from './proposal-message.ts'
import type { ProposalMessage } from './proposal-message.ts'
import { recordOutcome, recordProposal } from './record-action.ts'
import type { ProposeAction } from './record-action.ts'

export interface IntakeParts {
  readonly live: LiveRun
  readonly blobs: Blobs
  readonly context: SealContext
  readonly timers: Timers
  readonly limits: Limits
  readonly deliver: (delivery: Delivery) => void
  /** Called whenever nothing may be pending any more. */
  readonly onQuiet: () => void
  /** Starts a child; the entry that ended the action instead, if one did. */
  readonly startChild: (spawning: Spawning) => IceEntry | undefined
  /** Called when proposing went beyond every bound. */
  readonly onFlood: () => void
}

/** Takes one run's proposals through the pipeline, in the order they were made. */
export interface Intake {
  accept(proposal: AgentProposal, after: number): void
  /** Performs what was authorized before this process. Resolves when it has ended, or at once for what leaves. */
  perform(prepared: PreparedAction, place: Place): Promise<void>
  /** Proposals without a verdict and actions without an outcome. */
  pending(): number
  /** Actions without an outcome. */
  underWay(): number
  /** Resolves when the next of them has ended. */
  settled(): Promise<void>
  /** Answers all that wait for a verdict, and all that is asked from here on: the record cannot be written, so the answer is no. */
  refuseAll(): void
  /** Holds proposals back. */
  pause(): void
  resume(): void
}

/** Where an action stands: in the log, and with the agent. */
export interface Place {
  readonly action: number
  readonly key: number
}

interface Queued {
  readonly proposal: AgentProposal
  readonly after: number
}

interface State extends IntakeParts {
  readonly queue: Queued[]
  readonly waiters: (() => void)[]
  /** Authorized and not sent, because the run was suspended first. */
  readonly held: (() => MaybePromise<void>)[]
  paused: boolean
  draining: boolean
  underWay: number
}

type MaybePromise<Value> = Value | Promise<Value>

export function createIntake(parts: IntakeParts): Intake {
  const state: State = { ...parts, queue: [], waiters: [], held: [], paused: false, draining: false, underWay: 0 }
  return {
    accept: (proposal, after) => accept(state, { proposal, after }),
    perform: (prepared, place) => {
      const driver = state.live.world.catalog.find(prepared.action)
      assert(driver !== undefined, 'an authorized action has a driver')
      const performed = performAll(state, { driver, prepared }, place)
      return leavesRuntime(prepared) || performed === undefined ? Promise.resolve() : performed
    },
    pending: () => state.queue.length + state.underWay + runOf(state.live).children.size + (state.draining ? 1 : 0),
    underWay: () => state.underWay,
    settled: () => new Promise((resolve) => state.waiters.push(resolve)),
    refuseAll: () => {
      for (const { proposal } of state.queue.splice(0)) refuse(state, proposal.key)
      // The end of a child cannot be recorded either, so nobody will tell of it.
      const { children, open } = runOf(state.live)
      for (const [, { action }] of children.entries()) refuse(state, open.get(String(action))?.key ?? 0)
    },
    pause: () => {
      state.paused = true
    },
    resume: () => {
      state.paused = false
      for (const again of state.held.splice(0)) void again()
      begin(state)
    },
  }
}

function accept(state: State, queued: Queued): void {
  if (isUnwritable(state.live.failure())) return refuse(state, queued.proposal.key)
  if (state.queue.length >= state.limits.queuedProposals) return state.onFlood()
  state.queue.push(queued)
  begin(state)
}

function begin(state: State): void {
  if (!state.draining && !state.paused && state.queue.length > 0) drain(state)
}

function drain(state: State): void {
  state.draining = true
  try {
    const handled = handleQueued(state)
    if (handled !== undefined) return void handled.then(() => drain(state))
    state.draining = false
    state.onQuiet()
  } catch (error) {
    state.draining = false
    state.live.fail(asError(error))
  }
}

/** One proposal after another, at once for as long as nothing has to be waited for. */
function handleQueued(state: State): Promise<void> | undefined {
  for (let next = take(state); next !== undefined; next = take(state)) {
    const { key } = next.proposal
    const lost = (error: unknown): void => broken(state, key, error)
    try {
      const handled = handle(state, next)
      if (handled !== undefined) return handled.catch(lost)
    } catch (error) {
      lost(error)
    }
  }
  return undefined
}

/** A fault of ours or of the store: nothing more is done in the run here, and who waits for a verdict that cannot be recorded is told no. */
function broken(state: State, key: number, error: unknown): void {
  state.live.fail(asError(error))
  if (isUnwritable(state.live.failure())) refuse(state, key)
}

/** Told and not recorded, because it cannot be: the run goes on from its record, where this was never asked. */
function refuse(state: State, key: number): void {
  deliver(state, { key, at: state.live.writer.now(), outcome: { type: 'refused', code: 'store.unwritable' } })
}

/** The next proposal; none while the run is suspended: what is asked then waits for what resumes it. */
function take(state: State): Queued | undefined {
  const { live } = state
  if (live.failure() !== undefined) return undefined
  if (state.queue.length > 0) suspendOnBroken(live)
  if (runOf(live).phase.name === 'suspended') state.paused = true
  return state.paused ? undefined : state.queue.shift()
}

/** A run that rests on what is no longer so asks for nothing more until somebody has looked at it. */
function suspendOnBroken(live: LiveRun): void {
  if (runOf(live).phase.name !== 'executing') return
  const broken = brokenAssumption(runOf(live), live.writer.view(), live.writer.now())
  if (broken !== undefined) live.writer.execute({ type: 'SuspendRun', cause: 'assumption', ...broken, origin: 'runtime' }, 'lazy')
}

/** Parse, prepare. */
function handle(state: State, { proposal, after }: Queued): MaybePromise<void> {
  const read = readProposal(proposal.message)
  if (!read.read) {
    const raw = state.blobs.put(read.raw).blob
    const proposed = { key: proposal.key, action: read.action === '' ? '?' : read.action, after }
    return decide(state, { proposed, preparation: { type: 'malformed', code: read.code, raw } })
  }
  const { message } = read
  const proposed = proposedAction({ key: proposal.key, after, message }, state.blobs)
  const driver = state.live.world.catalog.find(message.action)
  if (driver === undefined) {
    return decide(state, { proposed, preparation: { type: 'refused', code: 'action.unknown', detail: 'no driver has this action' } })
  }
  const { id, at } = runOf(state.live)
  const context = { runId: id, at, staged: stagedSeen(state.live), blobs: state.blobs, signal: state.live.stopping.signal }
  const answer = prepareSafely(driver, message.args, context)
  if (answer instanceof Promise) return answer.then((late) => decidePrepared(state, proposed, { message, driver, answer: late }))
  return decidePrepared(state, proposed, { message, driver, answer })
}

function decidePrepared(
  state: State,
  proposed: ProposedAction,
  ready: { readonly message: ProposalMessage; readonly driver: Driver; readonly answer: PreparedAction | PrepareRefusal },
): MaybePromise<void> {
  const { message, driver, answer } = ready
  if ('refused' in answer) return decide(state, { proposed, preparation: { type: 'refused', code: answer.refused, detail: answer.detail } })
  const prepared = message.atOnce ? { ...answer, atOnce: { reason: message.reason ?? '' } } : answer
  return decide(state, { proposed, preparation: preparationOf(prepared, message, state) }, { driver, prepared })
}

/** Decide, and act on the verdict. What leaves is not waited for; what stays inside is done in the order proposed. */
function decide(state: State, proposal: Pick<ProposeAction, 'proposed' | 'preparation'>, ready?: ReadyAction): MaybePromise<void> {
  const { key } = proposal.proposed
  const executed = recordProposal(state.live.writer, proposal)
  // A run that has ended takes no proposal, and nobody waits for an answer.
  if (!executed.ok) return undefined
  const verdict = executed.entries[1]
  assert(verdict !== undefined, 'a proposal has a verdict')
  if (verdict.type === 'ActionRefused')
    return deliver(state, { key, at: verdict.at, outcome: { type: 'refused', code: verdict.payload.code } })
  if (verdict.type === 'ApprovalRequested') return asked(state, key, verdict)
  assert(verdict.type === 'ActionAuthorized' && ready !== undefined, 'only what was prepared is authorized')
  const { action, deferred } = verdict.payload
  if (deferred === true) return deliver(state, { key, at: verdict.at, outcome: { type: 'deferred', id: entryId(state.live.id, action) } })
  const performing = performAll(state, ready, { action, key })
  return leavesRuntime(ready.prepared) ? undefined : performing
}

/** Performs, and counts the action as under way until it has ended, however it ends. */
function performAll(state: State, ready: ReadyAction, place: Place): MaybePromise<void> {
  state.underWay += 1
  const lost = (error: unknown): void => {
    broken(state, place.key, error)
    ended(state)
  }
  try {
    const performing = perform(state, ready, place)
    return performing instanceof Promise ? performing.catch(lost) : performing
  } catch (error) {
    return lost(error)
  }
}

/** People are asked. A deferred effect would have waited anyway, so its agent goes on; any other waits for their answer. */
function asked(state: State, key: number, { at, payload }: Extract<IceEntry, { type: 'ApprovalRequested' }>): undefined {
  // First, so that what is told is told in the order of the log.
  if (payload.deferred === true) deliver(state, { key, at, outcome: { type: 'deferred', id: entryId(state.live.id, payload.action) } })
  settleApprovals(state.live, state.timers)
}

function perform(state: State, ready: ReadyAction, place: Place): MaybePromise<void> {
  if (leavesRuntime(ready.prepared)) return send(state, ready, place)
  if (ready.prepared.spawn !== undefined) return spawn(state, ready, place)
  const performed = performOnce(ready, performContext(state, place), performParts(state))
  if (performed instanceof Promise) return performed.then((end) => settle(state, end, { ...place, prepared: ready.prepared }))
  return settle(state, performed, { ...place, prepared: ready.prepared })
}

/** What is agreed is looked at once more, and the child is started. Its end is the action's, and is told when it comes. */
async function spawn(state: State, ready: ReadyAction, place: Place): Promise<void> {
  const { live } = state
  const { prepared } = ready
  const checked = await performOnce(ready, performContext(state, place), performParts(state))
  if (checked.settlement.type !== 'succeeded') return settle(state, checked, { ...place, prepared })
  if (runOf(live).phase.name === 'suspended') return hold(state, ready, place)
  const outcome = state.startChild({ action: place.action, prepared })
  tellFailure(state, place, outcome)
  ended(state)
}

/** Recorded as dispatched, durable, and only then sent. */
async function send(state: State, ready: ReadyAction, place: Place): Promise<void> {
  const restsOnFiles = runOf(state.live).assumed.files.length > 0
  if (restsOnFiles && (await restsOnChangedFiles(state.live))) return hold(state, ready, place)
  const dispatched = state.live.writer.execute({ type: 'DispatchAction', action: place.action }, 'now')
  // Suspended before it was sent, it is sent when its run goes on.
  if (!dispatched.ok) return runOf(state.live).phase.name === 'suspended' ? hold(state, ready, place) : ended(state)
  await dispatched.durable
  const [entry] = dispatched.entries
  if (entry?.type === 'RunSuspended') return hold(state, ready, place)
  if (entry?.type !== 'ActionDispatched') {
    // Taken away between its authorization and its dispatch.
    tellFailure(state, place, entry)
    return ended(state)
  }
  const performing = performOnce(ready, performContext(state, place), performParts(state))
  const performed = performing instanceof Promise ? await performing : performing
  settle(state, entry.payload.attempt > 1 ? settledAgain(performed, ready.prepared) : performed, { ...place, prepared: ready.prepared })
}

/** Kept for when the run goes on; nothing of it is under way meanwhile. */
function hold(state: State, ready: ReadyAction, place: Place): void {
  state.underWay -= 1
  state.held.push(() => performAll(state, ready, place))
}

/** Files the agent said it rests on are looked at before anything leaves; changed ones suspend the run. */
async function restsOnChangedFiles(live: LiveRun): Promise<boolean> {
  const { assumed, reads } = runOf(live)
  if (live.world.workspace === undefined) return false
  const bases = assumed.files.flatMap((path) => reads.get(path) ?? [])
  const [conflict] = await live.world.workspace.recheck([], bases)
  if (conflict === undefined) return false
  const detail = `${conflict.path} is not as the run read it`
  const suspended = live.writer.execute(
    { type: 'SuspendRun', cause: 'assumption', code: 'assumption.file', detail, origin: 'runtime' },
    'lazy',
  )
  return suspended.ok || runOf(live).phase.name === 'suspended'
}

function settle(state: State, performed: Performed, place: Place & Pick<ReadyAction, 'prepared'>): void {
  const { settlement, receipt } = performed
  if (settlement.type !== 'succeeded' && isCutShort(state, place.prepared)) return ended(state)
  const outcome = recordOutcome(state.live.writer, place, settlement)
  if (outcome?.type === 'ActionSucceeded') {
    deliver(state, { key: place.key, at: outcome.at, outcome: { type: 'succeeded', result: receipt?.result ?? null } })
  }
  tellFailure(state, place, outcome)
  ended(state)
}

/**
 * What this process interrupts because it closes has not ended: it stays open in the record and is done again by whoever goes on,
 * so that stopping a runtime does not decide how its runs end.
 */
function isCutShort({ live }: State, prepared: PreparedAction): boolean {
  return live.stopping.signal.aborted && runOf(live).phase.name === 'suspended' && repeatsSafely(prepared)
}

function tellFailure(state: State, { key }: Place, outcome: IceEntry | undefined): void {
  if (outcome?.type !== 'ActionFailed') return
  const { code, message } = outcome.payload
  deliver(state, { key, at: outcome.at, outcome: { type: 'failed', code, message } })
}

function ended(state: State): void {
  state.underWay -= 1
  for (const wake of state.waiters.splice(0)) wake()
  state.onQuiet()
}

function deliver(state: State, delivery: Delivery): undefined {
  state.deliver(delivery)
  return undefined
}

function performContext(state: State, place: Place): PerformContext {
  const { id, at } = runOf(state.live)
  return {
    runId: id,
    key: entryId(id, place.action),
    at,
    staged: stagedSeen(state.live),
    blobs: state.blobs,
    signal: state.live.acting(),
  }
}

function performParts(state: State): PerformParts {
  return { timers: state.timers, graceMs: state.limits.graceMs, blobs: state.blobs }
}
