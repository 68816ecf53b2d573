import { unreachable } from '../log/errors.ts'
import { accepted, rejected } from './commands.ts'
import type { AuthorityView, Decision, RunCommand, StatementEvent } from './commands.ts'
import {
  completeAbort,
  completeCommit,
  decideCommit,
  mergeRun,
  recordApplied,
  releaseAction,
  startTeardown,
  undoChanges,
  withholdReleases,
} from './decide-commit.ts'
import { endChild, spawnChild } from './decide-child.ts'
import { answerApproval, expireApproval, settleApproval } from './decide-approval.ts'
import {
  abortRun,
  declassify,
  endAgent,
  grantCapability,
  loadContext,
  provision,
  recover,
  requestRun,
  resumeRun,
  revokeGrant,
  startProvisioning,
  suspendRun,
  tearDown,
  terminateRun,
  validate,
} from './decide-lifecycle.ts'
import { importAction, reportAction } from './decide-host.ts'
import { proposeAction } from './decide-proposal.ts'
import { dispatchAction } from './decide-dispatch.ts'
import { reconcileAction, settleAction } from './decide-settlement.ts'
import type { Run } from './run.ts'
import { taxonomy } from './taxonomy.ts'

/**
 * The one place where it is decided what happens to a run. Pure: the same command, run and view give the same events, which is
 * what decision replay checks. `view` is what other streams say at this moment.
 */
export function decide(command: RunCommand, run: Run, view: AuthorityView): Decision {
  switch (command.type) {
    case 'RequestRun':
      return requestRun(command, run)
    case 'StartProvisioning':
      return startProvisioning(run)
    case 'CompleteProvisioning':
      return provision(command, run)
    case 'LoadContext':
      return loadContext(command, run)
    case 'ProposeAction':
      return proposeAction(command, run, view)
    case 'ReportAction':
      return reportAction(command, run)
    case 'ImportAction':
      return importAction(command, run)
    case 'DispatchAction':
      return dispatchAction(command, run, view)
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
      return resumeRun(command, run, view)
    case 'AbortRun':
      return abortRun(command, run)
    case 'CompleteAbort':
      return completeAbort(run)
    case 'TerminateRun':
      return terminateRun(command, run)
    case 'StartTeardown':
      return startTeardown(run)
    case 'TearDown':
      return tearDown(run)
    case 'RecoverRun':
      return recover(run)
    default:
      return decideLent(command, run, view)
  }
}

type LentCommand = Extract<RunCommand, { type: 'EndChild' | 'MergeRun' | 'SpawnChild' }>

/** What passes between a run and its children. */
function decideLent(command: LentCommand | AuthorityCommand, run: Run, view: AuthorityView): Decision {
  switch (command.type) {
    case 'SpawnChild':
      return spawnChild(command, run, view)
    case 'MergeRun':
      return mergeRun(command, run, view)
    case 'EndChild':
      return endChild(command, run)
    default:
      return decideAuthority(command, run, view)
  }
}

type AuthorityCommand = Extract<
  RunCommand,
  { type: 'AnswerApproval' | 'Declassify' | 'ExpireApproval' | 'GrantCapability' | 'RevokeGrant' | 'SettleApproval' }
>

/** What people give, take away, or answer. */
function decideAuthority(command: AuthorityCommand, run: Run, view: AuthorityView): Decision {
  switch (command.type) {
    case 'RevokeGrant':
      return revokeGrant(command, run)
    case 'GrantCapability':
      return grantCapability(command, run)
    case 'AnswerApproval':
      return answerApproval(command, run, view)
    case 'SettleApproval':
      return settleApproval(command, run, view)
    case 'ExpireApproval':
      return expireApproval(command, run)
    case 'Declassify':
      return declassify(command, run)
    default:
      return unreachable(command)
  }
}

function recordStatement(statement: StatementEvent, run: Run): Decision {
  if (run.phase.name !== 'executing') return rejected('run.phase', `${run.phase.name} hears no statement`)
  const { type, origin } = statement
  return taxonomy[type].origins.includes(origin) ? accepted(statement) : rejected('statement.origin', `${origin} cannot say ${type}`)
}
