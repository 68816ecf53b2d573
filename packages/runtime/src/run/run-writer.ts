import { assert } from '@ice-runtime/kernel'
import type {
  Appending,
  AppendOutcome,
  AppendRequest,
  AuthorityView,
  IceEntry,
  IceError,
  LogWriter,
  Run,
  RunTip,
  StreamExpectation,
} from '@ice-runtime/kernel'
import type { Standing } from '../standing.ts'
import { decideAll, decideOnto, stamped } from './decide-onto.ts'
import type { Rejected } from './decide-onto.ts'
import type { Holding } from './holding.ts'
import type { Order } from './order.ts'
import { enter, expectationOf, handOver, hear, mayWait, newPending, openWay, submit, systemExpectation } from './way-into-log.ts'
import type { WayIntoLog, WayParts } from './way-into-log.ts'

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
export type Drafted = Draft | Rejected

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

export interface RunWriterParts extends WayParts {
  readonly holding: Holding
  /** Called after each command that moved the run to another phase. */
  readonly onMoved: () => void
}

const nothingToWaitFor = Promise.resolve()

export function createRunWriter(start: RunTip, parts: RunWriterParts): RunWriter {
  const way = openWay(start, parts)
  const { unsettled } = way
  const hold = parts.holding.holder(() => handOver(way))

  function execute(order: Order, urgency: 'now'): Promised
  function execute(order: Order, urgency: 'lazy'): Executed
  function execute(order: Order, urgency: AppendRequest['urgency']): Executed | Promised {
    const end = way.lost ?? way.halted
    if (end !== undefined) {
      if (unsettled.keep(order)) return { ok: false, code: 'run.reloading', detail: 'it is recorded when the run is loaded again' }
      throw end
    }
    const before = way.tip
    const command = stamped(order, before, parts)
    const step = decideOnto(before, command, parts)
    if ('ok' in step) return step
    const { entries } = step
    if (entries.length === 0) return { ok: true, entries, durable: nothingToWaitFor }
    // What was decided under another standing must find that one, and no later one.
    if (way.held?.standing !== parts.standing.now()) handOver(way)
    const pending = enter(way, way.held ?? newPending(way), { command, step })
    pending.urgency = urgency
    if (urgency === 'now' || !mayWait(pending, way)) submit(way, pending)
    else {
      way.held = pending
      hold()
    }
    tellMoved(parts, before, way.tip)
    return { ok: true, entries, durable: pending.done.promise }
  }

  const idle = async (): Promise<void> => {
    handOver(way)
    await Promise.allSettled(way.pending.map(({ done }) => done.promise))
  }
  return {
    run: () => way.tip.run,
    view: () => parts.standing.now().view(way.tip.run, parts.catalog),
    now: () => Math.max(parts.clock.now(), way.tip.head.at),
    execute,
    draft: (orders) => draft(way, orders, parts),
    halt: (why) => halt(way, why),
    idle,
    unsettled: unsettled.orders,
  }
}

function draft(way: WayIntoLog, orders: readonly Order[], parts: RunWriterParts): Drafted {
  const end = way.lost ?? way.halted
  if (end !== undefined) throw end
  // What was decided before goes before it.
  handOver(way)
  const before = way.tip
  const step = decideAll(before, orders, parts)
  if ('ok' in step) return step
  const { entries, appending } = step
  const take = (appended: Promise<AppendOutcome>): Promise<void> => {
    assert(way.tip === before, 'nothing was recorded since it was decided')
    const pending = enter(way, newPending(way), { command: undefined, step })
    hear(way, appended, pending)
    tellMoved(parts, before, way.tip)
    return pending.done.promise
  }
  return { ok: true, run: step.tip.run, entries, appending, expects: expectationOf(before), take }
}

function halt(way: WayIntoLog, why: IceError): void {
  if (way.lost !== undefined || way.halted !== undefined) return
  way.halted = why
  handOver(way)
  way.unsettled.begin(way.tip.head.seq)
}

function tellMoved({ onMoved }: RunWriterParts, before: RunTip, tip: RunTip): void {
  if (tip.run.phase.name !== before.run.phase.name) onMoved()
}
