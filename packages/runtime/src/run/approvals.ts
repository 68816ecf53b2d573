import { isAnswered, openAction } from '@ice-runtime/kernel'
import type { AskedAction, IceEntry, Run, Seq } from '@ice-runtime/kernel'
import type { Timers } from '../options.ts'
import { asError, runOf } from './live-run.ts'
import type { LiveRun } from './live-run.ts'

/** Phases in which a request can get its final verdict. */
const settling: readonly string[] = ['executing', 'validating']

/**
 * Gives every request that people have answered, or let expire, its final verdict, and tells who waits for it. A run that is
 * suspended because it waits for people goes on with the first verdict; one that an operator holds stays held, and is looked at
 * again when it is resumed.
 */
export function settleApprovals(live: LiveRun, timers: Timers): void {
  if (live.failure() !== undefined) return
  try {
    for (const action of runOf(live).waiting) settle(live, action)
    live.watch(expiryOf(live, timers))
  } catch (error) {
    // Called by timers too, where nobody hears of it.
    live.fail(asError(error))
  }
}

interface Waiting {
  readonly action: Seq
  readonly key: number
  readonly asked: AskedAction
}

function settle(live: LiveRun, action: Seq): void {
  const waiting = waitingOf(runOf(live), action)
  const settlement = waiting === undefined ? undefined : settlementOf(live, waiting.asked)
  if (waiting === undefined || settlement === undefined || !goesOn(live)) return
  const executed = live.writer.execute({ type: settlement, action }, 'lazy')
  if (executed.ok) for (const entry of executed.entries) tell(live, waiting, entry)
}

function waitingOf(run: Run, action: Seq): Waiting | undefined {
  const open = openAction(run, action)
  return open?.stage.name === 'asked' ? { action, key: open.key, asked: open.stage.asked } : undefined
}

function settlementOf(live: LiveRun, asked: AskedAction): 'SettleApproval' | 'ExpireApproval' | undefined {
  if (asked.denied) return 'SettleApproval'
  if (live.writer.now() >= asked.expires) return 'ExpireApproval'
  return isAnswered(asked, runOf(live), live.writer.view()) ? 'SettleApproval' : undefined
}

/** True when the run can take a verdict now. */
function goesOn(live: LiveRun): boolean {
  if (waitsForPeople(runOf(live))) live.writer.execute({ type: 'ResumeRun', by: 'runtime', origin: 'runtime' }, 'lazy')
  return settling.includes(runOf(live).phase.name)
}

function waitsForPeople({ phase }: Run): boolean {
  return phase.name === 'suspended' && phase.cause === 'approval'
}

/** A deferred effect was told to its agent when it was asked about; whatever came of it since concerns the commit alone. */
function tell(live: LiveRun, { action, key, asked }: Waiting, entry: IceEntry): void {
  if (asked.deferred) return
  if (entry.type === 'ActionAuthorized') live.tell({ type: 'authorized', action, key })
  if (entry.type === 'ActionRefused')
    live.tell({ type: 'outcome', delivery: { key, at: entry.at, outcome: { type: 'refused', code: entry.payload.code } } })
}

/** Looks again when the next request expires; undefined where nothing can be settled then. */
function expiryOf(live: LiveRun, timers: Timers): Disposable | undefined {
  const run = runOf(live)
  if (!settling.includes(run.phase.name) && !waitsForPeople(run)) return undefined
  const ends = run.waiting.flatMap((action) => waitingOf(run, action)?.asked.expires ?? [])
  if (ends.length === 0 || live.stopping.signal.aborted) return undefined
  return timers.after(Math.max(1, Math.min(...ends) - live.writer.now()), () => settleApprovals(live, timers))
}
