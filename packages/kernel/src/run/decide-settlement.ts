import { unreachable } from '../log/errors.ts'
import type { Digest, Seq } from '../log/ids.ts'
import type { ActionEvents } from '../action/events.ts'
import { leavesRuntime } from '../action/prepared-action.ts'
import { accepted, rejected } from './commands.ts'
import type { Decision, RejectionCode, RunCommand, Settlement } from './commands.ts'
import { circleClosedBy } from './repetition.ts'
import type { Answer, Repeat } from './repetition.ts'
import { hasChild, openAction } from './run.ts'
import type { ActionStage, Decided, OpenAction, Run } from './run.ts'
import { suspendedInCircle } from './suspend-in-circle.ts'
import type { NewEvent } from './taxonomy.ts'

/** What came of an action. An uncertain at-once effect suspends the run, because nothing after it can be judged. */
export function settleAction(command: Extract<RunCommand, { type: 'SettleAction' }>, run: Run): Decision {
  const open = openAction(run, command.action)
  if (open?.performer === 'host') return settleReported(command, open, run)
  const decided = open === undefined ? undefined : underWay(open)
  if (open === undefined || decided === undefined) return rejected('action.not_open', `#${command.action} has no outcome to come`)
  if (run.phase.name === 'terminated') return rejected('run.phase', 'the run has ended')
  if (hasChild(run, command.action)) return rejected('action.not_open', `the child of #${command.action} has not ended`)
  const objection = settlementObjection(command.settlement, open.stage, decided)
  if (objection !== undefined) return rejected(objection, `#${command.action} cannot have ended as ${command.settlement.type}`)
  const outcome = outcomeEvent(command.action, command.settlement, decided.verdict)
  if (run.phase.name !== 'executing') return accepted(outcome)
  if (command.settlement.type !== 'uncertain') {
    const round = roundOf(command.settlement, { action: command.action, request: decided.request }, run)
    return round === undefined ? accepted(outcome) : accepted(outcome, suspendedInCircle(round, run.seq + 1))
  }
  const payload = { cause: 'reconciliation' as const, code: command.settlement.code, detail: `#${command.action} may have happened` }
  return accepted(outcome, { type: 'RunSuspended', origin: 'runtime', causes: [run.seq + 1], payload })
}

/**
 * What a host says it did, or that it never said. Neither holds the run: what a host repeats is its own affair, and what it left open
 * nobody can look up.
 */
function settleReported({ action, settlement }: Extract<RunCommand, { type: 'SettleAction' }>, { stage }: OpenAction, run: Run): Decision {
  if (run.phase.name === 'terminated') return rejected('run.phase', 'the run has ended')
  if (stage.name !== 'dispatched' && stage.name !== 'observed') return rejected('action.not_open', `#${action} is ${stage.name}`)
  if (settlement.type !== 'uncertain' && !isReport(settlement)) return rejected('action.not_host', `#${action} is only reported about`)
  return accepted(outcomeEvent(action, settlement, stage.name === 'dispatched' ? stage.decided.verdict : action))
}

/** What a host says of itself. It stages nothing here, so it can say nothing of changes and reads. */
export function isReport(settlement: Settlement): boolean {
  if (settlement.type === 'uncertain' || settlement.reported !== true) return false
  return settlement.type === 'failed' || (settlement.changes === undefined && settlement.reads === undefined)
}

/** The circle this outcome closes, if it does. */
function roundOf(
  settlement: Exclude<Settlement, { type: 'uncertain' }>,
  { action, request }: { readonly action: Seq; readonly request: Digest },
  run: Run,
): Repeat | undefined {
  const answer: Answer =
    settlement.type === 'succeeded' ? { type: 'succeeded', result: settlement.result } : { type: 'failed', code: settlement.code }
  return circleClosedBy(run.repeats, { request, answer, action })
}

/** The answer to an uncertain action, found by its driver's probe or stated by an operator. */
export function reconcileAction(command: Extract<RunCommand, { type: 'ReconcileAction' }>, run: Run): Decision {
  const { type: _type, at: _at, ...payload } = command
  const open = openAction(run, payload.action)
  if (open?.stage.name !== 'uncertain') return rejected('action.not_uncertain', `#${payload.action} is not uncertain`)
  const objection = unattributed(payload)
  if (objection !== undefined) return rejected('action.unattributed', objection)
  const origin = payload.how === 'operator' ? 'operator' : 'runtime'
  return accepted({ type: 'ActionReconciled', origin, causes: [open.stage.decided.verdict], payload })
}

/** What is wrong with who says what became of an action: a person's word is somebody's and has a reason, a probe's is nobody's. */
export function unattributed({ how, by, reason }: ActionEvents['ActionReconciled']): string | undefined {
  if (how === 'probe') return by === undefined && reason === undefined ? undefined : 'a probe is nobody’s word'
  if (by === undefined) return 'it is not said by whom'
  return reason === undefined || reason.trim() === '' ? 'it is not said why' : undefined
}

/** What no outcome may say: that something left unrecorded, or that an action changed files outside staging. */
function settlementObjection(settlement: Settlement, stage: ActionStage, decided: Decided): RejectionCode | undefined {
  if (settlement.type !== 'uncertain' && settlement.reported !== undefined) return 'action.not_host'
  const unsent = stage.name === 'authorized' && leavesRuntime(decided.prepared)
  if (unsent && settlement.type !== 'failed') return 'action.not_dispatched'
  if (settlement.type !== 'succeeded' || settlement.changes === undefined) return undefined
  return stage.name === 'authorized' && decided.prepared.class === 'staged' ? undefined : 'action.not_staged'
}

function underWay(open: OpenAction): Decided | undefined {
  return open.stage.name === 'authorized' || open.stage.name === 'dispatched' ? open.stage.decided : undefined
}

export function outcomeEvent(action: Seq, settlement: Settlement, cause: Seq): NewEvent {
  const causes = [cause]
  switch (settlement.type) {
    case 'succeeded': {
      const { type: _type, ...rest } = settlement
      return { type: 'ActionSucceeded', origin: rest.reported === true ? 'host' : 'runtime', causes, payload: { action, ...rest } }
    }
    case 'failed': {
      const { type: _type, ...rest } = settlement
      return { type: 'ActionFailed', origin: rest.reported === true ? 'host' : 'runtime', causes, payload: { action, ...rest } }
    }
    case 'uncertain': {
      const { type: _type, ...rest } = settlement
      return { type: 'ActionUncertain', origin: 'runtime', causes, payload: { action, ...rest } }
    }
    default:
      return unreachable(settlement)
  }
}
