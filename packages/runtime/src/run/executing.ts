import {
  assert,
  canonicalize,
  deferredAsks,
  describeMatch,
  entryId,
  hasChild,
  IceError,
  matchProposal,
  openAction,
} from '@ice-runtime/kernel'
import type {
  AgentChannel,
  AgentEnd,
  AgentSession,
  AgentStart,
  AgentStatement,
  Blobs,
  Delivery,
  Json,
  OpenAction,
  RecordedDelivery,
  RecordedProposal,
  StatementEvent,
  StatedEnd,
} from '@ice-runtime/kernel'
import type { Place } from '../admission.ts'
import type { RuntimeParts } from '../runtime-parts.ts'
import { fromRecorded, toRecorded } from '../recorded.ts'
import { startChild } from './children.ts'
import { rememberedActions } from './context.ts'
import { createDeliveries } from './deliveries.ts'
import type { Deliveries } from './deliveries.ts'
import { createIntake } from './intake.ts'
import type { Intake } from './intake.ts'
import { preparedOf, probedSettlement, repeatsSafely } from './interrupted.ts'
import { isOvertaken, runOf, stopped } from './live-run.ts'
import { isUnwritable } from './unwritable.ts'
import type { LiveRun, News } from './live-run.ts'
import { peopleAsked } from './people-asked.ts'
import { recordedPace } from './recorded-pace.ts'
import { replayedProposal } from './replayed-proposal.ts'
import { withoutSecrets } from '../secrets/without-secrets.ts'

/** An agent at work on a run, in this process. */
interface Execution {
  readonly live: LiveRun
  readonly parts: RuntimeParts
  readonly deliveries: Deliveries
  readonly intake: Intake
  /** Keys of recorded proposals that the agent has made again. */
  readonly made: Set<number>
  /** How the agent ended, once it has. */
  end: AgentEnd | undefined
  /** Resolves when it has. */
  readonly over: PromiseWithResolvers<void>
  /** Statements still to come that the record has already. */
  statementsKnown: number
  /** What the record had under way has been taken up; what is authorized from here on is new. */
  begun: boolean
  /** The agent has been started, and has asked for what it asks for at its start. */
  started: boolean
}

/**
 * Runs the agent until the run leaves `executing`: from its start for a new run, over its record for one that goes on. Suspended
 * time is spent here, with the agent kept as it is.
 */
export async function execute(live: LiveRun, parts: RuntimeParts, place: Place): Promise<void> {
  const execution = prepareExecution(live, parts)
  const session = openSession(execution)
  try {
    await untilMoved(execution, place)
    await tellUnwritable(execution)
  } finally {
    if (runOf(live).phase.name !== 'validating' && !isOvertaken(live)) live.stopping.abort(stopped)
    execution.intake.pause()
    execution.deliveries.stop()
    await (await session)?.stop()
    await execution.deliveries.idle()
  }
  // Each action under way is bounded by its deadline and grace.
  const isLeft = (): boolean => live.failure() !== undefined && !isOvertaken(live)
  while (execution.intake.underWay() > 0 && !isLeft()) await Promise.race([execution.intake.settled(), live.moved()])
}

/** Nothing can be recorded any more: whatever the agent waits for or asks is answered with no, until it ends or has had its grace. */
async function tellUnwritable({ live, parts, intake, over }: Execution): Promise<void> {
  if (!isUnwritable(live.failure())) return
  intake.refuseAll()
  using _grace = parts.timers.after(parts.limits.graceMs, over.resolve)
  await over.promise
}

/** Opens and starts the agent without being waited for: an agent that never yields must not keep its run from being stopped. */
async function openSession(execution: Execution): Promise<AgentSession | undefined> {
  const { live, parts } = execution
  try {
    const session = await live.host.open(agentStart(live, parts), channelOf(execution))
    const pace = recordedPace(live.history.proposals.values())
    for (const [index, delivery] of live.history.deliveries.entries())
      execution.deliveries.push(deliveryOf(live, delivery, parts.store.blobs), dueAfter(execution, pace(index)))
    live.hear((news) => hear(execution, news))
    void startSession(execution, session)
    return session
  } catch (error) {
    endAgent(execution, openingFailure(error))
    return undefined
  }
}

