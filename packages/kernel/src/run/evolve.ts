import { unreachable } from '../log/errors.ts'
import type { EntryId } from '../log/ids.ts'
import type { Grant } from '../authority/grant.ts'
import { joinLabels, publicTrusted } from '../authority/labels.ts'
import type { Label } from '../authority/labels.ts'
import { evolveAction } from './evolve-action.ts'
import type { ActionEntry } from './evolve-action.ts'
import { evolveApproval } from './evolve-approval.ts'
import type { ApprovalEntry } from './evolve-approval.ts'
import { evolveChild, isChildEntry } from './evolve-child.ts'
import type { ContextItem, RunEvents } from './events.ts'
import { isPhaseEvent, transitionFor } from './phases.ts'
import { sourcesOf } from './revocation.ts'
import type { RunDraft, RunPhase, Run } from './run.ts'
import type { EventType, IceEntry } from './taxonomy.ts'

/** What changes the phase at most, or is folded elsewhere: standing authority, memory, statements. */
const unfolded = [
  'AgentFailed',
  'AbortStarted',
  'ChangesUndone',
  'CheckpointSigned',
  'HostConfigured',
  'InferenceCompleted',
  'InferenceRequested',
  'KeyRotated',
  'LockdownSet',
  'MemoryCandidateProposed',
  'MemoryErased',
  'MemoryExpired',
  'MemoryInvalidated',
  'MemoryPromoted',
  'MemoryQuarantined',
  'MemoryRestored',
  'MemorySuperseded',
  'OperatorAdded',
  'OperatorRemoved',
  'PlanStated',
  'PolicyAdopted',
  'ProvisioningStarted',
  'RunAborted',
  'RunCommitDecided',
  'RunMerged',
  'RunSuspended',
  'RunTerminatedByRuntime',
  'RunTornDown',
  'TeardownStarted',
  'UncertaintyDeclared',
  'ValidationFailed',
  'ValidationStarted',
] as const satisfies readonly EventType[]
type Unfolded = (typeof unfolded)[number]
const unfoldedTypes: ReadonlySet<string> = new Set(unfolded)

function isUnfolded(entry: IceEntry): entry is Extract<IceEntry, { type: Unfolded }> {
  return unfoldedTypes.has(entry.type)
}

/**
 * Folds one entry of the run's stream. Checks no rule, so that history always loads: what is decided here was decided when the
 * entry was written. Pure; the argument stays valid.
 */
export function evolve(run: Run, entry: IceEntry): Run {
  const next: RunDraft = { ...run }
  foldInto(next, entry)
  return next
}

/** The same in a copy that nobody else has yet: what an entry changes is changed in it. */
export function foldInto(run: RunDraft, entry: IceEntry): void {
  const phase = nextPhase(run, entry)
  fold(run, entry)
  if (phase !== undefined) run.phase = phase
  run.seq = entry.seq
  run.at = entry.at
}

function fold(run: RunDraft, entry: IceEntry): void {
  if (isUnfolded(entry)) return
  if (isOfAction(entry)) return evolveAction(run, entry)
  if (isOfApproval(entry)) return evolveApproval(run, entry)
  if (isChildEntry(entry)) return evolveChild(run, entry)
  switch (entry.type) {
    case 'RunRequested':
      run.spec = entry.payload
      run.requestedAt = entry.at
      run.label = entry.payload.parent?.label ?? run.label
      return
    case 'RunProvisioned':
      run.provision = entry.payload
      run.under = { policy: entry.payload.policy, catalog: entry.payload.catalog }
      return
    case 'ContextLoaded':
      run.context = entry.payload.items
      run.label = entry.payload.items.reduce(joinItem, run.label)
      return
    case 'CapabilityGranted':
    case 'CapabilityRevoked':
    case 'CapabilityExpired':
      run.grants = grantsAfter(run, entry)
      return
    case 'RunCommitted':
      run.committed = entry.payload
      return
    case 'OutputStated':
      run.output = entry.payload.output
      return
    case 'ExecutionStarted':
      run.lastOutcome = entry.seq
      return
    case 'ValidationPassed':
      run.validated = entry.seq
      run.recoveries = 0
      return
    case 'RunRecovered':
      run.recoveries = entry.payload.attempt
      return
    case 'RunQuarantined':
      run.quarantined = true
      return
    case 'RunResumed':
      return resume(run, entry)
    case 'AssumptionDeclared':
      run.assumed = withAssumed(run.assumed, entry.payload)
      return
    case 'LabelDeclassified':
      if (run.label === entry.payload.from) run.label = entry.payload.to
      return
    case 'ChangeApplied':
      run.recoveries = 0
      run.phase = withApplied(run.phase, entry.payload.index)
      return
    default:
      return unreachable(entry)
  }
}

function isOfAction(entry: IceEntry): entry is ActionEntry {
  return entry.type.startsWith('Action')
}

function isOfApproval(entry: IceEntry): entry is ApprovalEntry {
  return entry.type.startsWith('Approval')
}

type GrantEntry = Extract<IceEntry, { type: 'CapabilityGranted' | 'CapabilityRevoked' | 'CapabilityExpired' }>

