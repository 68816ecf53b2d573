import { assert, decide, IceError, maxEntryBytes, record, sameBytes, systemStream, unreachable } from '@ice-runtime/kernel'
import type {
  Appending,
  AppendOutcome,
  AppendRequest,
  AuthorityView,
  Digest,
  IceEntry,
  LogWriter,
  Recording,
  RejectionCode,
  Run,
  RunCommand,
  RunTip,
  SealContext,
  StreamExpectation,
  SecretScrubber,
} from '@ice-runtime/kernel'
import type { Clock } from '../options.ts'
import type { StandingOrders } from '../standing-orders.ts'
import type { Standing } from '../standing.ts'
import type { Order } from './order.ts'
import { unwritable } from './unwritable.ts'
import { createUnsettled } from './unsettled.ts'

export type Executed =
  | { readonly ok: true; readonly entries: readonly IceEntry[]; readonly durable: Promise<void> }
  | { readonly ok: false; readonly code: RejectionCode; readonly detail: string }

/** The one way a live run changes: decide, seal, queue, fold; in memory at once, durable when the promise says so. */
export interface RunWriter {
  run(): Run
  /** What other streams and the world say to a decision made now, and the time it would be stamped with. */
  view(): AuthorityView
  now(): number
  /**
   * `now` when someone outside waits for it to be durable. Throws `limit.exceeded` for what no entry can hold, and then nothing has
   * changed; and what was lost once an earlier append of this run did not enter: the run must then be loaded again.
   */
  execute(order: Order, urgency: AppendRequest['urgency']): Executed
  /** Decides orders one after the other without recording them, to be recorded together with those of another run: see `recordTogether`. */
  draft(orders: readonly Order[]): Drafted
  /**
   * Takes no more orders, because a run of the same family is loaded again and this one with it. What is on its way into the log still
   * enters, or does not.
   */
  halt(why: IceError): void
  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void>
  /** What became of actions the log has, and could not be recorded because others wrote meanwhile: for who loads the run again. */
  unsettled(): readonly Order[]
}

/** What orders would come to. Good until anything else is recorded of the run. */
export interface Draft {
  readonly ok: true
  readonly run: Run
  readonly entries: readonly IceEntry[]
  readonly appending: readonly Appending[]
  readonly expects: StreamExpectation
  /** Makes it so in memory. Resolves when it is durable. */
  take(appended: Promise<AppendOutcome>): Promise<void>
}
export type Drafted = Draft | Extract<Executed, { ok: false }>

/** Records what was decided for several runs in one append: all of it enters the log, or nothing. Durable when it resolves. */
export async function recordTogether(
  drafts: readonly Draft[],
  { store, standing }: { readonly store: { readonly log: LogWriter }; readonly standing: { now(): Standing } },
  urgency: AppendRequest['urgency'],
): Promise<void> {
  const expects = [...drafts.map((draft) => draft.expects), systemExpectation(standing.now())]
  const appended = store.log.append({ expects, entries: drafts.flatMap(({ appending }) => appending), urgency })
  await Promise.all(drafts.map((draft) => draft.take(appended)))
}

export interface RunWriterParts {
  readonly log: LogWriter
  readonly clock: Clock
  readonly context: SealContext
  readonly standing: Pick<StandingOrders, 'now' | 'reload'>
  /** Nothing it knows goes into an entry. */
  readonly scrubber: SecretScrubber
  /** Digest of the actions this process can give the run. */
  readonly catalog: Digest
  /** Called once, when what this run has in memory is no longer what the log has. */
  readonly onLost: (cause: IceError) => void
  /** Called after each command that moved the run to another phase. */
  readonly onMoved: () => void
}

const nothingToWaitFor = Promise.resolve()

/** What commands came to, sealed. */
type Step = Pick<Recording, 'tip' | 'entries' | 'appending'>

/** A decision on its way into the log. */
interface Pending {
  readonly step: Step
  readonly before: RunTip
  /** How to append it again; absent for what enters together with decisions about another run, which nobody makes again alone. */
  readonly again: { readonly command: RunCommand; readonly urgency: AppendRequest['urgency'] } | undefined
  readonly done: PromiseWithResolvers<void>
  fate: Fate | undefined
}

interface State {
  readonly parts: RunWriterParts
  readonly pending: Pending[]
  tip: RunTip
  lost: IceError | undefined
  halted: IceError | undefined
  /** Appends of an earlier round have nothing to say any more: what they brought is appended again. */
  round: number
  /** Rounds since something entered. */
  rounds: number
}

