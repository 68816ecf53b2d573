import type { Seq } from '../log/ids.ts'
import { accepted, rejected } from './commands.ts'
import type { AuthorityView, Decision, RunCommand } from './commands.ts'
import { brokenAssumption } from './assumptions.ts'
import { refusedNow, takenAway } from './decide-again.ts'
import { mayBeSent, notSent } from './decide-dispatch.ts'
import { suspendRun } from './decide-lifecycle.ts'
import { openAction } from './run.ts'
import type { Commit, Run } from './run.ts'
import type { NewEvent } from './taxonomy.ts'

type Command<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>

/**
 * The last question before the point of no return: validated, no conflict, and every deferred effect decided again at this
 * time. Any no aborts the run, so nothing after the point waits or is refused for a reason that was known here. A run that must not
 * commit now, and may later, is held.
 */
export function decideCommit(command: Command<'DecideCommit'>, run: Run, view: AuthorityView): Decision {
  if (run.phase.name !== 'validating') return rejected('run.phase', `${run.phase.name} cannot commit`)
  if (run.spec?.parent !== undefined) return rejected('run.child', 'a child merges into its parent, and only the root commits')
  const hold = commitHold(command, run, view)
  if (hold !== undefined) return suspendRun({ type: 'SuspendRun', at: command.at, ...hold, origin: 'runtime' }, run)
  const [conflict] = command.conflicts
  const moved = conflict === undefined ? undefined : `${conflict.path} has changed since the run looked`
  const objection = commitObjection({ at: command.at, moved }, run, view)
  if (objection !== undefined) {
    const payload = { code: objection.code, detail: objection.detail, by: 'runtime' }
    return accepted({ type: 'AbortStarted', origin: 'runtime', causes: [run.seq], payload })
  }
  const payload = { changes: command.changes, changesCount: command.changesCount, releases: releaseOrder(run), memories: [] }
  return accepted({ type: 'RunCommitDecided', origin: 'runtime', causes: [run.validated], payload })
}

/** No effect is committed under a lockdown, nor on what is no longer so. A run that commits none may end. */
function commitHold(
  command: Command<'DecideCommit'>,
  run: Run,
  view: AuthorityView,
): Pick<Command<'SuspendRun'>, 'cause' | 'code' | 'detail'> | undefined {
  if (command.changesCount === 0 && run.deferred.length === 0) return undefined
  if (view.lockdown) return { cause: 'lockdown', code: 'lockdown.on' }
  const broken = brokenAssumption(run, view, command.at)
  return broken === undefined ? undefined : { cause: 'assumption', ...broken }
}

/**
 * A child's commit: what it staged and what it deferred goes to its parent, if it would have been allowed to commit. `conflict` names a
 * path that was changed above it since it was given it.
 */
export function mergeRun({ at, conflict }: Command<'MergeRun'>, run: Run, view: AuthorityView): Decision {
  if (run.phase.name !== 'validating') return rejected('run.phase', `${run.phase.name} cannot merge`)
  const into = run.spec?.parent?.run
  if (into === undefined) return rejected('run.child', 'the run has no parent to merge into')
  // What it staged its parent may have; what it deferred would be refused now, and may be allowed later.
  if (view.lockdown && run.deferred.length > 0)
    return suspendRun({ type: 'SuspendRun', at, cause: 'lockdown', code: 'lockdown.on', origin: 'runtime' }, run)
  const moved = conflict === undefined ? undefined : `${conflict} was changed above the run since it was started`
  const objection = commitObjection({ at, moved }, run, view)
  if (objection !== undefined) {
    const at = objection.code === 'files.conflict' && conflict !== undefined ? { conflict } : {}
    const payload = { code: objection.code, detail: objection.detail, by: 'runtime', ...at }
    return accepted({ type: 'AbortStarted', origin: 'runtime', causes: [run.seq], payload })
  }
  const payload = { into, changesCount: run.staged.size, releases: releaseOrder(run), memories: [] }
  return accepted({ type: 'RunMerged', origin: 'runtime', causes: [run.validated], payload })
}