/** What became known elsewhere. An action authorized before the agent is at work is found in the record and performed from there. */
function hear(execution: Execution, news: News): void {
  if (news.type === 'outcome') {
    deliverNew(execution, news.delivery)
    return quiet(execution)
  }
  const open = openAction(runOf(execution.live), news.action)
  if (open?.stage.name === 'authorized' && execution.begun) void performAgain(execution, open)
}

async function startSession(execution: Execution, session: AgentSession): Promise<void> {
  try {
    // What was asked for before is done first, in its order; what the agent asks for beyond the record waits.
    const interrupted = interruptedActions(execution.live)
    execution.begun = true
    if (interrupted.length > 0) execution.intake.pause()
    await session.start()
    execution.deliveries.begin(session)
    await goOn(execution, interrupted)
    execution.started = true
    quiet(execution)
  } catch (error) {
    endAgent(execution, openingFailure(error))
  }
}

function prepareExecution(live: LiveRun, parts: RuntimeParts): Execution {
  const deliveries = createDeliveries({
    onBroken: (error) => endAgent(execution, openingFailure(error)),
    onIdle: () => watchForPeople(execution),
  })
  const intake = createIntake({
    live,
    blobs: parts.store.blobs,
    context: parts.context,
    timers: parts.timers,
    limits: parts.limits,
    deliver: (delivery) => deliverNew(execution, delivery),
    onQuiet: () => quiet(execution),
    startChild: (spawning) => startChild(live, spawning, parts),
    onFlood: () => stopRun(execution, 'limit.queued_proposals'),
  })
  const statementsKnown = live.history.statementsCount
  const over = Promise.withResolvers<void>()
  const agent = { made: new Set<number>(), end: undefined, over, statementsKnown, begun: false, started: false }
  const execution: Execution = { live, parts, deliveries, intake, ...agent }
  return execution
}

function agentStart(live: LiveRun, parts: RuntimeParts): AgentStart {
  const run = runOf(live)
  assert(run.spec !== undefined, 'a run that executes was requested')
  return {
    input: fromRecorded(run.spec.input, parts.store.blobs),
    seed: run.spec.seed,
    at: live.history.startedAt ?? run.at,
    actions: rememberedActions(run.context, parts),
  }
}

function channelOf(execution: Execution): AgentChannel {
  const { live, parts, deliveries, intake } = execution
  return {
    propose: (said) => {
      if (execution.end !== undefined) return
      // What an agent should not know is not decided about, performed or kept either.
      const proposal = { ...said, message: withoutSecrets(said.message, parts.secrets.scrubber) }
      if (isUnwritable(live.failure())) return intake.accept(proposal, deliveries.count())
      if (live.failure() !== undefined) return
      const recorded = live.history.proposals.get(proposal.key)
      if (recorded === undefined) return intake.accept(proposal, deliveries.count())
      const match = matchProposal(recorded, replayedProposal(proposal, deliveries.count(), parts.store.blobs))
      if (match.match !== 'same') return stopRun(execution, 'replay.diverged', describeMatch(match))
      execution.made.add(proposal.key)
      deliveries.wake()
    },
    state: (statement) => recordStatement(execution, statement),
    end: (end) => endAgent(execution, end),
    log: (level, text) => parts.onAgentLog?.(live.id, level, text),
  }
}

/** What the agent says of its own reasoning. A shape the taxonomy does not have is dropped: it authorizes nothing anyway. */
function recordStatement(execution: Execution, statement: AgentStatement): void {
  if (execution.live.failure() !== undefined) return
  if (execution.statementsKnown > 0) {
    execution.statementsKnown -= 1
    return
  }
  const { type, payload } = statement
  const event = { type, origin: 'agent', causes: [runOf(execution.live).lastOutcome], payload } as unknown as StatementEvent
  try {
    execution.live.writer.execute({ type: 'RecordStatement', statement: event }, 'lazy')
  } catch (error) {
    if (!(error instanceof IceError) || error.code !== 'taxonomy.mismatch') throw error
    execution.parts.onAgentLog?.(execution.live.id, 'warn', `a statement of type ${type} was not recorded: ${error.message}`)
  }
}

