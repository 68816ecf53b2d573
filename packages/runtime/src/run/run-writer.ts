import { assert, decide, IceError, maxEntryBytes, record, systemStream, unreachable } from '@ice-runtime/kernel'
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
import type { Standing } from '../standing.ts'
import { holdEntries } from './held-entries.ts'
import type { HeldEntries, Holding } from './held-entries.ts'

type Untimed<Command> = Command extends unknown ? Omit<Command, 'at'> : never
/** A command before the shell stamps it. */
export type Order = Untimed<RunCommand>

interface Rejected {
  readonly ok: false
  readonly code: RejectionCode
  readonly detail: string
}
export type Executed = { readonly ok: true; readonly entries: readonly IceEntry[] } | Rejected
export type Promised = { readonly ok: true; readonly entries: readonly IceEntry[]; readonly durable: Promise<void> } | Rejected

/** The one way a live run changes: decide, seal, fold, queue; in memory at once, durable when the promise says so. */
export interface RunWriter {
  run(): Run
  /** What other streams and the world say to a decision made now, and the time it would be stamped with. */
  view(): AuthorityView
  now(): number
  /**
   * `now` when someone outside waits for it to be durable; what nobody waits for goes to the log with the next that is waited for, or
   * soon. Throws `limit.exceeded` for what no entry can hold, and then nothing has changed; and what was lost once an earlier append
   * of this run did not enter: the run must then be loaded again.
   */
  execute(order: Order, urgency: 'now'): Promised
  execute(order: Order, urgency: 'lazy'): Executed
  /** Decides orders one after the other without recording them, to be recorded together with those of another run: see `recordTogether`. */
  draft(orders: readonly Order[]): Drafted
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
export type Drafted = Draft | Rejected

export interface TogetherParts {
  readonly store: { readonly log: LogWriter }
  readonly standing: { now(): Standing }
  readonly holding: Holding
}

/** Records what was decided for several runs in one append: all of it enters the log, or nothing. Durable when it resolves. */
export async function recordTogether(
  drafts: readonly Draft[],
  { store, standing, holding }: TogetherParts,
  urgency: AppendRequest['urgency'],
): Promise<void> {
  // What these runs decided before goes before it.
  holding.releaseAll()
  const expects = [...drafts.map((draft) => draft.expects), systemExpectation(standing.now())]
  const appended = store.log.append({ expects, entries: drafts.flatMap(({ appending }) => appending), urgency })
  await Promise.all(drafts.map((draft) => draft.take(appended)))
}

export interface RunWriterParts {
  readonly log: LogWriter
  readonly holding: Holding
  readonly heldEntries: number
  readonly clock: Clock
  readonly context: SealContext
  readonly standing: () => Standing
  /** Nothing it knows goes into an entry. */
  readonly scrubber: SecretScrubber
  /** Digest of the actions this process can give the run. */
  readonly catalog: Digest
  /** Called once, when what this run has in memory is no longer what the log has. */
  readonly onLost: (cause: IceError) => void
  /** Called after each command that moved the run to another phase. */
  readonly onMoved: () => void
}

type Step = Pick<Recording, 'tip' | 'entries' | 'appending'>
const nothingToWaitFor = Promise.resolve()

export function createRunWriter(start: RunTip, parts: RunWriterParts): RunWriter {
  let tip = start
  let lost: IceError | undefined

  const checked = (appended: Fate): void => {
    const loss = lossIn(appended)
    if (loss === undefined) return
    if (lost === undefined) {
      lost = loss
      parts.onLost(loss)
    }
    throw loss
  }

  /** A log that rejects has taken nothing, which loses the entries as well: they are in memory already. */
  const refused = (cause: unknown): void => checked({ outcome: 'refused', cause })
  const durably = (appended: Promise<AppendOutcome>): Promise<void> => {
    const durable = appended.then(checked, refused)
    // Not everybody waits; a loss is told by `onLost`.
    durable.catch(ignored)
    return durable
  }
  const { log, holding, heldEntries: limit } = parts
  const held = holdEntries(start.run.id, { log, holding, limit, onAppend: (appended) => void durably(appended) })

  const view = (): AuthorityView => parts.standing().view(tip.run, parts.catalog)
  const now = (): number => Math.max(parts.clock.now(), tip.head.at)

  /** After what was decided is on its way: whoever is told that the run moved may decide more. */
  const move = (before: RunTip, next: RunTip): void => {
    if (next.run.phase.name !== before.run.phase.name) parts.onMoved()
  }

  function execute(order: Order, urgency: 'now'): Promised
  function execute(order: Order, urgency: 'lazy'): Executed
  function execute(order: Order, urgency: 'now' | 'lazy'): Executed | Promised {
    if (lost !== undefined) throw lost
    const before = tip
    const next = step(before, order, parts)
    if ('ok' in next) return next
    const { entries } = next
    if (entries.length === 0) return { ok: true, entries, durable: nothingToWaitFor }
    tip = next.tip
    held.add(next.appending, before.head.seq, parts.standing().head)
    const durable = urgency === 'now' ? durably(held.append('now')) : undefined
    if (durable === undefined) waitIn(held, tip.run)
    move(before, tip)
    return durable === undefined ? { ok: true, entries } : { ok: true, entries, durable }
  }

  const draft = (orders: readonly Order[]): Drafted => {
    if (lost !== undefined) throw lost
    const before = tip
    const drafted = steps(before, orders, parts)
    if ('ok' in drafted) return drafted
    const { entries, appending } = drafted
    const made = { run: drafted.tip.run, entries, appending, expects: expectationOf(before) }
    const take = (appended: Promise<AppendOutcome>): Promise<void> => {
      assert(tip === before, 'nothing was recorded since it was decided')
      tip = drafted.tip
      move(before, tip)
      return durably(appended)
    }
    return { ok: true, ...made, take }
  }

  return { run: () => tip.run, view, now, execute, draft }
}

/** What is decided of a child follows from what was decided above it, or the other way round, and enters the log in that order. */
function waitIn(held: HeldEntries, { children, spec }: Run): void {
  if (children.size === 0 && spec?.parent === undefined) held.hold()
  else held.handOver()
}

function step(before: RunTip, order: Order, parts: RunWriterParts): Step | Rejected {
  const at = Math.max(parts.clock.now(), before.head.at)
  const decision = decide({ ...parts.scrubber.json(order), at }, before.run, parts.standing().view(before.run, parts.catalog))
  if (!decision.ok) return decision
  if (decision.events.length === 0) return { tip: before, entries: [], appending: [] }
  const recording = record(before, { events: decision.events, at }, parts.context)
  assertEnters(recording.appending)
  return recording
}

/** Several orders, each decided on what the one before it came to. */
function steps(before: RunTip, orders: readonly Order[], parts: RunWriterParts): ReturnType<typeof step> {
  let made: Step = { tip: before, entries: [], appending: [] }
  for (const order of orders) {
    const next = step(made.tip, order, parts)
    if ('ok' in next) return next
    made = { tip: next.tip, entries: [...made.entries, ...next.entries], appending: [...made.appending, ...next.appending] }
  }
  return made
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

function lossIn(appended: Fate): IceError | undefined {
  switch (appended.outcome) {
    case 'appended':
      return undefined
    case 'conflict':
      return new IceError('store.conflict', `${appended.stream} ends at ${appended.actual}, another writer was there`)
    case 'unknown':
      return new IceError('store.unknown', 'the log broke while entries were in flight', { cause: appended.cause })
    case 'refused':
      return appended.cause instanceof IceError
        ? appended.cause
        : new IceError('store.failed', 'the log took no entry', { cause: appended.cause })
    default:
      return unreachable(appended)
  }
}
