import { IceError, unreachable } from '../log/errors.ts'
import type { Inheritance, Preparation, RunCommand, Settlement, StatedEnd } from '../run/commands.ts'
import { maxRecoveries } from '../run/decide-lifecycle.ts'
import type { SubjectId } from '../log/ids.ts'
import type { Run } from '../run/run.ts'
import type { EventType, IceEntry } from '../run/taxonomy.ts'

/** The command that led to the entries from `index` on, and how many entries it led to. */
export interface RecordedCommand {
  readonly command: RunCommand
  readonly length: number
}

type EntryOf<Type extends EventType> = Extract<IceEntry, { type: Type }>

/** Reads a command back from its events; `run` is the fold of all before them. Each command begins with an event no other command begins with, or tells itself by the next. */
export function commandOf(entries: readonly IceEntry[], index: number, run: Run): RecordedCommand {
  const entry = entryAt(entries, index)
  return (
    commandOnAction(entries, index, run) ??
    commandOnAuthority(entry) ??
    commandOnChild(entries, index, entry) ??
    commandOnRun(entries, index, entry)
  )
}

function commandOnAction(entries: readonly IceEntry[], index: number, run: Run): RecordedCommand | undefined {
  const entry = entryAt(entries, index)
  const { at } = entry
  switch (entry.type) {
    case 'ActionProposed':
      return proposalOf(entries, index, entry)
    case 'ActionDispatched':
      return { command: dispatch(entry, run), length: 1 }
    case 'ActionSucceeded':
    case 'ActionFailed':
    case 'ActionUncertain': {
      const length = isHeldBy(entries[index + 1], entry) ? 2 : 1
      return { command: { type: 'SettleAction', at, action: entry.payload.action, settlement: settlement(entry) }, length }
    }
    case 'ActionReconciled':
      return { command: { type: 'ReconcileAction', at, ...entry.payload }, length: 1 }
    case 'ApprovalGiven': {
      const { scope, edited, ...said } = entry.payload
      const answer = { type: 'given' as const, scope, ...(edited === undefined ? {} : { edited }) }
      return { command: { type: 'AnswerApproval', at, answer, ...said }, length: 1 }
    }
    case 'ApprovalDenied':
      return { command: { type: 'AnswerApproval', at, answer: { type: 'denied' }, ...entry.payload }, length: 1 }
    // A verdict that directly follows its proposal is read with it; any other one ends the waiting for people.
    case 'ActionAuthorized':
    case 'ActionRefused': {
      const length = isHeldBy(entries[index + 1], entry) ? 2 : 1
      return { command: { type: 'SettleApproval', at, action: entry.payload.action }, length }
    }
    case 'ApprovalExpired': {
      const length = isHeldBy(entries[index + 2], entryAt(entries, index + 1)) ? 3 : 2
      return { command: { type: 'ExpireApproval', at, action: actionOf(run, entry.payload.approval) }, length }
    }
    default:
      return undefined
  }
}

function actionOf(run: Run, approval: number): number {
  return run.approvals.get(String(approval))?.action ?? 0
}

/** An outcome that suspends its run: it is uncertain, or one of too many alike. Whoever suspends it otherwise says so as another cause. */
function isHeldBy(next: IceEntry | undefined, outcome: IceEntry): boolean {
  if (next?.type !== 'RunSuspended' || next.causes[0] !== outcome.seq) return false
  return next.payload.cause === 'repetition' || (outcome.type === 'ActionUncertain' && next.payload.cause === 'reconciliation')
}

/** What people gave, took away or said. A grant of the runtime's own is part of provisioning. */
function commandOnAuthority(entry: IceEntry): RecordedCommand | undefined {
  const { at } = entry
  switch (entry.type) {
    case 'CapabilityGranted': {
      const { terms, by } = entry.payload
      return entry.origin === 'operator' ? { command: { type: 'GrantCapability', at, terms, by: by as SubjectId }, length: 1 } : undefined
    }
    case 'CapabilityRevoked':
      return { command: { type: 'RevokeGrant', at, ...entry.payload }, length: 1 }
    case 'LabelDeclassified':
      return { command: { type: 'Declassify', at, ...entry.payload }, length: 1 }
    default:
      return undefined
  }
}

