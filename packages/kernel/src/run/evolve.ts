import { unreachable } from '../log/errors.ts'
import type { EntryId } from '../log/ids.ts'
import type { Grant } from '../authority/grant.ts'
import { joinLabels, publicTrusted } from '../authority/labels.ts'
import type { Label } from '../authority/labels.ts'
import { evolveAction } from './evolve-action.ts'
import { evolveApproval } from './evolve-approval.ts'
import { evolveChild, isChildEntry } from './evolve-child.ts'
import type { ContextItem, RunEvents } from './events.ts'
import { isPhaseEvent, transitionFor } from './phases.ts'
import { sourcesOf } from './revocation.ts'
import type { RunPhase, Run } from './run.ts'
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
  const folded = fold(run, entry)
  // A fold that changed something made a copy, and nobody else has it yet: it is finished in place.
  const next: Writable<Run> = folded === run ? { ...run } : folded
  const phase = nextPhase(run, entry)
  if (phase !== undefined) next.phase = phase
  next.seq = entry.seq
  next.at = entry.at
  return next
}

type Writable<Value> = { -readonly [Member in keyof Value]: Value[Member] }

function fold(run: Run, entry: IceEntry): Run {
  if (isUnfolded(entry)) return run
  if (isChildEntry(entry)) return evolveChild(run, entry)
  switch (entry.type) {
    case 'RunRequested':
      return { ...run, spec: entry.payload, requestedAt: entry.at, label: entry.payload.parent?.label ?? run.label }
    case 'RunProvisioned':
      return { ...run, provision: entry.payload, under: { policy: entry.payload.policy, catalog: entry.payload.catalog } }
    case 'ContextLoaded':
      return { ...run, context: entry.payload.items, label: entry.payload.items.reduce(joinItem, run.label) }
    case 'CapabilityGranted':
      return { ...run, grants: run.grants.with(granted(run, entry)) }
    case 'CapabilityRevoked':
      return { ...run, grants: run.grants.map((grant) => revokeIn(run, grant, entry.payload.grant)) }
    case 'CapabilityExpired':
      return { ...run, grants: run.grants.map((grant) => (grant.id === entry.payload.grant ? { ...grant, revoked: true } : grant)) }
    case 'RunCommitted':
      return { ...run, committed: entry.payload }
    case 'OutputStated':
      return { ...run, output: entry.payload.output }
    case 'ExecutionStarted':
      return { ...run, lastOutcome: entry.seq }
    case 'ValidationPassed':
      return { ...run, validated: entry.seq, recoveries: 0 }
    case 'RunRecovered':
      return { ...run, recoveries: entry.payload.attempt }
    case 'RunQuarantined':
      return { ...run, quarantined: true }
    case 'RunResumed':
      return { ...run, quarantined: false, recoveries: 0, repeats: [], ...renewed(run, entry) }
    case 'AssumptionDeclared':
      return { ...run, assumed: withAssumed(run.assumed, entry.payload) }
    case 'LabelDeclassified':
      return { ...run, label: run.label === entry.payload.from ? entry.payload.to : run.label }
    case 'ApprovalRequested':
    case 'ApprovalGiven':
    case 'ApprovalDenied':
    case 'ApprovalExpired':
      return evolveApproval(run, entry)
    case 'ChangeApplied':
      return { ...run, recoveries: 0, phase: withApplied(run.phase, entry.payload.index) }
    case 'ActionProposed':
    case 'ActionAuthorized':
    case 'ActionRefused':
    case 'ActionDispatched':
    case 'ActionSucceeded':
    case 'ActionFailed':
    case 'ActionUncertain':
    case 'ActionReconciled':
    case 'ActionCompensated':
    case 'ActionInherited':
    case 'ActionWithheld':
      return evolveAction(run, entry)
    default:
      return unreachable(entry)
  }
}

/** An operator who lets a run go on has seen what it rested on, and that it no longer holds. */
function renewed(
  run: Run,
  { seq, origin, payload }: Extract<IceEntry, { type: 'RunResumed' }>,
): Pick<Run, 'under' | 'renewedAt' | 'assumed'> {
  const under = payload.renewed ?? run.under
  return {
    under,
    renewedAt: payload.renewed === undefined ? run.renewedAt : seq,
    assumed: origin === 'operator' ? { files: [], grants: [] } : run.assumed,
  }
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