function grantsAfter(run: Run, entry: GrantEntry): Run['grants'] {
  switch (entry.type) {
    case 'CapabilityGranted':
      return run.grants.with(granted(run, entry))
    case 'CapabilityRevoked':
      return run.grants.map((grant) => revokeIn(run, grant, entry.payload.grant))
    case 'CapabilityExpired':
      return run.grants.map((grant) => (grant.id === entry.payload.grant ? { ...grant, revoked: true } : grant))
    default:
      return unreachable(entry)
  }
}

/** An operator who lets a run go on has seen what it rested on, and that it no longer holds. */
function resume(run: RunDraft, { seq, origin, payload }: Extract<IceEntry, { type: 'RunResumed' }>): void {
  run.quarantined = false
  run.recoveries = 0
  run.repeats = []
  if (payload.renewed !== undefined) {
    run.under = payload.renewed
    run.renewedAt = seq
  }
  if (origin === 'operator') run.assumed = { files: [], grants: [] }
}

/** Paths and grants one run can rest on: the first ones, because what it rested on first is what the rest was built on. */
const maxAssumed = 1024

function withAssumed(assumed: Run['assumed'], { files = [], grants = [] }: RunEvents['AssumptionDeclared']): Run['assumed'] {
  const joined = <Value>(known: readonly Value[], more: readonly Value[]): readonly Value[] =>
    [...new Set([...known, ...more])].slice(0, maxAssumed)
  return { files: joined(assumed.files, files), grants: joined(assumed.grants, grants) }
}

function joinItem(label: Label, item: ContextItem): Label {
  return joinLabels(label, item.label ?? publicTrusted)
}

function granted(run: Run, entry: Extract<IceEntry, { type: 'CapabilityGranted' }>): Grant {
  const { holder, terms, parent } = entry.payload
  const grant: Grant = { id: entry.seq, holder, terms, revoked: false }
  if (parent === undefined) return grant
  const above = run.phase.name === 'provisioning' ? (run.spec?.parent?.lineage[run.grants.list.length]?.slice(1) ?? []) : []
  return above.length === 0 ? { ...grant, parent } : { ...grant, parent, above }
}

function revokeIn(run: Run, grant: Grant, revoked: EntryId): Grant {
  return sourcesOf(grant, run).includes(revoked) ? { ...grant, revoked: true } : grant
}

function withApplied(phase: RunPhase, index: number): RunPhase {
  if (phase.name !== 'committing') return phase
  return { ...phase, commit: { ...phase.commit, appliedCount: Math.max(phase.commit.appliedCount, index + 1) } }
}

/** The phase after a phase event, undefined after any other. An event the table does not know leaves the phase: the laws name it. */
function nextPhase(run: Run, entry: IceEntry): RunPhase | undefined {
  if (!isPhaseEvent(entry.type)) return undefined
  const transition = transitionFor(run.phase.name, entry.type)
  if (transition === undefined) return undefined
  if (transition.to === 'origin') return { name: run.phase.name === 'suspended' ? run.phase.from : 'executing' }
  return phaseAfter(run, entry, transition.to)
}

function phaseAfter(run: Run, entry: IceEntry, to: Exclude<RunPhase['name'], 'none'>): RunPhase {
  switch (to) {
    case 'suspended': {
      const cause = entry.type === 'RunSuspended' ? entry.payload : { cause: 'operator' as const, code: '' }
      return { name: to, from: run.phase.name === 'validating' ? 'validating' : 'executing', cause: cause.cause, code: cause.code }
    }
    case 'committing':
      return { name: to, commit: commitOf(entry) }
    case 'aborting':
      return { name: to, code: codeOf(entry), ...conflictOf(entry) }
    case 'terminated_by_runtime':
      return { name: to, code: codeOf(entry) }
    case 'tearing_down':
      return endingOf(run, entry)
    case 'terminated':
      return run.phase.name === 'tearing_down' ? { ...run.phase, name: to } : { name: to, outcome: 'terminated' }
    case 'requested':
    case 'provisioning':
    case 'loading_context':
    case 'executing':
    case 'validating':
      return { name: to }
    default:
      return unreachable(to)
  }
}

function commitOf(entry: IceEntry): Extract<RunPhase, { name: 'committing' }>['commit'] {
  const decided = entry.type === 'RunCommitDecided' ? entry.payload : { changes: { value: [] }, changesCount: 0, releases: [] }
  return {
    decision: entry.seq,
    changes: decided.changes,
    changesCount: decided.changesCount,
    appliedCount: 0,
    releases: decided.releases,
    released: [],
  }
}

function codeOf(entry: IceEntry): string {
  return entry.type === 'AbortStarted' || entry.type === 'RunTerminatedByRuntime' || entry.type === 'ChangesUndone'
    ? entry.payload.code
    : ''
}

function conflictOf(entry: IceEntry): { readonly conflict?: string } {
  return entry.type === 'AbortStarted' && entry.payload.conflict !== undefined ? { conflict: entry.payload.conflict } : {}
}

function endingOf(run: Run, entry: IceEntry): RunPhase {
  if (entry.type === 'RunCommitted') return { name: 'tearing_down', outcome: 'committed' }
  if (entry.type === 'RunMerged') return { name: 'tearing_down', outcome: 'merged' }
  if (run.phase.name === 'aborting') return { ...run.phase, name: 'tearing_down', outcome: 'aborted' }
  return { name: 'tearing_down', outcome: 'terminated', code: run.phase.name === 'terminated_by_runtime' ? run.phase.code : '' }
}
