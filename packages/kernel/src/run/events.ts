import { z } from 'zod/mini'
import { strictObject } from '../log/strict-object.ts'
import type { EncryptedField } from '../log/entry.ts'
import type { EventDefinition, EventTable } from '../log/event-definition.ts'
import type { Digest, EntryId, RunId, Seq } from '../log/ids.ts'
import type { AgentIdentity } from '../authority/agent-identity.ts'
import type { Cost } from '../authority/cost.ts'
import type { GrantTerms } from '../authority/grant-terms.ts'
import type { LentUse } from '../authority/lending.ts'
import type { Label } from '../authority/labels.ts'
import type { Principal } from '../authority/principal.ts'
import * as shape from '../authority/shapes.ts'
import { maxDepth, maxLentGrants } from '../authority/spawn-terms.ts'
import type { Recorded } from '../action/driver-port.ts'
import type { Outcome } from './phases.ts'

/** What one run may use at most. Every run has steps, time and cost. */
export interface Ceilings {
  /** Proposals, refused ones included. */
  readonly steps: number
  /** Actions authorized; absent: as many as there are steps. */
  readonly calls?: number
  /** From request to the commit point; time suspended counts. */
  readonly wallMs: number
  /** A dimension that is absent is not bounded. */
  readonly cost: Cost
}

/** What holds for a run beside its own record: the adopted policy, and the actions there are. */
export interface Renewal {
  readonly policy: Digest
  readonly catalog: Digest
}

/** Where a child run comes from, and with what. */
export interface Parentage {
  readonly run: RunId
  /** The `agent.spawn` in that run. */
  readonly action: Seq
  /** Names of the agents above it, the root's first. */
  readonly agents: readonly string[]
  /** What the run above had seen by then: the child begins with it. */
  readonly label: Label
  /** For each of the child's grants those it comes from, the nearest first. */
  readonly lineage: readonly (readonly EntryId[])[]
}

/** One validator's word on the staged whole. */
export interface Check {
  readonly name: string
  readonly passed: boolean
  readonly detail?: string
}

export interface ContextItem {
  readonly name: string
  readonly digest: Digest
  readonly sizeBytes: number
  readonly label?: Label
}

/** `parent`: the run above it is suspended. */
export const suspensionCauses = [
  'operator',
  'approval',
  'reconciliation',
  'assumption',
  'repetition',
  'lockdown',
  'shutdown',
  'parent',
] as const
export type SuspensionCause = (typeof suspensionCauses)[number]

