import { unreachable } from '../log/errors.ts'
import { accepted, rejected } from './commands.ts'
import type { AuthorityView, Decision, RunCommand, StatementEvent } from './commands.ts'
import { completeAbort,
  completeCommit,
  decideCommit,
  recordApplied,
  releaseAction,
  startTeardown,
  undoChanges,
  withholdReleases,
} from './decide-commit.ts'
import { endAgent, loadContext, provision, recover, requestRun, resumeRun, revokeGrant, suspendRun, tearDown, validate } from './decide-lifecycle.ts'
import { proposeAction } from './decide-proposal.ts'
import { dispatchAction, reconcileAction, settleAction } from './decide-settlement.ts'
import { transitionFor } from './phases.ts'
import type { PhaseEvent } from './phases.ts'
import type { Run } from './run.ts'
import { taxonomy } from './taxonomy.ts'
import type { NewEvent } from './taxonomy.ts'

/**
 * The one place where it is decided what happens to a run. Pure: the same command, run and view give the same events, which is
 * what decision replay checks. `view` is what other streams say at this moment.
 */
export function decide(command: RunCommand, run: Run, view: AuthorityView): Decision {
  switch (command.type) {
    case 'RequestRun':
      return requestRun(command, run)
    case 'StartProvisioning':
      return move(run, { type: 'ProvisioningStarted', origin: 'runtime', causes: [run.seq], payload: {} })
    case 'CompleteProvisioning':
      return provision(command, run)
    case 'LoadContext':
      return loadContext(command, run)
    case 'ProposeAction':
      return proposeAction(command, run, view)
    case 'DispatchAction':
      return dispatchAction(command.action, run)
    case 'SettleAction':
      return settleAction(command, run)
    case 'ReconcileAction':
      return reconcileAction(command, run)
    case 'RecordStatement':
      return recordStatement(command.statement, run)
    case 'EndAgent':
      return endAgent(command, run)
    case 'RecordValidation':
      return validate(command, run)
    case 'DecideCommit':
      return decideCommit(command, run, view)
    case 'RecordApplied':
      return recordApplied(command, run)
    case 'UndoChanges':
      return undoChanges(command, run)
    case 'ReleaseAction':
      return releaseAction(command, run, view)
    case 'WithholdReleases':
      return withholdReleases(command.code, run)
    case 'CompleteCommit':
      return completeCommit(run)
    case 'SuspendRun':
      return suspendRun(command, run)
    case 'ResumeRun':
      return resumeRun(command, run)
    case 'AbortRun': {
      const detail = command.detail === undefined ? {} : { detail: command.detail }
      const payload = { code: command.code, by: command.by, ...detail }
      return move(run, { type: 'AbortStarted', origin: command.origin, causes: [run.seq], payload })
    }
    case 'CompleteAbort':
      return completeAbort(run)
    case 'TerminateRun': {
      const detail = command.detail === undefined ? {} : { detail: command.detail }
      return move(run, { type: 'RunTerminatedByRuntime', origin: 'runtime', causes: [run.seq], payload: { code: command.code, ...detail } })
    }
    case 'StartTeardown':
      return startTeardown(run)
    case 'TearDown':
      return tearDown(run)
    case 'RecoverRun':
      return recover(run)
    case 'RevokeGrant':
      return revokeGrant(command, run)
    default:
      return unreachable(command)
  }
}

function recordStatement(statement: StatementEvent, run: Run): Decision {
  if (run.phase.name !== 'executing') return rejected('run.phase', `${run.phase.name} hears no statement`)
  const { type, origin } = statement
  return taxonomy[type].origins.includes(origin) ? accepted(statement) : rejected('statement.origin', `${origin} cannot say ${type}`)
}

/** Accepts a phase event if the table has it from here. */
function move(run: Run, event: NewEvent & { readonly type: PhaseEvent }): Decision {
  if (transitionFor(run.phase.name, event.type) === undefined) return rejected('run.phase', `${event.type} does not follow ${run.phase.name}`)
  return accepted(event)
}