function commandOnChild(entries: readonly IceEntry[], index: number, entry: IceEntry): RecordedCommand | undefined {
  switch (entry.type) {
    case 'RunMerged':
      return { command: { type: 'MergeRun', at: entry.at }, length: 1 }
    case 'ChildSpawned':
      return spawning(entries, index, entry)
    case 'ChildEnded':
      return endedChild(entries, index, entry)
    default:
      return undefined
  }
}

function commandOnRun(entries: readonly IceEntry[], index: number, entry: IceEntry): RecordedCommand {
  const { at } = entry
  switch (entry.type) {
    case 'RunRequested':
      return { command: { type: 'RequestRun', at, ...entry.payload }, length: 1 }
    case 'ProvisioningStarted':
      return { command: { type: 'StartProvisioning', at }, length: 1 }
    case 'CapabilityGranted':
    case 'RunProvisioned':
      return provisioning(entries, index)
    case 'ContextLoaded':
      return { command: { type: 'LoadContext', at, ...entry.payload }, length: 2 }
    case 'InferenceCompleted':
    case 'InferenceRequested':
    case 'PlanStated':
    case 'AssumptionDeclared':
    case 'UncertaintyDeclared': {
      const { type, origin, causes, payload } = entry
      return { command: { type: 'RecordStatement', at, statement: { type, origin, causes, payload } as never }, length: 1 }
    }
    case 'OutputStated':
      return { command: { type: 'EndAgent', at, end: { type: 'completed', output: entry.payload.output } }, length: 2 }
    case 'AgentFailed':
      return { command: { type: 'EndAgent', at, end: failedEnd(entry) }, length: 2 }
    case 'ValidationPassed':
      return { command: { type: 'RecordValidation', at, checks: entry.payload.checks }, length: 1 }
    case 'ValidationFailed':
      return { command: { type: 'RecordValidation', at, checks: entry.payload.checks }, length: 2 }
    case 'RunCommitDecided': {
      const { changes, changesCount } = entry.payload
      return { command: { type: 'DecideCommit', at, changes, changesCount, conflicts: [] }, length: 1 }
    }
    case 'ChangeApplied':
      return { command: { type: 'RecordApplied', at, ...entry.payload }, length: 1 }
    case 'ChangesUndone':
      return { command: { type: 'UndoChanges', at, ...entry.payload }, length: 1 }
    case 'ActionWithheld':
    case 'RunAborted':
    case 'TeardownStarted':
      return withholding(entries, index)
    case 'RunCommitted':
      return { command: { type: 'CompleteCommit', at }, length: 1 }
    case 'RunSuspended':
      return { command: { type: 'SuspendRun', at, ...entry.payload, origin: requested(entry) }, length: 1 }
    case 'RunResumed':
      return { command: { type: 'ResumeRun', at, by: entry.payload.by, origin: requested(entry) }, length: 1 }
    case 'AbortStarted':
      return { command: abort(entry), length: 1 }
    case 'RunTerminatedByRuntime':
      return { command: { type: 'TerminateRun', at, ...entry.payload }, length: 1 }
    case 'RunTornDown':
      return { command: { type: 'TearDown', at }, length: 1 }
    case 'RunRecovered':
      return recovery(entry)
    default:
      throw new IceError('replay.diverged', `${entry.type} #${entry.seq} begins no command of this version`)
  }
}

function provisioning(entries: readonly IceEntry[], index: number): RecordedCommand {
  let length = 0
  while (entries[index + length]?.type === 'CapabilityGranted') length += 1
  const last = entryAt(entries, index + length)
  if (last.type !== 'RunProvisioned') throw new IceError('replay.diverged', `#${last.seq} should end provisioning`)
  return { command: { type: 'CompleteProvisioning', at: last.at, ...last.payload }, length: length + 1 }
}

