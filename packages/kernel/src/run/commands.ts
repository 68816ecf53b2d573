import type { EntryId, RunId, Seq, Digest, SubjectId } from '../log/ids.ts'
import type { Cost } from '../authority/cost.ts'
import type { Label } from '../authority/labels.ts'
import type { Sha256 } from '../log/entry.ts'
import type { Operators } from '../authority/operator.ts'
import type { PolicyEngine } from '../authority/policy-port.ts'
import type { RefusalCode } from '../authority/refusal.ts'
import type { Recorded } from '../action/driver-port.ts'
import type { ActionEvents } from '../action/events.ts'
import type { ApprovalAnswer } from '../authority/approval.ts'
import type { AuthorityEvents } from '../authority/events.ts'
import type { GrantTerms } from '../authority/grant-terms.ts'
import type { LentUse } from '../authority/lending.ts'
import type { PreparedRecord } from '../authority/prepared-record.ts'
import type { Conflict } from '../action/workspace-port.ts'
import type { FileState, ReadBase, StagedChange } from '../action/staged-change.ts'
import type { Check, RunEvents, SuspensionCause } from './events.ts'
import type { Outcome } from './phases.ts'
import type { NewEvent } from './taxonomy.ts'

/** A proposal as far as it could be read. */
export interface ProposedAction {
  readonly key: number
  readonly action: string
  readonly args?: Recorded
  readonly reason?: string
  readonly atOnce?: boolean
  readonly after: number
  readonly performer?: 'host'
  readonly use?: string
  readonly statedAt?: number
}

/** Why a report is of something that the host had no leave for. */
export type UnaskedCode = Extract<RefusalCode, `host.${string}`>

/** What preparation came to. `record` is what enters the log; `request` is the digest over the whole prepared action. */
export type Preparation =
  | { readonly type: 'prepared'; readonly record: PreparedRecord; readonly request: Digest }
  | { readonly type: 'refused'; readonly code: string; readonly detail: string }
  | { readonly type: 'malformed'; readonly code: string; readonly raw: Digest }

export type Settlement =
  | {
      readonly type: 'succeeded'
      readonly result: Recorded
      readonly cost?: Cost
      readonly label?: Label
      readonly changes?: readonly StagedChange[]
      readonly reads?: readonly ReadBase[]
      readonly reported?: boolean
    }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly cost?: Cost; readonly reported?: boolean }
  | { readonly type: 'uncertain'; readonly code: string; readonly message: string }

/** How an agent ended. */
export type StatedEnd =
  | { readonly type: 'completed'; readonly output: Recorded }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly stack?: string }

type Order =
  | ({ readonly type: 'RequestRun' } & RunEvents['RunRequested'])
  | { readonly type: 'StartProvisioning' }
  | ({ readonly type: 'CompleteProvisioning' } & RunEvents['RunProvisioned'])
  | ({ readonly type: 'LoadContext' } & RunEvents['ContextLoaded'])
  | { readonly type: 'ProposeAction'; readonly proposed: ProposedAction; readonly preparation: Preparation }
  | ({ readonly type: 'ReportAction' } & UnaskedReport)
  | { readonly type: 'ImportAction'; readonly proposed: ProposedAction; readonly settlement?: Settlement }
  | { readonly type: 'DispatchAction'; readonly action: Seq }
  | { readonly type: 'SettleAction'; readonly action: Seq; readonly settlement: Settlement }
  | ({ readonly type: 'ReconcileAction' } & ActionEvents['ActionReconciled'])
  | { readonly type: 'RecordStatement'; readonly statement: StatementEvent }
  | { readonly type: 'EndAgent'; readonly end: StatedEnd }
  | { readonly type: 'RecordValidation'; readonly checks: readonly Check[] }
  | { readonly type: 'DecideCommit'; readonly changes: Recorded; readonly changesCount: number; readonly conflicts: readonly Conflict[] }
  | { readonly type: 'RecordApplied'; readonly index: number; readonly path: string }
  | {
      readonly type: 'UndoChanges'
      readonly code: string
      readonly paths: readonly string[]
      readonly conflict?: { readonly path: string; readonly actual: FileState }
    }
  | { readonly type: 'ReleaseAction'; readonly action: Seq }
  | { readonly type: 'WithholdReleases'; readonly code: string }
  | { readonly type: 'CompleteCommit' }
  | { readonly type: 'SpawnChild'; readonly action: Seq; readonly child: RunId }
  | { readonly type: 'MergeRun'; readonly conflict?: string }
  | {
      readonly type: 'EndChild'
      readonly child: RunId
      readonly outcome: Outcome
      readonly code?: string
      readonly conflict?: string
      readonly used: readonly LentUse[]
      readonly left?: number
      readonly spent: Cost
      /** Proposals and authorizations of the child, and of those below it. */
      readonly steps: number
      readonly calls: number
      readonly inherited: readonly Inheritance[]
    }
  | {
      readonly type: 'SuspendRun'
      readonly cause: SuspensionCause
      readonly code: string
      readonly detail?: string
      readonly origin: 'runtime' | 'operator'
    }
  | { readonly type: 'ResumeRun'; readonly by: string; readonly origin: 'runtime' | 'operator' }
  | {
      readonly type: 'AbortRun'
      readonly code: string
      readonly detail?: string
      readonly by: string
      readonly conflict?: string
      readonly origin: 'runtime' | 'operator'
    }
  | { readonly type: 'CompleteAbort' }
  | { readonly type: 'TerminateRun'; readonly code: string; readonly detail?: string }
  | { readonly type: 'StartTeardown' }
  | { readonly type: 'TearDown' }
  | { readonly type: 'RecoverRun' }
  | { readonly type: 'RevokeGrant'; readonly grant: EntryId; readonly reason: string }
  | { readonly type: 'GrantCapability'; readonly terms: GrantTerms; readonly by: SubjectId }
  | ({ readonly type: 'AnswerApproval'; readonly answer: ApprovalAnswer } & SignedAnswer)
  | { readonly type: 'SettleApproval'; readonly action: Seq }
  | { readonly type: 'ExpireApproval'; readonly action: Seq }
  | ({ readonly type: 'Declassify' } & AuthorityEvents['LabelDeclassified'])

