import { decide, IceError, record, systemStream } from '@ice-runtime/kernel'
import type { AppendRequest, IceEntry, LogWriter, RejectionCode, Run, RunCommand, RunTip, SealContext } from '@ice-runtime/kernel'
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
  /**
   * `now` when someone outside waits for it to be durable. Throws `store.closed` and `limit.exceeded` of the log, and
   * `store.unknown` once an earlier append of this run was lost: the run must then be loaded again.
   */
  execute(order: Order, urgency: AppendRequest['urgency']): Executed
}

export interface RunWriterParts {
  readonly log: LogWriter
  readonly clock: Clock
  readonly context: SealContext
  readonly standing: () => Standing
  /** Called once, when what this run has in memory is no longer what the log has. */
  readonly onLost: (cause: IceError) => void
  /** Called after each command that moved the run to another phase. */
  readonly onMoved: () => void
}

const nothingToWaitFor = Promise.resolve()

export function createRunWriter(start: RunTip, parts: RunWriterParts): RunWriter {
  let tip = start
  let lost: IceError | undefined

  const lose = (cause: IceError): never => {
    if (lost === undefined) {
      lost = cause
      parts.onLost(cause)
    }
    throw cause
  }

  const append = async (request: AppendRequest): Promise<void> => {
    const appended = await parts.log.append(request)
    if (appended.outcome === 'appended') return
    if (appended.outcome === 'conflict') {
      lose(new IceError('store.conflict', `${appended.stream} ends at ${appended.actual}, another writer was there`))
    } else lose(new IceError('store.unknown', 'the log broke while entries were in flight', { cause: appended.cause }))
  }

  const execute = (order: Order, urgency: AppendRequest['urgency']): Executed => {
    if (lost !== undefined) throw lost
    const standing = parts.standing()
    const at = Math.max(parts.clock.now(), tip.head.at)
    const before = tip
    const decision = decide({ ...order, at }, before.run, standing.view(before.run))
    if (!decision.ok) return decision
    if (decision.events.length === 0) return { ok: true, entries: [], durable: nothingToWaitFor }
    const recording = record(before, { events: decision.events, at }, parts.context)
    const expects = [
      { stream: before.run.id, seq: before.head.seq },
      { stream: systemStream, seq: standing.seq },
    ] as const
    const durable = append({ expects, entries: recording.appending, urgency })
    // Lazy appends are awaited by nobody; a loss is told by `onLost`.
    durable.catch(() => undefined)
    tip = recording.tip
    if (tip.run.phase.name !== before.run.phase.name) parts.onMoved()
    return { ok: true, entries: recording.entries, durable }
  }

  return { run: () => tip.run, execute }
}