function commitObjection(
  now: { readonly at: number; readonly moved: string | undefined },
  run: Run,
  view: AuthorityView,
): { readonly code: string; readonly detail: string } | undefined {
  if (run.validated === 0) return { code: 'validation.missing', detail: 'nothing has judged the staged whole' }
  if (now.moved !== undefined) return { code: 'files.conflict', detail: now.moved }
  const ceilings = run.spec?.ceilings
  if (ceilings !== undefined && now.at - run.requestedAt > ceilings.wallMs) return { code: 'limit.wall', detail: 'the run took too long' }
  const [waiting] = run.waiting
  if (waiting !== undefined) return { code: 'approval.required', detail: `#${waiting} waits for people` }
  const denied = run.denied[0]
  if (denied !== undefined) return { code: 'approval.denied', detail: `#${denied} was to be part of the commit and was not approved` }
  for (const action of run.deferred) {
    const refusal = decidedAgain({ action, at: now.at }, run, view)
    if (refusal !== undefined) return { code: refusal, detail: `#${action} is no longer allowed` }
  }
  return undefined
}

/** The code of the refusal a deferred effect would meet now. */
function decidedAgain({ action, at }: { readonly action: Seq; readonly at: number }, run: Run, view: AuthorityView): string | undefined {
  const open = openAction(run, action)
  if (open?.stage.name !== 'deferred') return 'action.not_open'
  return refusedNow({ open, decided: open.stage.decided, at }, run, view)
}

/** Keyed ones first, irreversible ones last, each group as proposed: what can be repeated goes before what cannot. */
function releaseOrder(run: Run): readonly Seq[] {
  const classOf = (action: Seq): string => {
    const stage = openAction(run, action)?.stage
    return stage?.name === 'deferred' ? stage.decided.prepared.class : 'irreversible'
  }
  const keyed = run.deferred.filter((action) => classOf(action) === 'keyed')
  return [...keyed, ...run.deferred.filter((action) => !keyed.includes(action))]
}

export function recordApplied(command: Command<'RecordApplied'>, run: Run): Decision {
  const commit = commitOf(run)
  if (commit === undefined) return rejected('run.phase', `${run.phase.name} applies nothing`)
  if (commit.appliedCount >= commit.changesCount) return rejected('release.out_of_order', 'all changes are in place')
  if (command.index !== commit.appliedCount) return rejected('release.out_of_order', `change ${commit.appliedCount} comes next`)
  const payload = { index: command.index, path: command.path }
  return accepted({ type: 'ChangeApplied', origin: 'runtime', causes: [commit.decision], payload })
}

/** The one way back after the commit point: a conflict found while files are swapped, before any effect was sent. */
export function undoChanges(command: Command<'UndoChanges'>, run: Run): Decision {
  const commit = commitOf(run)
  if (commit === undefined) return rejected('run.phase', `${run.phase.name} undoes nothing`)
  const sent = commit.releases.some((action) => hasLeft(run, commit, action))
  if (sent) return rejected('release.out_of_order', 'an effect has been sent')
  const { code, paths, conflict } = command
  const payload = { code, paths, ...(conflict === undefined ? {} : { conflict }) }
  return accepted({ type: 'ChangesUndone', origin: 'runtime', causes: [commit.decision], payload })
}

function hasLeft(run: Run, commit: Commit, action: Seq): boolean {
  return (
    openAction(run, action)?.stage.name === 'dispatched' || commit.released.some((release) => release.action === action && release.sent)
  )
}

/**
 * Sends the next deferred effect, once all files are in place and all before it succeeded. A lockdown, or a grant taken back, withholds
 * it and the rest; one that may have been sent before is uncertain instead.
 */