/**
 * A recorded outcome is due once the agent has made the proposals it was recorded after. A host of promised replay has by then; a
 * function says when it is done with an outcome only by what it asks for next. Once nothing can be recorded, order matters no more: what
 * is left to say is no.
 */
function dueAfter({ live, made }: Execution, proposalsCount: number): () => boolean {
  return () => made.size >= proposalsCount || isUnwritable(live.failure())
}

/** What the record has no outcome of yet comes after all it asks for: also when it is done before the agent has asked again. */
function deliverNew(execution: Execution, delivery: Delivery): void {
  execution.deliveries.push(delivery, dueAfter(execution, execution.live.history.proposals.size))
}

/** What the record has under way before the agent is started: what it asks for at its start is this process's to perform, once. */
function interruptedActions(live: LiveRun): readonly OpenAction[] {
  return runOf(live)
    .open.entries()
    .map(([, open]) => open)
    .sort((left, right) => left.action - right.action)
}

/** Performs what was authorized before a crash, sends again what may be sent again, and asks about the rest. */
async function goOn(execution: Execution, interrupted: readonly OpenAction[]): Promise<void> {
  const { live } = execution
  for (const open of interrupted) {
    // Its child is at work, and tells when it has ended; it may have by now.
    if (hasChild(runOf(live), open.action) || openAction(runOf(live), open.action) === undefined) continue
    if (open.stage.name === 'authorized') await performAgain(execution, open)
    else if (open.stage.name === 'dispatched') void afterDispatch(execution, open).catch(live.fail)
  }
  // One that is suspended by now is resumed with its run.
  if (runOf(live).phase.name === 'executing') execution.intake.resume()
}

/** Resolves when what stays inside is done; what leaves is not waited for. */
function performAgain(execution: Execution, open: OpenAction): Promise<void> {
  return execution.intake.perform(preparedOf(open, execution.parts.store.blobs), { action: open.action, key: open.key })
}

async function afterDispatch(execution: Execution, open: OpenAction): Promise<void> {
  const { live, parts } = execution
  const prepared = preparedOf(open, parts.store.blobs)
  if (repeatsSafely(prepared)) return await performAgain(execution, open)
  const driver = live.world.catalog.find(open.name)
  if (driver === undefined) return stopRun(execution, 'action.unknown', `${open.name} was dispatched and has no driver any more`)
  const settlement = await probedSettlement(live, { open, driver }, parts.store.blobs)
  const executed = live.writer.execute({ type: 'SettleAction', action: open.action, settlement }, 'now')
  const [entry] = executed.ok ? executed.entries : []
  if (entry === undefined || settlement.type === 'uncertain') return
  const outcome =
    settlement.type === 'succeeded'
      ? { type: 'succeeded' as const, result: fromRecorded(settlement.result, parts.store.blobs) }
      : { type: 'failed' as const, code: settlement.code, message: settlement.message }
  deliverNew(execution, { key: open.key, outcome, at: entry.at })
  finishAgent(execution)
}

function deliveryOf(live: LiveRun, delivery: RecordedDelivery, blobs: Blobs): Parameters<Deliveries['push']>[0] {
  const { key, at, outcome } = delivery
  if (outcome.type === 'succeeded') return { key, at, outcome: { type: 'succeeded', result: fromRecorded(outcome.result, blobs) } }
  if (outcome.type === 'deferred') return { key, at, outcome: { type: 'deferred', id: entryId(live.id, outcome.action) } }
  return { key, at, outcome }
}

function endAgent(execution: Execution, end: AgentEnd): void {
  if (execution.end !== undefined) return
  execution.end = end
  execution.over.resolve()
  finishAgent(execution)
}