/** A proposal, a report of what was never proposed, or what a host kept: told by where it comes from and what follows. */
function proposalOf(entries: readonly IceEntry[], index: number, entry: EntryOf<'ActionProposed'>): RecordedCommand {
  if (entry.origin === 'import') return importOf(entry, entries[index + 1])
  const [verdict, outcome] = [entries[index + 1], entries[index + 2]]
  const code = verdict?.type === 'ActionRefused' ? unaskedCodes.find((known) => known === verdict.payload.code) : undefined
  if (code === undefined || verdict?.type !== 'ActionRefused' || !isOutcome(outcome)) return proposal(entries, index, entry)
  const { detail = '', request, prepared } = verdict.payload
  const preparation: Preparation =
    request === undefined || prepared === undefined ? { type: 'refused', code, detail } : { type: 'prepared', request, record: prepared }
  const report = { proposed: entry.payload, preparation, code, detail, settlement: settlement(outcome) }
  return { command: { type: 'ReportAction', at: entry.at, ...report }, length: 3 }
}

const unaskedCodes = ['host.defied', 'host.edited', 'host.unasked'] as const

function importOf(entry: EntryOf<'ActionProposed'>, next: IceEntry | undefined): RecordedCommand {
  const command = { type: 'ImportAction', at: entry.at, proposed: entry.payload } as const
  if (!isOutcome(next) || next.payload.action !== entry.seq || next.at !== entry.at) return { command, length: 1 }
  return { command: { ...command, settlement: settlement(next) }, length: 2 }
}

function isOutcome(entry: IceEntry | undefined): entry is EntryOf<'ActionSucceeded' | 'ActionFailed'> {
  return entry?.type === 'ActionSucceeded' || entry?.type === 'ActionFailed'
}

function spawning(entries: readonly IceEntry[], index: number, { at, payload }: EntryOf<'ChildSpawned'>): RecordedCommand {
  let length = 1
  while (entries[index + length]?.type === 'CapabilityDelegated') length += 1
  const last = entryAt(entries, index + length)
  if (last.type !== 'BudgetEscrowed') throw new IceError('replay.diverged', `#${last.seq} should end what a child is lent`)
  return { command: { type: 'SpawnChild', at, action: payload.action, child: payload.child }, length: length + 1 }
}

function endedChild(entries: readonly IceEntry[], index: number, entry: EntryOf<'ChildEnded'>): RecordedCommand {
  const returned = entryAt(entries, index + 1)
  if (returned.type !== 'BudgetReturned') throw new IceError('replay.diverged', `#${returned.seq} should return what a child was lent`)
  const inherited: Inheritance[] = []
  for (let next = entries[index + 2]; next?.type === 'ActionInherited'; next = entries[index + 2 + inherited.length]) {
    const { child: _child, ...inheritance } = next.payload
    inherited.push(inheritance)
  }
  const { spent, steps, calls } = returned.payload
  const command: RunCommand = { type: 'EndChild', at: entry.at, ...entry.payload, spent, steps, calls, inherited }
  return { command, length: 2 + inherited.length }
}

function proposal(entries: readonly IceEntry[], index: number, entry: EntryOf<'ActionProposed'>): RecordedCommand {
  const verdict = entryAt(entries, index + 1)
  const { malformed, ...proposed } = entry.payload
  const isHeld = verdict.type === 'ActionRefused' && isHeldBy(entries[index + 2], verdict)
  const isHandedOver = proposed.performer === 'host' && verdict.type === 'ActionAuthorized'
  const length = isHeld || isHandedOver || isCausedBy(entries[index + 2], 'RunTerminatedByRuntime', entry) ? 3 : 2
  const preparation: Preparation = malformed === undefined ? preparationOf(verdict) : { type: 'malformed', ...malformed }
  return { command: { type: 'ProposeAction', at: entry.at, proposed, preparation }, length }
}

