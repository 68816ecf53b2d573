import type { Digest, EntryId, RunId, Seq } from '../log/ids.ts'
import { entryId } from '../log/ids.ts'
import { emptyMap } from '../log/persistent-map.ts'
import type { PersistentMap } from '../log/persistent-map.ts'
import type { Cost } from '../authority/cost.ts'
import type { Agreement } from '../authority/approval.ts'
import type { GrantUse } from '../authority/grant.ts'
import type { GrantTerms } from '../authority/grant-terms.ts'
import { noGrants } from '../authority/grants.ts'
import type { Grants } from '../authority/grants.ts'
import type { Label } from '../authority/labels.ts'
import { publicTrusted } from '../authority/labels.ts'
import type { Recorded } from '../action/driver-port.ts'
import type { Obligation } from '../authority/policy-port.ts'
import type { PreparedRecord } from '../authority/prepared-record.ts'
import type { Manifest, ReadBase } from '../action/staged-change.ts'
import type { Ceilings, Renewal, RunEvents } from './events.ts'
import type { Outcome, Phase } from './phases.ts'
import type { Repeat } from './repetition.ts'

/** An action between its proposal and its end. What has ended is in the log only. */
export interface OpenAction {
  readonly action: Seq
  readonly name: string
  readonly key: number
  readonly args: Recorded
  readonly at: number
  readonly atOnce: boolean
  readonly reason: string | undefined
  /** `host`: a foreign program acts after asking, so nothing of it can wait here. */
  readonly performer: 'runtime' | 'host'
  /** A host's own name for it. */
  readonly use: string | undefined
  /** The proposal of a child that this run inherited the action of. */
  readonly from?: EntryId
  readonly stage: ActionStage
}

export type ActionStage =
  | { readonly name: 'proposed' }
  /** Waits for people. */
  | { readonly name: 'asked'; readonly asked: AskedAction }
  /** Refused, and the host may do it all the same. */
  | { readonly name: 'observed' }
  /** Read from what a host kept: no verdict, and an outcome if there was one. */
  | { readonly name: 'imported' }
  | { readonly name: 'authorized'; readonly decided: Decided }
  | { readonly name: 'deferred'; readonly decided: Decided }
  | { readonly name: 'dispatched'; readonly decided: Decided; readonly attempt: number }
  | { readonly name: 'uncertain'; readonly decided: Decided }

/** A run that this one has started and that has not ended. */
export interface Child {
  /** The `agent.spawn` it is. */
  readonly action: Seq
  readonly ceilings: Ceilings
  /** The grants it was lent, in the order of its own. */
  readonly lent: readonly { readonly grant: Seq; readonly terms: GrantTerms }[]
}

/** What people are asked, and what they have said. */
export interface AskedAction {
  readonly approval: Seq
  readonly binds: Digest
  readonly request: Digest
  readonly grant: Seq
  readonly prepared: PreparedRecord
  readonly obligations: readonly Obligation[]
  readonly rules: readonly string[]
  readonly deferred: boolean
  readonly expires: number
  /** The first word of each person who agreed in time, in the order given. */
  readonly agreed: readonly Agreement[]
  /** One person said no in time. */
  readonly denied: boolean
}

/** A request of this run, also one that has its verdict: an answer that comes late is recorded and changes nothing. */
export interface Approval {
  readonly action: Seq
  readonly binds: Digest
  readonly answers: number
}

/** An answer that holds for the run: what asks for no more is not asked again. */
export interface Allowance {
  readonly approval: Seq
  readonly action: string
  readonly atOnce: boolean
  /** The policy it was given under: rules of another one are others, also under the same names. */
  readonly policy: Digest | undefined
  readonly prepared: PreparedRecord
  readonly rules: readonly string[]
  readonly obligations: readonly Obligation[]
}

/** What the verdict fixed. */
export interface Decided {
  /** `seq` of the `ActionAuthorized`. */
  readonly verdict: Seq
  readonly request: Digest
  readonly grant: Seq
  readonly prepared: PreparedRecord
  readonly reserved: Cost
  readonly approved?: Approved
}

/** The people's part of a verdict: what they were asked for, and answered. */
export interface Approved {
  readonly approval: Seq
  readonly obligations: readonly Obligation[]
}

/** The phase with what exists only in it. */
export type RunPhase =
  | { readonly name: 'none' }
  | { readonly name: Exclude<Phase, 'suspended' | 'committing' | 'aborting' | 'terminated_by_runtime' | 'tearing_down' | 'terminated'> }
  | {
      readonly name: 'suspended'
      readonly from: 'executing' | 'validating'
      readonly cause: RunEvents['RunSuspended']['cause']
      readonly code: string
    }
  | { readonly name: 'committing'; readonly commit: Commit }
  | { readonly name: 'aborting'; readonly code: string; readonly conflict?: string }
  | { readonly name: 'terminated_by_runtime'; readonly code: string }
  | { readonly name: 'tearing_down'; readonly outcome: Outcome; readonly code?: string; readonly conflict?: string }
  | { readonly name: 'terminated'; readonly outcome: Outcome; readonly code?: string; readonly conflict?: string }

/** How far a decided commit has come. */
export interface Commit {
  readonly decision: Seq
  readonly changes: Recorded
  readonly changesCount: number
  readonly appliedCount: number
  readonly releases: readonly Seq[]
  /** Releases that have their outcome or were withheld, in order. `sent`: it may have reached the outside. */
  readonly released: readonly { readonly action: Seq; readonly succeeded: boolean; readonly sent: boolean }[]
}