export function releaseAction(command: Command<'ReleaseAction'>, run: Run, view: AuthorityView): Decision {
  const commit = commitOf(run)
  if (commit === undefined) return rejected('run.phase', `${run.phase.name} releases nothing`)
  if (commit.appliedCount < commit.changesCount) return rejected('release.out_of_order', 'files come before effects')
  const next = nextRelease(commit)
  if (next !== command.action)
    return rejected('release.out_of_order', next === undefined ? 'nothing is left to send' : `#${next} comes next`)
  const open = openAction(run, next)
  const stage = open?.stage
  if (stage?.name !== 'deferred' && stage?.name !== 'dispatched') return rejected('action.not_dispatchable', `#${next} is not waiting`)
  const stopped = takenAway(stage.decided, run, view)
  if (stopped !== undefined && stage.name === 'deferred') return withholdReleases(stopped, run)
  if (!mayBeSent(stage)) return rejected('action.not_dispatchable', `#${next} is irreversible and was sent`)
  if (stopped !== undefined) return notSent({ action: next, stage, at: command.at, code: stopped }, run)
  const attempt = stage.name === 'dispatched' ? stage.attempt + 1 : 1
  return accepted({ type: 'ActionDispatched', origin: 'runtime', causes: [commit.decision], payload: { action: next, attempt } })
}

/** Leaves unsent what has not been sent: one before it did not succeed, or an operator stopped the run. */
export function withholdReleases(code: string, run: Run): Decision {
  const commit = commitOf(run)
  if (commit === undefined) return rejected('run.phase', `${run.phase.name} withholds nothing`)
  const waiting = commit.releases.filter((action) => openAction(run, action)?.stage.name === 'deferred')
  return accepted(...waiting.map((action) => withheld(action, code, commit.decision)))
}

/** The next release in order; undefined when all have ended or one did not succeed. */
export function nextRelease(commit: Commit): Seq | undefined {
  if (commit.released.some((release) => !release.succeeded)) return undefined
  return commit.releases[commit.released.length]
}

export function completeCommit(run: Run): Decision {
  const commit = commitOf(run)
  if (commit === undefined) return rejected('run.phase', `${run.phase.name} has no commit`)
  if (commit.appliedCount < commit.changesCount) return rejected('release.out_of_order', 'files are not in place')
  if (commit.released.length < commit.releases.length) return rejected('release.out_of_order', 'an effect has no outcome')
  const unsent = commit.released.filter((release) => !release.succeeded).map((release) => release.action)
  const complete = unsent.length === 0 ? 'complete' : 'incomplete'
  const releases = commit.releases.length === 0 ? 'none' : complete
  return accepted({ type: 'RunCommitted', origin: 'runtime', causes: [commit.decision], payload: { releases, unsent } })
}

/** Actions an abort lists by number: a reader looks at the first ones, and the log has all. */
const maxListedLeft = 1024

/** Ends an abort: says what had left before it, and that no deferred effect will be sent. */
export function completeAbort(run: Run): Decision {
  if (run.phase.name !== 'aborting') return rejected('run.phase', `${run.phase.name} is not aborting`)
  if (run.children.size > 0) return rejected('run.children_live', `${run.children.size} children are at work`)
  const left = run.left
    .entries()
    .map(([, action]) => action)
    .sort((one, other) => one - other)
  const payload = { left: left.slice(0, maxListedLeft), leftCount: left.length }
  return accepted(...unsent(run), { type: 'RunAborted', origin: 'runtime', causes: [run.seq], payload })
}

/** The end of a run the runtime stopped: no deferred effect of it will be sent. */
export function startTeardown(run: Run): Decision {
  if (run.phase.name !== 'terminated_by_runtime') return rejected('run.phase', `${run.phase.name} was not terminated`)
  if (run.children.size > 0) return rejected('run.children_live', `${run.children.size} children are at work`)
  return accepted(...unsent(run), { type: 'TeardownStarted', origin: 'runtime', causes: [run.seq], payload: {} })
}

function unsent(run: Run): readonly NewEvent[] {
  const waiting = run.deferred.filter((action) => openAction(run, action)?.stage.name === 'deferred')
  return waiting.map((action) => withheld(action, 'run.undone', run.seq))
}

function withheld(action: Seq, code: string, cause: Seq): NewEvent<'ActionWithheld'> {
  return { type: 'ActionWithheld', origin: 'runtime', causes: [cause], payload: { action, code } }
}

function commitOf(run: Run): Commit | undefined {
  return run.phase.name === 'committing' ? run.phase.commit : undefined
}