export interface RunEvents {
  readonly RunRequested: {
    readonly principal: Principal
    readonly agent: AgentIdentity
    readonly input: Recorded
    /** Identity of the directory it may commit to. */
    readonly workspace?: string
    /** Where it was found, for who goes on with the run: a path often names a person. */
    readonly workspacePath?: EncryptedField
    readonly grants: readonly GrantTerms[]
    readonly ceilings: Ceilings
    /** Names of the validators that will judge it, in order. */
    readonly validators: readonly string[]
    /** Seeds the agent's randomness. */
    readonly seed: string
    /** A host that only asks: it is told what it may do and does what it likes. Set by an operator. */
    readonly observe?: boolean
    /** Its actions are read from what a host kept: nothing of it was decided here, and nothing of it is. */
    readonly imported?: true
    /** The run whose action this one is. Principal, workspace and validators are those of that run. */
    readonly parent?: Parentage
    readonly continues?: RunId
  }
  readonly ProvisioningStarted: Nothing
  readonly RunProvisioned: {
    readonly policy: Digest
    readonly catalog: Digest
    readonly runtime: string
    readonly isolation: readonly { readonly primitive: string; readonly available: boolean }[]
  }
  readonly ContextLoaded: { readonly items: readonly ContextItem[] }
  readonly ExecutionStarted: Nothing
  readonly RunSuspended: { readonly cause: SuspensionCause; readonly code: string; readonly detail?: string }
  /** `renewed`: what the run goes on under, where that is no longer what it was provisioned with. An operator alone renews. */
  readonly RunResumed: { readonly by: string; readonly renewed?: Renewal }
  readonly ValidationStarted: Nothing
  readonly ValidationPassed: { readonly checks: readonly Check[] }
  readonly ValidationFailed: { readonly checks: readonly Check[] }
  /** The commit point: from here the run only goes forward. */
  readonly RunCommitDecided: {
    /** Paths in the order they are applied. */
    readonly changes: Recorded
    readonly changesCount: number
    /** Deferred actions in the order they are released. */
    readonly releases: readonly Seq[]
    readonly memories: readonly Seq[]
  }
  readonly RunCommitted: { readonly releases: 'none' | 'complete' | 'incomplete'; readonly unsent: readonly Seq[] }
  /** `conflict`: the path that was changed above a child since the child was given it. */
  readonly AbortStarted: { readonly code: string; readonly detail?: string; readonly by: string; readonly conflict?: string }
  /** What left before the abort and cannot be taken back by it: the first actions by `seq`, and how many there were. */
  readonly RunAborted: { readonly left: readonly Seq[]; readonly leftCount: number }
  readonly RunTerminatedByRuntime: { readonly code: string; readonly detail?: string }
  readonly TeardownStarted: Nothing
  readonly RunTornDown: {
    readonly outcome: Outcome
    readonly code?: string
    readonly steps: number
    readonly refused: number
    readonly cost: Cost
  }
  /** A runtime found the run unfinished at its start. `attempt` counts since the run last got further. */
  readonly RunRecovered: { readonly attempt: number }
  /** The run keeps killing its runtime past the commit point: nobody touches it until an operator resumes it. */
  readonly RunQuarantined: { readonly code: string; readonly attempts: number }
  readonly ChildSpawned: { readonly action: Seq; readonly child: RunId; readonly ceilings: Ceilings }
  /** `used`: what became of each grant it was lent, in that order. `left`: actions of it that left the runtime, if any did. */
  readonly ChildEnded: {
    readonly child: RunId
    readonly outcome: Outcome
    readonly code?: string
    readonly conflict?: string
    readonly used: readonly LentUse[]
    readonly left?: number
  }
  /** In a child's stream: what it hands to its parent instead of committing. */
  readonly RunMerged: {
    readonly into: RunId
    readonly changesCount: number
    readonly releases: readonly Seq[]
    readonly memories: readonly Seq[]
  }
  readonly OutputStated: { readonly output: Recorded }
  readonly AgentFailed: { readonly code: string; readonly message: string; readonly stack?: string }
  readonly InferenceRequested: { readonly model: string; readonly context: Digest }
  readonly InferenceCompleted: {
    readonly action?: Seq
    readonly verdict: string
    /** Which reply of the conversation, from 1. */
    readonly turn?: number
    readonly code?: string
    readonly detail?: string
    readonly raw?: Digest
  }
  readonly PlanStated: { readonly text: string }
  /** `files` the run has read must stay as they were, and `grants` stay live, or the run is suspended before its next effect. */
  readonly AssumptionDeclared: {
    readonly text: string
    readonly about?: EntryId
    readonly files?: readonly string[]
    readonly grants?: readonly Seq[]
  }
  readonly UncertaintyDeclared: { readonly text: string; readonly about?: EntryId }
}

type Nothing = Readonly<Record<never, never>>

/** Grants one statement can rest on: a run has few. */
const maxAssumedGrants = 64

const nothing = strictObject({})
const outcome = z.enum(['committed', 'aborted', 'terminated', 'merged'])
const checks = z.array(strictObject({ name: shape.shortText, passed: z.boolean(), detail: z.exactOptional(shape.longText) }))
const declared = strictObject({ text: shape.longText, about: z.exactOptional(shape.entryIdShape) })
const seqs = z.array(shape.seq)
const ceilings = strictObject({
  steps: shape.amount,
  calls: z.exactOptional(shape.amount),
  wallMs: shape.amount,
  cost: shape.cost,
})
const parentage = strictObject({
  run: shape.runId,
  action: shape.seq,
  agents: z.array(shape.shortText).check(z.maxLength(maxDepth)),
  label: shape.label,
  lineage: z.array(z.array(shape.entryIdShape).check(z.minLength(1), z.maxLength(maxDepth))).check(z.maxLength(maxLentGrants)),
})

