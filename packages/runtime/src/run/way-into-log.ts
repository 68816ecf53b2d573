import { IceError, systemStream, unreachable } from '@ice-runtime/kernel'
import type { AppendOutcome, AppendRequest, LogWriter, RunCommand, RunTip, StreamExpectation } from '@ice-runtime/kernel'
import type { StandingOrders } from '../standing-orders.ts'
import type { Standing } from '../standing.ts'
import { decideOnto, isSame } from './decide-onto.ts'
import type { DecidingParts, Step } from './decide-onto.ts'
import { createUnsettled } from './unsettled.ts'
import type { Unsettled } from './unsettled.ts'
import { unwritable } from './unwritable.ts'

export interface WayParts extends DecidingParts {
  readonly log: LogWriter
  /** Entries held back at most. */
  readonly heldEntries: number
  readonly standing: Pick<StandingOrders, 'now' | 'reload'>
  /** Called once, when what this run has in memory is no longer what the log has. */
  readonly onLost: (cause: IceError) => void
}

interface Decision {
  /** To make it again; absent where it was made together with decisions about another run, which nobody makes again alone. */
  readonly command: RunCommand | undefined
  readonly step: Step
}

/** Decisions on their way into the log, in one request: each on what the one before it came to, all under one standing. */
interface Pending {
  readonly before: RunTip
  readonly decisions: Decision[]
  readonly done: PromiseWithResolvers<void>
  standing: Standing
  urgency: AppendRequest['urgency']
  entriesCount: number
  fate: Fate | undefined
}

/** Where a run stands in memory, and what of it the log does not have yet. */
export interface WayIntoLog {
  readonly parts: WayParts
  readonly pending: Pending[]
  /** The last of them while it is held back: what is decided next goes with it. */
  held: Pending | undefined
  tip: RunTip
  lost: IceError | undefined
  readonly unsettled: Unsettled
  halted: IceError | undefined
  /** Appends of an earlier round have nothing to say any more: what they brought is appended again. */
  round: number
  /** Rounds since something entered. */
  rounds: number
}

export function openWay(tip: RunTip, parts: WayParts): WayIntoLog {
  const unsettled = createUnsettled()
  return { parts, pending: [], held: undefined, tip, lost: undefined, halted: undefined, unsettled, round: 0, rounds: 0 }
}

export function newPending(way: WayIntoLog): Pending {
  const { tip, parts } = way
  const standing = parts.standing.now()
  const done = Promise.withResolvers<void>()
  // Not everybody waits; a loss is told by `onLost`.
  done.promise.catch(ignored)
  const pending: Pending = { before: tip, decisions: [], done, standing, urgency: 'now', entriesCount: 0, fate: undefined }
  way.pending.push(pending)
  return pending
}

/** Makes it so in memory. */
export function enter(way: WayIntoLog, pending: Pending, decision: Decision): Pending {
  pending.decisions.push(decision)
  pending.entriesCount += decision.step.entries.length
  way.tip = decision.step.tip
  return pending
}

/** What is decided of a child follows from what was decided above it, or the other way round, and enters the log in that order. */
export function mayWait({ entriesCount }: Pending, { tip, parts }: WayIntoLog): boolean {
  const { children, spec } = tip.run
  return entriesCount < parts.heldEntries && children.size === 0 && spec?.parent === undefined
}

/** What is held back goes before whatever comes next. */
export function handOver(way: WayIntoLog): void {
  if (way.held !== undefined) submit(way, way.held)
}

export function submit(way: WayIntoLog, pending: Pending): void {
  if (way.held === pending) way.held = undefined
  const { before, decisions, standing, urgency } = pending
  const expects = [expectationOf(before), systemExpectation(standing)]
  const entries = decisions.flatMap(({ step }) => step.appending)
  hear(way, way.parts.log.append({ expects, entries, urgency }), pending)
}

export function hear(way: WayIntoLog, appended: Promise<AppendOutcome>, pending: Pending): void {
  const { round } = way
  const settle = (fate: Fate): void => {
    if (round !== way.round || way.lost !== undefined) return
    pending.fate = fate
    advance(way)
  }
  // A log that rejects has taken nothing, which loses the entries as well: they are in memory already.
  const refused = (cause: unknown): void => settle({ outcome: 'refused', cause })
  appended.then(settle, refused)
}

/**
 * Goes on with what is known, in the order of the log: which conflict was the first is told only once all before it have entered,
 * and those behind it conflict because of it.
 */
function advance(way: WayIntoLog): void {
  for (let first = way.pending[0]; first?.fate !== undefined; first = way.pending[0]) {
    const { fate, done } = first
    if (fate.outcome !== 'appended') {
      if (isDecidedAgain(way, fate)) return decideAgain(way)
      return lose(way, lossIn(fate))
    }
    way.pending.shift()
    way.rounds = 0
    done.resolve()
  }
}

function isDecidedAgain({ halted, rounds }: WayIntoLog, fate: Fate): boolean {
  return halted === undefined && fate.outcome === 'conflict' && fate.stream === systemStream && rounds < maxRounds
}

/** What is in memory is not what the log has. */
function lose(way: WayIntoLog, loss: IceError): void {
  way.lost = loss
  way.held = undefined
  const dropped = way.pending.splice(0)
  way.unsettled.begin(loss.code === 'store.conflict' ? (dropped[0]?.before ?? way.tip).head.seq : 0)
  for (const { decisions, done } of dropped) {
    for (const { command } of decisions) if (command !== undefined) way.unsettled.keep(command)
    done.reject(loss)
  }
  way.parts.onLost(loss)
}

/** Times in a row that decisions of one run are made again because standing authority moved under them. */
const maxRounds = 64

/**
 * Others have moved standing authority, and nobody the run: what waits is decided again under what holds now. Where that comes to the
 * same bytes nothing has happened; where it does not, what is in memory is not what will be in the log.
 */
function decideAgain(way: WayIntoLog): void {
  const { parts, pending } = way
  const [first] = pending
  if (first === undefined) return
  parts.standing.reload()
  way.round += 1
  way.rounds += 1
  let tip = first.before
  for (const { command, step } of pending.flatMap(({ decisions }) => decisions)) {
    const decided = command === undefined ? undefined : decideOnto(tip, command, parts)
    if (decided === undefined || 'ok' in decided || !isSame(decided, step))
      return lose(
        way,
        new IceError('store.conflict', 'standing authority has moved, and what was decided meanwhile is decided otherwise now'),
      )
    tip = step.tip
  }
  for (const one of pending) {
    one.fate = undefined
    one.standing = parts.standing.now()
    submit(way, one)
  }
}

export function expectationOf({ run, head }: RunTip): StreamExpectation {
  return { stream: run.id, seq: head.seq }
}

export function systemExpectation({ head }: Standing): StreamExpectation {
  return { stream: systemStream, seq: head.seq, hash: head.hash }
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