function preparationOf(verdict: IceEntry): Preparation {
  if (verdict.type === 'ActionAuthorized' || verdict.type === 'ApprovalRequested') {
    return { type: 'prepared', record: verdict.payload.prepared, request: verdict.payload.request }
  }
  if (verdict.type !== 'ActionRefused') throw new IceError('replay.diverged', `#${verdict.seq} should be a verdict`)
  const { prepared, request, code, detail = '' } = verdict.payload
  return prepared === undefined || request === undefined
    ? { type: 'refused', code, detail }
    : { type: 'prepared', record: prepared, request }
}

/** What is dispatched past the commit point is a release; before it nothing deferred is sent. */
function dispatch(entry: EntryOf<'ActionDispatched'>, run: Run): RunCommand {
  const type = run.phase.name === 'committing' ? 'ReleaseAction' : 'DispatchAction'
  return { type, at: entry.at, action: entry.payload.action }
}

function settlement(entry: EntryOf<'ActionSucceeded' | 'ActionFailed' | 'ActionUncertain'>): Settlement {
  switch (entry.type) {
    case 'ActionSucceeded': {
      const { action: _action, ...rest } = entry.payload
      return { type: 'succeeded', ...rest }
    }
    case 'ActionFailed': {
      const { action: _action, ...rest } = entry.payload
      return { type: 'failed', ...rest }
    }
    case 'ActionUncertain': {
      const { action: _action, ...rest } = entry.payload
      return { type: 'uncertain', ...rest }
    }
    default:
      return unreachable(entry)
  }
}

function failedEnd(entry: EntryOf<'AgentFailed'>): StatedEnd {
  return { type: 'failed', ...entry.payload }
}

/** A termination from outside may follow any recovery; only one too many is itself what ended the run. */
function recovery(entry: EntryOf<'RunRecovered'>): RecordedCommand {
  return { command: { type: 'RecoverRun', at: entry.at }, length: entry.payload.attempt > maxRecoveries ? 2 : 1 }
}

/** A row of withheld effects ends in the event that tells which command withheld them, or stands alone in a commit. */
function withholding(entries: readonly IceEntry[], index: number): RecordedCommand {
  const first = entryAt(entries, index)
  let length = 0
  while (sameWithholding(entries[index + length], first)) length += 1
  const last = entries[index + length]
  if (last?.type === 'RunAborted') return { command: { type: 'CompleteAbort', at: last.at }, length: length + 1 }
  if (last?.type === 'TeardownStarted') return { command: { type: 'StartTeardown', at: last.at }, length: length + 1 }
  if (first.type !== 'ActionWithheld') throw new IceError('replay.diverged', `#${first.seq} withholds nothing`)
  return { command: { type: 'WithholdReleases', at: first.at, code: first.payload.code }, length }
}

function sameWithholding(entry: IceEntry | undefined, first: IceEntry): boolean {
  return entry?.type === 'ActionWithheld' && first.type === 'ActionWithheld' && entry.payload.code === first.payload.code
}

/** An abort the commit decision came to is a `DecideCommit` that met an objection; its cause cannot be read back, its result can. */
function abort(entry: EntryOf<'AbortStarted'>): RunCommand {
  return { type: 'AbortRun', at: entry.at, ...entry.payload, origin: requested(entry) }
}

function requested(entry: IceEntry): 'runtime' | 'operator' {
  return entry.origin === 'operator' ? 'operator' : 'runtime'
}

function isCausedBy(entry: IceEntry | undefined, type: EventType, cause: IceEntry): boolean {
  return entry?.type === type && entry.causes[0] === cause.seq
}

function entryAt(entries: readonly IceEntry[], index: number): IceEntry {
  const entry = entries[index]
  if (entry === undefined) throw new IceError('replay.diverged', 'the record ends in the middle of a command')
  return entry
}