type Lose = (loss: IceError) => void

export function createRunWriter(start: RunTip, parts: RunWriterParts): RunWriter {
  const state: State = { parts, pending: [], tip: start, lost: undefined, halted: undefined, round: 0, rounds: 0 }
  const unsettled = createUnsettled()

  const lose: Lose = (loss) => {
    state.lost = loss
    const dropped = state.pending.splice(0)
    unsettled.begin(loss.code === 'store.conflict' ? (dropped[0]?.before ?? state.tip).head.seq : 0)
    for (const { again, done } of dropped) {
      if (again !== undefined) unsettled.keep(again.command)
      done.reject(loss)
    }
    parts.onLost(loss)
  }

  const execute = (order: Order, urgency: AppendRequest['urgency']): Executed => {
    const end = state.lost ?? state.halted
    if (end !== undefined) {
      if (unsettled.keep(order)) return { ok: false, code: 'run.reloading', detail: 'it is recorded when the run is loaded again' }
      throw end
    }
    const before = state.tip
    const command = stamped(order, before, parts)
    const step = decideOnto(before, command, parts)
    if ('ok' in step) return step
    if (step.entries.length === 0) return { ok: true, entries: [], durable: nothingToWaitFor }
    const pending = enter(state, { step, before, again: { command, urgency } })
    submit(state, pending, lose)
    moved(state, before)
    return { ok: true, entries: step.entries, durable: pending.done.promise }
  }

  const draft = (orders: readonly Order[]): Drafted => {
    const end = state.lost ?? state.halted
    if (end !== undefined) throw end
    const before = state.tip
    const step = decideAll(before, orders, parts)
    if ('ok' in step) return step
    const { entries, appending } = step
    const take = (appended: Promise<AppendOutcome>): Promise<void> => {
      assert(state.tip === before, 'nothing was recorded since it was decided')
      const pending = enter(state, { step, before, again: undefined })
      hear(appended, pending, { state, lose })
      moved(state, before)
      return pending.done.promise
    }
    return { ok: true, run: step.tip.run, entries, appending, expects: expectationOf(before), take }
  }

  const halt = (why: IceError): void => {
    if (state.lost !== undefined || state.halted !== undefined) return
    state.halted = why
    unsettled.begin(state.tip.head.seq)
  }
  const idle = async (): Promise<void> => {
    await Promise.allSettled(state.pending.map(({ done }) => done.promise))
  }
  const view = (): AuthorityView => parts.standing.now().view(state.tip.run, parts.catalog)
  const now = (): number => Math.max(parts.clock.now(), state.tip.head.at)
  return { run: () => state.tip.run, view, now, execute, draft, halt, idle, unsettled: unsettled.orders }
}

function stamped(order: Order, { head }: RunTip, { clock, scrubber }: RunWriterParts): RunCommand {
  return { ...scrubber.json(order), at: Math.max(clock.now(), head.at) }
}

/** What a command comes to on a tip. Throws before anything has moved. */
function decideOnto(
  before: RunTip,
  command: RunCommand,
  { standing, catalog, context }: RunWriterParts,
): Step | Extract<Executed, { ok: false }> {
  const { view, system } = standing.now()
  const decision = decide(command, before.run, view(before.run, catalog))
  if (!decision.ok) return decision
  if (decision.events.length === 0) return { tip: before, entries: [], appending: [] }
  const recording = record(before, { events: decision.events, at: command.at, system }, context)
  assertEnters(recording.appending)
  return recording
}

/** Several orders, each decided on what the one before it came to. */
function decideAll(before: RunTip, orders: readonly Order[], parts: RunWriterParts): ReturnType<typeof decideOnto> {
  let made: Step = { tip: before, entries: [], appending: [] }
  for (const order of orders) {
    const next = decideOnto(made.tip, stamped(order, made.tip, parts), parts)
    if ('ok' in next) return next
    made = { tip: next.tip, entries: [...made.entries, ...next.entries], appending: [...made.appending, ...next.appending] }
  }
  return made
}

/** Makes it so in memory. */
function enter(state: State, decided: Pick<Pending, 'again' | 'before' | 'step'>): Pending {
  const pending: Pending = { ...decided, done: Promise.withResolvers(), fate: undefined }
  // Lazy appends are awaited by nobody; a loss is told by `onLost`.
  pending.done.promise.catch(ignored)
  state.pending.push(pending)
  state.tip = decided.step.tip
  return pending
}

