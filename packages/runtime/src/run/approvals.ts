import { isAnswered, openAction } from '@ice-runtime/kernel'
import type { AskedAction, IceEntry, Seq } from '@ice-runtime/kernel'
import type { Timers } from '../options.ts'
import { runOf } from './live-run.ts'
import type { LiveRun } from './live-run.ts'

/** Phases in which a request can get its final verdict. */
const settling: readonly string[] = ['executing', 'validating']

/**
 * Gives every request that people have answered, or let expire, its final verdict, and tells who waits for it. A run that is
 * suspended because it waits for people goes on with the first verdict; one that an operator holds stays held.
 */
export function settleApprovals(live: LiveRun, timers: Timers): void {
  for (const action of runOf(live).waiting) {
    if (live.failure() !== undefined) return
    const waiting = waitingOf(live, action)
    const settlement = waiting === undefined ? undefined : settlementOf(live, waiting.asked)
    if (waiting === undefined || settlement === undefined || !goesOn(live)) continue
    const executed = live.writer.execute({ type: settlement, action }, 'lazy')
    const verdict = executed.ok ? executed.entries.at(-1) : undefined
    if (verdict?.type === 'ActionAuthorized' || verdict?.type === 'ActionRefused') tell(live, waiting, verdict)
  }
  watchExpiry(live, timers)
}

interface Waiting {
  readonly action: Seq
  readonly key: number
  readonly deferred: boolean
  readonly asked: AskedAction
}

function waitingOf(live: LiveRun, action: Seq): Waiting | undefined {
  const open = openAction(runOf(live), action)
  if (open?.stage.name !== 'asked') return undefined
  const { asked } = open.stage
  return { action, key: open.key, deferred: asked.deferred, asked }
}

function settlementOf(live: LiveRun, asked: AskedAction): 'SettleApproval' | 'ExpireApproval' | undefined {
  if (asked.denied) return 'SettleApproval'
  if (live.writer.now() >= asked.expires) return 'ExpireApproval'
  return isAnswered(asked, runOf(live), live.writer.view()) ? 'SettleApproval' : undefined
}

/** True when the run can take a verdict now. */
function goesOn(live: LiveRun): boolean {
  const { phase } = runOf(live)
  if (phase.name === 'suspended' && phase.cause === 'approval')
    live.writer.execute({ type: 'ResumeRun', by: 'runtime', origin: 'runtime' }, 'lazy')
  return settling.includes(runOf(live).phase.name)
}

/** A deferred effect was told to its agent when it was asked about; whatever came of it since concerns the commit alone. */
function tell(
  live: LiveRun,
  { action, key, deferred }: Waiting,
  verdict: Extract<IceEntry, { type: 'ActionAuthorized' | 'ActionRefused' }>,
): void {
  if (deferred) return
  if (verdict.type === 'ActionAuthorized') return live.tell({ type: 'authorized', action, key })
  live.tell({ type: 'outcome', delivery: { key, at: verdict.at, outcome: { type: 'refused', code: verdict.payload.code } } })
}

/** Looks again when the next request expires. The run may have ended by then, and then nothing waits. */
function watchExpiry(live: LiveRun, timers: Timers): void {
  const ends = runOf(live).waiting.flatMap((action) => waitingOf(live, action)?.asked.expires ?? [])
  if (ends.length === 0) return
  const waitMs = Math.max(1, Math.min(...ends) - live.writer.now())
  const timer = timers.after(waitMs, () => settleApprovals(live, timers))
  live.stopping.signal.addEventListener('abort', () => timer[Symbol.dispose](), { once: true })
}