/** What a host did without leave, and what it says came of it. */
export interface UnaskedReport {
  readonly proposed: ProposedAction
  readonly preparation: Preparation
  readonly code: UnaskedCode
  readonly detail: string
  readonly settlement: Settlement
}

/** A deferred effect of a child, as its parent takes it over. */
export type Inheritance = Omit<ActionEvents['ActionInherited'], 'child'>

/** An answer as it arrives: who gave it is proved by the signature over `approvalStatement`. */
export type SignedAnswer = AuthorityEvents['ApprovalDenied']

/** What an inferential worker may say beside proposals and its end. */
export type StatementEvent = NewEvent<
  'InferenceCompleted' | 'InferenceRequested' | 'PlanStated' | 'AssumptionDeclared' | 'UncertaintyDeclared'
>

/** An order to one run. `at` is the shell's time, never smaller than the run's last entry. */
export type RunCommand = Order & { readonly at: number }

/** Proofs the platform hands in: digests and signatures, both pure. */
export interface Proofs {
  readonly sha256: Sha256
  /** Ed25519: key and signature in base64url. False for what cannot be read. */
  verifies(signed: { readonly publicKey: string; readonly text: string; readonly signature: string }): boolean
}

/** What other streams, and the world, say at the time of a decision. */
export interface AuthorityView {
  readonly policy: PolicyEngine
  /** Digest of the actions the run can be given now; undefined where nothing is performed. */
  readonly catalog: Digest | undefined
  readonly operators: Operators
  readonly proofs: Proofs
  /** Lockdown for everything, or for the run's agent. */
  readonly lockdown: boolean
  /** Grants revoked from outside the run's stream. */
  readonly revoked: ReadonlySet<EntryId>
}

/** Why an order of an operator or the runtime was not taken. An agent's proposals are never rejected, they are refused on record. */
export const rejectionCodes = [
  'action.not_dispatchable',
  'action.not_dispatched',
  'action.not_host',
  'action.not_open',
  'action.not_staged',
  'action.not_uncertain',
  'action.unattributed',
  'approval.altered',
  'approval.edit_alone',
  'approval.edit_same',
  'approval.edit_timing',
  'approval.flood',
  'approval.not_found',
  'approval.not_operator',
  'approval.not_role',
  'approval.signature',
  'approval.waiting',
  'child.not_live',
  'child.not_spawnable',
  'grant.malformed',
  'grant.not_found',
  'label.mismatch',
  'limit.deferred_actions',
  'release.out_of_order',
  'run.phase',
  'run.actions_open',
  'run.child',
  'run.children_live',
  'run.not_quarantined',
  'run.reloading',
  'statement.origin',
] as const
export type RejectionCode = (typeof rejectionCodes)[number]

export type Decision =
  | { readonly ok: true; readonly events: readonly NewEvent[] }
  | { readonly ok: false; readonly code: RejectionCode; readonly detail: string }

export function accepted(...events: readonly NewEvent[]): Decision {
  return { ok: true, events }
}

export function rejected(code: RejectionCode, detail: string): Decision {
  return { ok: false, code, detail }
}