/** Records the agent's end once nothing it asked for is under way. A failure need not wait. */
function finishAgent(execution: Execution): void {
  const { live, end, intake, parts } = execution
  if (end === undefined || live.failure() !== undefined || runOf(live).phase.name !== 'executing') return
  if (end.type === 'completed' && intake.pending() > 0) return
  const missing = end.type === 'completed' ? missingProposal(execution) : undefined
  if (missing !== undefined) return stopRun(execution, 'replay.diverged', describeMatch({ match: 'missing', seq: missing.seq }))
  live.writer.execute({ type: 'EndAgent', end: statedEnd(end, parts.store.blobs) }, 'lazy')
}

/** Nothing may be under way any more. */
function quiet(execution: Execution): void {
  finishAgent(execution)
  watchForPeople(execution)
}

function watchForPeople(execution: Execution): void {
  if (onlyPeopleCanHelp(execution)) waitForPeople(execution).catch(execution.live.fail)
}

/**
 * With nothing else to do, a run that waits for people is suspended, so that it shows and holds no place. A turn of the loop lets an
 * agent that is a function ask for all it asks for together.
 */
async function waitForPeople(execution: Execution): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  if (onlyPeopleCanHelp(execution)) execution.live.writer.execute({ type: 'SuspendRun', ...peopleAsked }, 'lazy')
}

function onlyPeopleCanHelp({ live, intake, deliveries, started }: Execution): boolean {
  if (live.failure() !== undefined || live.stopping.signal.aborted) return false
  const run = runOf(live)
  // Asked after every action, and nearly always nothing waits.
  if (run.waiting.length === 0 || run.phase.name !== 'executing' || run.waiting.length === deferredAsks(run).length) return false
  return started && intake.pending() === 0 && deliveries.isIdle()
}

/** A proposal of the record that an agent ended without making again. */
function missingProposal({ live, made }: Execution): RecordedProposal | undefined {
  return live.history.proposals.values().find(({ key }) => !made.has(key))
}

/** Longest stack and message kept of an agent that failed. */
const maxStackChars = 4000
const maxMessageChars = 1000

function statedEnd(end: AgentEnd, blobs: Blobs): StatedEnd {
  if (end.type === 'failed') return failedEnd(end.code, end.message, end.stack)
  try {
    // Its canonical form, so that what is validated and returned is what the log has.
    return { type: 'completed', output: toRecorded(JSON.parse(canonicalize(end.output)) as Json, blobs) }
  } catch {
    return failedEnd('agent.protocol', 'the output is not JSON')
  }
}

function failedEnd(code: string, message: string, stack?: string): StatedEnd {
  const kept = { type: 'failed' as const, code, message: message.slice(0, maxMessageChars).toWellFormed() }
  return stack === undefined ? kept : { ...kept, stack: stack.slice(0, maxStackChars).toWellFormed() }
}

function openingFailure(error: unknown): AgentEnd {
  const code = error instanceof IceError ? error.code : 'agent.crashed'
  return { type: 'failed', code, message: error instanceof Error ? error.message : String(error) }
}

function stopRun(execution: Execution, code: string, detail?: string): void {
  execution.live.writer.execute({ type: 'TerminateRun', code, ...(detail === undefined ? {} : { detail }) }, 'lazy')
}

async function untilMoved(execution: Execution, place: Place): Promise<void> {
  const { live, intake } = execution
  for (let isResting = false; ;) {
    const { name } = runOf(live).phase
    if (name !== 'executing' && name !== 'suspended') return
    if (live.stopping.signal.aborted || live.failure() !== undefined) return
    if (isResting && name === 'executing') {
      await place.enter()
      isResting = false
      // It may have been held again, or let go of, while it waited for room.
      if (runOf(live).phase.name !== 'executing' || live.stopping.signal.aborted) continue
      intake.resume()
      quiet(execution)
      if (runOf(live).phase.name !== 'executing') continue
    }
    if (name === 'suspended') {
      place.leave()
      isResting = true
    }
    await live.moved()
  }
}