function moved({ tip, parts }: State, before: RunTip): void {
  if (tip.run.phase.name !== before.run.phase.name) parts.onMoved()
}

function submit(state: State, pending: Pending, lose: Lose): void {
  const { log, standing } = state.parts
  const { before, step, again } = pending
  const expects = [expectationOf(before), systemExpectation(standing.now())]
  const urgency = again?.urgency ?? 'now'
  hear(log.append({ expects, entries: step.appending, urgency }), pending, { state, lose })
}

function hear(appended: Promise<AppendOutcome>, pending: Pending, { state, lose }: { readonly state: State; readonly lose: Lose }): void {
  const { round } = state
  const settle = (fate: Fate): void => {
    if (round !== state.round || state.lost !== undefined) return
    pending.fate = fate
    advance(state, lose)
  }
  // A log that rejects has taken nothing, which loses the entries as well: they are in memory already.
  const refused = (cause: unknown): void => settle({ outcome: 'refused', cause })
  appended.then(settle, refused)
}

/**
 * Goes on with what is known, in the order of the log: which conflict was the first is told only once all before it have entered,
 * and those behind it conflict because of it.
 */
function advance(state: State, lose: Lose): void {
  for (let first = state.pending[0]; first?.fate !== undefined; first = state.pending[0]) {
    const { fate, done } = first
    if (fate.outcome !== 'appended') {
      if (isDecidedAgain(state, fate)) return decideAgain(state, lose)
      return lose(lossIn(fate))
    }
    state.pending.shift()
    state.rounds = 0
    done.resolve()
  }
}

function isDecidedAgain({ halted, rounds }: State, fate: Fate): boolean {
  return halted === undefined && fate.outcome === 'conflict' && fate.stream === systemStream && rounds < maxRounds
}

/** Times in a row that decisions of one run are made again because standing authority moved under them. */
const maxRounds = 64

/**
 * Others have moved standing authority, and nobody the run: what waits is decided again under what holds now. Where that comes to the
 * same bytes nothing has happened; where it does not, what is in memory is not what will be in the log.
 */
function decideAgain(state: State, lose: Lose): void {
  const { parts, pending } = state
  const [first] = pending
  if (first === undefined) return
  parts.standing.reload()
  state.round += 1
  state.rounds += 1
  let tip = first.before
  for (const { again, step } of pending) {
    const decided = again === undefined ? undefined : decideOnto(tip, again.command, parts)
    if (decided === undefined || 'ok' in decided || !isSame(decided, step))
      return lose(new IceError('store.conflict', 'standing authority has moved, and what was decided meanwhile is decided otherwise now'))
    tip = step.tip
  }
  for (const one of pending) {
    one.fate = undefined
    submit(state, one, lose)
  }
}

/** The last hash covers all before it. */
function isSame(one: Step, other: Step): boolean {
  return one.entries.length === other.entries.length && sameBytes(one.tip.head.hash, other.tip.head.hash)
}

function expectationOf({ run, head }: RunTip): StreamExpectation {
  return { stream: run.id, seq: head.seq }
}

function systemExpectation({ head }: Standing): StreamExpectation {
  return { stream: systemStream, seq: head.seq, hash: head.hash }
}

/** Before the fold moves on: what the log refuses later would be in memory and nowhere else. */
function assertEnters(appending: readonly Appending[]): void {
  const large = appending.find(({ sealed }) => sealed.bytes.length > maxEntryBytes)
  if (large === undefined) return
  throw new IceError(
    'limit.exceeded',
    `${large.entry.type} would be an entry of ${large.sealed.bytes.length} bytes, at most ${maxEntryBytes}`,
  )
}

type Fate = AppendOutcome | { readonly outcome: 'refused'; readonly cause: unknown }

function ignored(): void {}

function lossIn(fate: Exclude<Fate, { outcome: 'appended' }>): IceError {
  switch (fate.outcome) {
    case 'conflict':
      return new IceError('store.conflict', `${fate.stream} ends at ${fate.actual}, another writer was there`)
    case 'unknown':
      return unwritable('store.unknown', fate.cause)
    case 'refused':
      return fate.cause instanceof IceError ? fate.cause : unwritable('store.failed', fate.cause)
    default:
      return unreachable(fate)
  }
}
