import type { Seq } from '../log/ids.ts'
import { brokenAssumption } from './assumptions.ts'
import { accepted, rejected } from './commands.ts'
import type { AuthorityView, Decision, RunCommand } from './commands.ts'
import { refusedNow, takenAway } from './decide-again.ts'
import { suspendRun } from './decide-lifecycle.ts'
import { settleAction } from './decide-settlement.ts'
import { openAction } from './run.ts'
import type { ActionStage, Run } from './run.ts'

/**
 * The record that an authorized action is about to leave the runtime; a repeated one counts the attempt. An authorization is no promise:
 * what was taken away since then is not sent, and its outcome says why.
 */
export function dispatchAction(command: Extract<RunCommand, { type: 'DispatchAction' }>, run: Run, view: AuthorityView): Decision {
  const { action, at } = command
  const open = openAction(run, action)
  if (open === undefined) return rejected('action.not_open', `#${action} is not under way`)
  const { stage } = open
  // Once a run is being undone or has its commit decided, nothing new leaves; what was sent can still be settled.
  if (run.phase.name !== 'executing' && run.phase.name !== 'suspended') return rejected('run.phase', `${run.phase.name} sends nothing`)
  if (stage.name !== 'authorized' && stage.name !== 'dispatched') return rejected('action.not_dispatchable', `#${action} is ${stage.name}`)
  if (!mayBeSent(stage)) return rejected('action.not_dispatchable', `#${action} is irreversible and was sent`)
  const taken = takenAway(stage.decided, run, view)
  if (taken !== undefined) return notSent({ action, stage, at, code: taken }, run)
  const broken = brokenAssumption(run, view, at)
  if (broken !== undefined) return suspendRun({ type: 'SuspendRun', at, cause: 'assumption', ...broken, origin: 'runtime' }, run)
  // Authorized under what an operator has renewed since: asked about again, as the deferred ones are at the commit.
  const refused = run.renewedAt > stage.decided.verdict ? refusedNow({ open, decided: stage.decided, at }, run, view) : undefined
  if (refused !== undefined) return notSent({ action, stage, at, code: refused }, run)
  const attempt = stage.name === 'dispatched' ? stage.attempt + 1 : 1
  return accepted({ type: 'ActionDispatched', origin: 'runtime', causes: [stage.decided.verdict], payload: { action, attempt } })
}

/** A second attempt is only for what repeats safely, or reads. */
export function mayBeSent(stage: ActionStage): boolean {
  return stage.name !== 'dispatched' || stage.decided.prepared.class !== 'irreversible'
}

/** The outcome of an action that is not sent, or not again: what may have happened before stays possible. */
export function notSent(
  stop: {
    readonly action: Seq
    readonly stage: Extract<ActionStage, { name: 'authorized' | 'dispatched' | 'deferred' }>
    readonly at: number
    readonly code: string
  },
  run: Run,
): Decision {
  const { action, stage, at, code } = stop
  const mayHaveHappened = stage.name === 'dispatched' && stage.decided.prepared.class !== 'observe'
  const message = mayHaveHappened ? 'it was sent before and is not sent again' : 'it was not sent'
  const settlement = { type: mayHaveHappened ? ('uncertain' as const) : ('failed' as const), code, message }
  return settleAction({ type: 'SettleAction', at, action, settlement }, run)
}
