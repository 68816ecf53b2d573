import { decide, IceError, maxEntryBytes, record, systemStream, unreachable } from '@ice-runtime/kernel'
import type {
  Appending,
  AppendOutcome,
  AppendRequest,
  AuthorityView,
  Digest,
  IceEntry,
  LogWriter,
  RejectionCode,
  Run,
  RunCommand,
  RunTip,
  SealContext,
} from '@ice-runtime/kernel'
import type { Clock } from '../options.ts'
import type { Standing } from '../standing.ts'

type Untimed<Command> = Command extends unknown ? Omit<Command, 'at'> : never
/** A command before the shell stamps it. */
export type Order = Untimed<RunCommand>

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
}

export interface RunWriterParts {
  readonly log: LogWriter
  readonly clock: Clock
  readonly context: SealContext
  readonly standing: () => Standing
  /** Digest of the actions this process can give the run. */
  readonly catalog: Digest
  /** Called once, when what this run has in memory is no longer what the log has. */
  readonly onLost: (cause: IceError) => void
  /** Called after each command that moved the run to another phase. */
  readonly onMoved: () => void
}

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

  const view = (): AuthorityView => parts.standing().view(tip.run, parts.catalog)
  const now = (): number => Math.max(parts.clock.now(), tip.head.at)

  const execute = (order: Order, urgency: AppendRequest['urgency']): Executed => {
    if (lost !== undefined) throw lost
    const standing = parts.standing()
    const at = now()
    const before = tip
    const decision = decide({ ...order, at }, before.run, standing.view(before.run, parts.catalog))
    if (!decision.ok) return decision
    if (decision.events.length === 0) return { ok: true, entries: [], durable: nothingToWaitFor }
    const recording = record(before, { events: decision.events, at }, parts.context)
    assertEnters(recording.appending)
    const expects = [
      { stream: before.run.id, seq: before.head.seq },
      { stream: systemStream, seq: standing.head.seq, hash: standing.head.hash },
    ] as const
    const durable = parts.log.append({ expects, entries: recording.appending, urgency }).then(checked, refused)
    // Lazy appends are awaited by nobody; a loss is told by `onLost`.
    durable.catch(ignored)
    tip = recording.tip
    if (tip.run.phase.name !== before.run.phase.name) parts.onMoved()
    return { ok: true, entries: recording.entries, durable }
  }

  return { run: () => tip.run, view, now, execute }
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