export const runEvents: EventTable<RunEvents> = {
  RunRequested: runtimeEvent(
    strictObject({
      principal: shape.principal,
      agent: shape.agentIdentity,
      input: shape.recorded,
      workspace: z.exactOptional(shape.longText),
      workspacePath: z.exactOptional(shape.encryptedField),
      grants: z.array(shape.grantTerms),
      ceilings,
      validators: shape.names,
      seed: shape.shortText,
      observe: z.exactOptional(z.boolean()),
      imported: z.exactOptional(z.literal(true)),
      parent: z.exactOptional(parentage),
      continues: z.exactOptional(shape.runId),
    }),
  ),
  ProvisioningStarted: runtimeEvent(nothing),
  RunProvisioned: runtimeEvent(
    strictObject({
      policy: shape.digest,
      catalog: shape.digest,
      runtime: shape.shortText,
      isolation: z.array(strictObject({ primitive: shape.shortText, available: z.boolean() })),
    }),
  ),
  ContextLoaded: runtimeEvent(
    strictObject({
      items: z.array(
        strictObject({ name: shape.longText, digest: shape.digest, sizeBytes: shape.amount, label: z.exactOptional(shape.label) }),
      ),
    }),
  ),
  ExecutionStarted: runtimeEvent(nothing),
  RunSuspended: requestable(
    strictObject({
      cause: z.enum(suspensionCauses),
      code: shape.shortText,
      detail: z.exactOptional(shape.longText),
    }),
  ),
  RunResumed: requestable(
    strictObject({
      by: shape.shortText,
      renewed: z.exactOptional(strictObject({ policy: shape.digest, catalog: shape.digest })),
    }),
  ),
  ValidationStarted: runtimeEvent(nothing),
  ValidationPassed: runtimeEvent(strictObject({ checks })),
  ValidationFailed: runtimeEvent(strictObject({ checks })),
  RunCommitDecided: runtimeEvent(strictObject({ changes: shape.recorded, changesCount: shape.count, releases: seqs, memories: seqs })),
  RunCommitted: runtimeEvent(strictObject({ releases: z.enum(['none', 'complete', 'incomplete']), unsent: seqs })),
  AbortStarted: requestable(
    strictObject({
      code: shape.shortText,
      detail: z.exactOptional(shape.longText),
      by: shape.shortText,
      conflict: z.exactOptional(shape.longText),
    }),
  ),
  RunAborted: runtimeEvent(strictObject({ left: seqs, leftCount: shape.count })),
  RunTerminatedByRuntime: runtimeEvent(strictObject({ code: shape.shortText, detail: z.exactOptional(shape.longText) })),
  TeardownStarted: runtimeEvent(nothing),
  RunTornDown: runtimeEvent(
    strictObject({
      outcome,
      code: z.exactOptional(shape.shortText),
      steps: shape.count,
      refused: shape.count,
      cost: shape.cost,
    }),
  ),
  RunRecovered: runtimeEvent(strictObject({ attempt: shape.seq })),
  RunQuarantined: runtimeEvent(strictObject({ code: shape.shortText, attempts: shape.seq })),
  ChildSpawned: runtimeEvent(strictObject({ action: shape.seq, child: shape.runId, ceilings })),
  ChildEnded: runtimeEvent(
    strictObject({
      child: shape.runId,
      outcome,
      code: z.exactOptional(shape.shortText),
      conflict: z.exactOptional(shape.longText),
      used: z.array(strictObject({ count: shape.count, cost: shape.cost })).check(z.maxLength(maxLentGrants)),
      left: z.exactOptional(shape.seq),
    }),
  ),
  RunMerged: runtimeEvent(strictObject({ into: shape.runId, changesCount: shape.count, releases: seqs, memories: seqs })),
  OutputStated: statement(strictObject({ output: shape.recorded })),
  AgentFailed: statement(strictObject({ code: shape.shortText, message: shape.longText, stack: z.exactOptional(shape.longText) })),
  InferenceRequested: statement(strictObject({ model: shape.shortText, context: shape.digest })),
  InferenceCompleted: statement(
    strictObject({
      action: z.exactOptional(shape.seq),
      verdict: shape.shortText,
      turn: z.exactOptional(shape.seq),
      code: z.exactOptional(shape.shortText),
      detail: z.exactOptional(shape.longText),
      raw: z.exactOptional(shape.digest),
    }),
  ),
  PlanStated: statement(strictObject({ text: shape.longText })),
  AssumptionDeclared: statement(
    strictObject({
      text: shape.longText,
      about: z.exactOptional(shape.entryIdShape),
      files: z.exactOptional(shape.names),
      grants: z.exactOptional(z.array(shape.seq).check(z.maxLength(maxAssumedGrants))),
    }),
  ),
  UncertaintyDeclared: statement(declared),
}

function runtimeEvent<Payload>(payload: EventDefinition<Payload>['payload']): EventDefinition<Payload> {
  return { category: 'runtime', v: 1, origins: ['runtime'], payload }
}

/** The runtime decides it, on its own account or because an operator asked. */
function requestable<Payload>(payload: EventDefinition<Payload>['payload']): EventDefinition<Payload> {
  return { category: 'runtime', v: 1, origins: ['runtime', 'operator'], payload }
}

/** Said by an inferential worker through its host: recorded, authorizes nothing. */
function statement<Payload>(payload: EventDefinition<Payload>['payload']): EventDefinition<Payload> {
  return { category: 'cognitive', v: 1, origins: ['agent', 'host', 'import'], payload }
}
