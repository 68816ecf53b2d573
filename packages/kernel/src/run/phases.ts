/** Where a run is. Forward only, except `suspended`, which returns to where it came from. */
export const phases = [
  'requested',
  'provisioning',
  'loading_context',
  'executing',
  'suspended',
  'validating',
  'committing',
  'aborting',
  'terminated_by_runtime',
  'tearing_down',
  'terminated',
] as const
export type Phase = (typeof phases)[number]

export type Outcome = 'committed' | 'aborted' | 'terminated' | 'merged'

export interface Transition {
  readonly from: Phase | 'none'
  readonly event: PhaseEvent
  /** `origin` is the phase that was suspended. */
  readonly to: Phase | 'origin'
  /** What the transition may have to wait for; absent: it happens as soon as the runtime gets to it. */
  readonly waits?: 'person' | 'person_or_probe'
}

/** The events that move a run. Every other event leaves its phase as it is. */
export const phaseEvents = [
  'RunRequested',
  'ProvisioningStarted',
  'RunProvisioned',
  'ExecutionStarted',
  'RunSuspended',
  'RunResumed',
  'ValidationStarted',
  'RunCommitDecided',
  'RunCommitted',
  'RunMerged',
  'ChangesUndone',
  'AbortStarted',
  'RunAborted',
  'RunTerminatedByRuntime',
  'TeardownStarted',
  'RunTornDown',
] as const
export type PhaseEvent = (typeof phaseEvents)[number]

/** The phases in which a run can still be undone: all before the commit point. */
export const undoablePhases: readonly Phase[] = ['requested', 'provisioning', 'loading_context', 'executing', 'suspended', 'validating']

/** Every way a run may move. What is not here does not happen. */
export const transitions: readonly Transition[] = [
  { from: 'none', event: 'RunRequested', to: 'requested' },
  { from: 'requested', event: 'ProvisioningStarted', to: 'provisioning' },
  { from: 'provisioning', event: 'RunProvisioned', to: 'loading_context' },
  { from: 'loading_context', event: 'ExecutionStarted', to: 'executing' },
  { from: 'executing', event: 'RunSuspended', to: 'suspended' },
  { from: 'validating', event: 'RunSuspended', to: 'suspended' },
  { from: 'suspended', event: 'RunResumed', to: 'origin', waits: 'person_or_probe' },
  { from: 'executing', event: 'ValidationStarted', to: 'validating' },
  { from: 'validating', event: 'RunCommitDecided', to: 'committing', waits: 'person' },
  { from: 'validating', event: 'RunMerged', to: 'tearing_down' },
  { from: 'committing', event: 'RunCommitted', to: 'tearing_down' },
  { from: 'committing', event: 'ChangesUndone', to: 'aborting' },
  ...undoablePhases.map((from): Transition => ({ from, event: 'AbortStarted', to: 'aborting' })),
  { from: 'aborting', event: 'RunAborted', to: 'tearing_down' },
  ...undoablePhases.map((from): Transition => ({ from, event: 'RunTerminatedByRuntime', to: 'terminated_by_runtime' })),
  { from: 'aborting', event: 'RunTerminatedByRuntime', to: 'terminated_by_runtime' },
  { from: 'terminated_by_runtime', event: 'TeardownStarted', to: 'tearing_down' },
  { from: 'tearing_down', event: 'RunTornDown', to: 'terminated' },
]

/** By event and then by phase: it is asked several times an entry, and most events move nothing. */
const byEvent: ReadonlyMap<string, ReadonlyMap<string, Transition>> = new Map(
  phaseEvents.map((event) => [
    event,
    new Map(transitions.filter((transition) => transition.event === event).map((transition) => [transition.from, transition])),
  ]),
)
const moving: ReadonlySet<string> = new Set(phaseEvents)

/** The transition an event takes from a phase; undefined when there is none. */
export function transitionFor(from: Phase | 'none', event: PhaseEvent): Transition | undefined {
  return byEvent.get(event)?.get(from)
}

export function isPhaseEvent(type: string): type is PhaseEvent {
  return moving.has(type)
}
