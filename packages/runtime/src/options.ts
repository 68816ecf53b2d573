import type {
  AgentChannel,
  ActionCatalog,
  AgentHost,
  AgentIdentity,
  BlobReader,
  Check,
  Json,
  Manifest,
  Proofs,
  RunId,
  Secrets,
  Sha256,
  Store,
  Workspace,
} from '@ice-runtime/kernel'
import type { PolicyInForce } from './standing.ts'

/** Real time, or a test's. */
export interface Clock {
  /** Milliseconds since the epoch. May jump; what is recorded never goes back. */
  now(): number
}

export interface Timers {
  /** Calls once after `delayMs` unless disposed. Must not keep the process alive on its own. */
  after(delayMs: number, callback: () => void): Disposable
}

/** Fresh names. Unique, unpredictable for `seed`. */
export interface Ids {
  runId(): RunId
  seed(): string
}

/** What a run can touch: the actions there are, and the directory it commits to. */
export interface World {
  readonly catalog: ActionCatalog
  readonly workspace: Workspace | undefined
}

export interface ValidationContext {
  readonly runId: RunId
  readonly staged: Manifest
  readonly output: Json
  readonly outputSchema: Json | undefined
  readonly blobs: BlobReader
  readonly signal: AbortSignal
}

/** Judges the staged whole before a commit. A throw is a failed check. */
export interface Validator {
  readonly name: string
  check(context: ValidationContext): Promise<Omit<Check, 'name'>> | Omit<Check, 'name'>
}

export interface Limits {
  /** Runs at work at once; more wait in phase `requested`. */
  readonly activeRuns: number
  /** Runs that may wait; beyond it `start` refuses with `runtime.overloaded`, so that the caller slows down. */
  readonly waitingRuns: number
  /** Proposals of one run waiting for their decision, so that a flood ends that run and no other. */
  readonly queuedProposals: number
  /** Entries of one run held back for its next request to the log, when nobody waits for them; 1 hands over each decision by itself. */
  readonly heldEntries: number
  /** How long a driver that ignores its aborted signal is waited for. */
  readonly graceMs: number
}

export const defaultLimits: Limits = { activeRuns: 1024, waitingRuns: 10_000, queuedProposals: 4096, heldEntries: 256, graceMs: 1000 }

/** Hears what agents log, for display only. */
export type OnAgentLog = (run: RunId, level: Parameters<AgentChannel['log']>[0], text: string) => void

/** Everything the shell needs of the outside. Nothing else is reached. */
export interface RuntimeOptions {
  readonly store: Store
  readonly sha256: Sha256
  /** Proves that an operator said something. */
  readonly verifies: Proofs['verifies']
  readonly clock: Clock
  readonly timers: Timers
  readonly ids: Ids
  /** Asked at the start and whenever a policy is adopted. */
  readonly policy: PolicyInForce
  /** The agent that a record names, to go on with its run; undefined when this process does not have it. */
  agent(identity: AgentIdentity): AgentHost | undefined
  /** What the runs of a workspace can touch; undefined for a workspace this process does not serve. */
  world(workspace: string | undefined): World | undefined
  readonly validators: readonly Validator[]
  readonly isolation: readonly { readonly primitive: string; readonly available: boolean }[]
  /** What effects may use and nobody is told; none when absent. */
  readonly secrets?: Secrets
  /** Name and version of the embedding, for the record. */
  readonly runtimeName: string
  readonly limits?: Partial<Limits>
}