/** Everything decisions about a run depend on: the fold of its stream. A projection; the log is the truth. */
export interface Run {
  readonly id: RunId
  /** `seq` and `at` of the last entry folded. */
  readonly seq: Seq
  readonly at: number
  readonly phase: RunPhase
  readonly spec: RunEvents['RunRequested'] | undefined
  readonly requestedAt: number
  readonly provision: RunEvents['RunProvisioned'] | undefined
  /** The policy and the actions it goes on under: as provisioned, until an operator renews them. */
  readonly under: Renewal | undefined
  /** `seq` of the last renewal: what was authorized before it is asked about again before it is sent. */
  readonly renewedAt: Seq
  /** What the agent said it rests on. */
  readonly assumed: { readonly files: readonly string[]; readonly grants: readonly Seq[] }
  /** What was asked and answered lately, to notice a run that goes in circles. */
  readonly repeats: readonly Repeat[]
  /** What the agent was given, by digest. */
  readonly context: RunEvents['ContextLoaded']['items']
  readonly grants: Grants
  /** By the grant's id; a grant that was never used is not there. */
  readonly grantUses: PersistentMap<GrantUse>
  /** Proposals so far. */
  readonly steps: number
  /** Proposals that were lent to living children, or made by ended ones. */
  readonly childSteps: number
  /** Authorizations, in the same way. */
  readonly childCalls: number
  /** By run id. */
  readonly children: PersistentMap<Child>
  readonly refused: number
  /** Actions authorized so far. */
  readonly calls: number
  readonly malformed: number
  /** Outcomes that have ended, in log order: what has been or will be delivered. */
  readonly ended: number
  readonly open: PersistentMap<OpenAction>
  /** Actions that wait for people, in the order they were asked about. */
  readonly waiting: readonly Seq[]
  /** Deferred effects that were not allowed in the end, although their agent was told that they would wait. */
  readonly denied: readonly Seq[]
  /** By the `seq` of the request. */
  readonly approvals: PersistentMap<Approval>
  readonly allowances: readonly Allowance[]
  /** Deferred actions in the order they were authorized. */
  readonly deferred: readonly Seq[]
  readonly staged: Manifest
  readonly reads: PersistentMap<ReadBase>
  readonly spent: Cost
  readonly reserved: Cost
  /** Join of the labels of every result the agent was given. */
  readonly label: Label
  readonly output: Recorded | undefined
  /** What its releases came to, once it is committed. */
  readonly committed: RunEvents['RunCommitted'] | undefined
  /** `seq` of the `ValidationPassed` that covers all proposals, 0 when there is none. */
  readonly validated: Seq
  /** At-once effects, inferences and reads that left the runtime: a map, because there may be as many as steps. */
  readonly left: PersistentMap<Seq>
  /** `seq` of the last outcome entry, for the causes of what the agent proposes next. */
  readonly lastOutcome: Seq
  /** Recoveries since the run last got further. */
  readonly recoveries: number
  readonly quarantined: boolean
}

/** A copy of a run that a fold is about to return, and that is its own until then. */
export type RunDraft = { -readonly [Member in keyof Run]: Run[Member] }

export function initialRun(id: RunId): Run {
  return {
    id,
    seq: 0,
    at: 0,
    phase: { name: 'none' },
    spec: undefined,
    requestedAt: 0,
    provision: undefined,
    under: undefined,
    renewedAt: 0,
    assumed: { files: [], grants: [] },
    repeats: [],
    context: [],
    grants: noGrants,
    grantUses: emptyMap(),
    steps: 0,
    childSteps: 0,
    childCalls: 0,
    children: emptyMap(),
    refused: 0,
    calls: 0,
    malformed: 0,
    ended: 0,
    open: emptyMap(),
    waiting: [],
    denied: [],
    approvals: emptyMap(),
    allowances: [],
    deferred: [],
    staged: emptyMap(),
    reads: emptyMap(),
    spent: {},
    reserved: {},
    label: publicTrusted,
    output: undefined,
    committed: undefined,
    validated: 0,
    left: emptyMap(),
    lastOutcome: 0,
    recoveries: 0,
    quarantined: false,
  }
}

export function openAction(run: Run, action: Seq): OpenAction | undefined {
  return run.open.get(String(action))
}

/** Deferred effects that people are still asked about: their agent was told that they wait, and waits for nothing itself. */
export function deferredAsks(run: Run): readonly Seq[] {
  return run.waiting.filter((action) => {
    const stage = openAction(run, action)?.stage
    return stage?.name === 'asked' && stage.asked.deferred
  })
}

export function isTerminated(run: Run): boolean {
  return run.phase.name === 'terminated'
}

/** What everything sent for an action is known by outside: the place of its proposal, also once another run has inherited it. */
export function actionKey(run: Pick<Run, 'id'>, { action, from }: Pick<OpenAction, 'action' | 'from'>): EntryId {
  return from ?? entryId(run.id, action)
}

/** True while a child is at work that an action of this run has started. */
export function hasChild(run: Pick<Run, 'children'>, action: Seq): boolean {
  return run.children.size > 0 && run.children.entries().some(([, child]) => child.action === action)
}
