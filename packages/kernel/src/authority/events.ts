import { z } from 'zod/mini'
import { strictObject } from '../log/strict-object.ts'
import type { EncryptedField } from '../log/entry.ts'
import type { EventTable } from '../log/event-definition.ts'
import type { Digest, EntryId, RunId, Seq, SubjectId } from '../log/ids.ts'
import type { Cost } from './cost.ts'
import type { GrantTerms } from './grant-terms.ts'
import type { Label } from './labels.ts'
import type { Obligation } from './policy-port.ts'
import { preparedRecord } from './prepared-record.ts'
import type { PreparedRecord } from './prepared-record.ts'
import * as shape from './shapes.ts'

/** Authority as it comes into being, is handed on, answered for and taken away. */
export interface AuthorityEvents {
  readonly CapabilityGranted: { readonly holder: string; readonly terms: GrantTerms; readonly by: string; readonly parent?: EntryId }
  /** In the parent's stream: what a child run was handed. */
  readonly CapabilityDelegated: { readonly grant: Seq; readonly child: RunId; readonly terms: GrantTerms }
  readonly CapabilityRevoked: { readonly grant: EntryId; readonly reason: string }
  readonly CapabilityExpired: { readonly grant: Seq }
  /** The pipeline stopped at a person; `binds` is the digest of everything the answer is valid for (see `approvalBinds`). */
  readonly ApprovalRequested: {
    readonly action: Seq
    readonly request: Digest
    readonly binds: Digest
    readonly grant: Seq
    readonly obligations: readonly Obligation[]
    readonly rules: readonly string[]
    readonly prepared: PreparedRecord
    /** It would wait for the commit, so its agent is told so now and goes on. */
    readonly deferred?: boolean
    readonly expires: number
  }
  /** `run`: further actions of this run that ask no more than this one need no other answer. `edited`: done instead of what was asked. */
  readonly ApprovalGiven: ApprovalAnswer & { readonly scope: 'once' | 'run'; readonly edited?: EditedRequest }
  readonly ApprovalDenied: ApprovalAnswer
  readonly ApprovalExpired: { readonly approval: Seq }
  /** What of this run's ceilings only the child can use from now on: what it may spend and how many proposals it may make. */
  readonly BudgetEscrowed: { readonly child: RunId; readonly cost: Cost; readonly steps: number; readonly calls?: number }
  /** The child has ended: `cost` is this run's again, the rest is what it and those below it spent, proposed, and were allowed. */
  readonly BudgetReturned: {
    readonly child: RunId
    readonly cost: Cost
    readonly spent: Cost
    readonly steps: number
    readonly calls: number
  }
  readonly LabelDeclassified: {
    readonly entry: EntryId
    readonly from: Label
    readonly to: Label
    readonly reason: string
    readonly by: SubjectId
  }
  /** `policy` is the digest of the adopted bundle, which is kept as a blob. */
  readonly PolicyAdopted: { readonly policy: Digest; readonly previous?: Digest; readonly by: SubjectId }
  readonly OperatorAdded: {
    readonly subject: SubjectId
    readonly name: EncryptedField
    /** Ed25519, base64url of the 32 raw bytes. */
    readonly publicKey: string
    readonly roles: readonly string[]
    readonly by: SubjectId
  }
  readonly OperatorRemoved: { readonly subject: SubjectId; readonly reason: string; readonly by: SubjectId }
  readonly LockdownSet: { readonly on: boolean; readonly agent?: string; readonly reason: string; readonly by: SubjectId }
  /** What an operator gives a host that asks before it acts. Without `grants`: all that a host does, so that policy alone is the gate. */
  readonly HostConfigured: {
    readonly host: string
    /** It is told what it may do, and does what it likes. */
    readonly observe: boolean
    readonly grants?: readonly GrantTerms[]
    readonly by: SubjectId
  }
  readonly KeyRotated: { readonly purpose: string; readonly publicKey: string; readonly previous?: string }
  /** A signed note over the tree: `note` is the C2SP text. */
  readonly CheckpointSigned: { readonly size: number; readonly root: Digest; readonly note: string }
}

/** What an operator wants done instead, prepared as a proposal is. */
export interface EditedRequest {
  readonly request: Digest
  readonly prepared: PreparedRecord
}

interface ApprovalAnswer {
  /** `seq` of the `ApprovalRequested`. */
  readonly approval: Seq
  readonly binds: Digest
  readonly by: SubjectId
  /** base64url Ed25519 over the text of `approvalStatement`. */
  readonly signature: string
  readonly comment?: EncryptedField
}

const answer = {
  approval: shape.seq,
  binds: shape.digest,
  by: shape.subjectId,
  signature: shape.shortText,
  comment: z.exactOptional(shape.encryptedField),
}

export const authorityEvents: EventTable<AuthorityEvents> = {
  CapabilityGranted: {
    category: 'capability',
    v: 1,
    origins: ['runtime', 'operator'],
    payload: strictObject({
      holder: shape.shortText,
      terms: shape.grantTerms,
      by: shape.shortText,
      parent: z.exactOptional(shape.entryIdShape),
    }),
  },
  CapabilityDelegated: {
    category: 'capability',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ grant: shape.seq, child: shape.runId, terms: shape.grantTerms }),
  },
  CapabilityRevoked: {
    category: 'capability',
    v: 1,
    origins: ['runtime', 'operator'],
    payload: strictObject({ grant: shape.entryIdShape, reason: shape.longText }),
  },
  CapabilityExpired: { category: 'capability', v: 1, origins: ['runtime'], payload: strictObject({ grant: shape.seq }) },
  ApprovalRequested: {
    category: 'capability',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({
      action: shape.seq,
      request: shape.digest,
      binds: shape.digest,
      grant: shape.seq,
      obligations: z.array(shape.obligation),
      rules: shape.names,
      prepared: preparedRecord,
      deferred: z.exactOptional(z.boolean()),
      expires: shape.amount,
    }),
  },
  ApprovalGiven: {
    category: 'capability',
    v: 1,
    origins: ['operator'],
    payload: strictObject({
      ...answer,
      scope: z.enum(['once', 'run']),
      edited: z.exactOptional(strictObject({ request: shape.digest, prepared: preparedRecord })),
    }),
  },
  ApprovalDenied: { category: 'capability', v: 1, origins: ['operator'], payload: strictObject(answer) },
  ApprovalExpired: { category: 'capability', v: 1, origins: ['runtime'], payload: strictObject({ approval: shape.seq }) },
  BudgetEscrowed: {
    category: 'capability',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ child: shape.runId, cost: shape.cost, steps: shape.count, calls: z.exactOptional(shape.count) }),
  },
  BudgetReturned: {
    category: 'capability',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ child: shape.runId, cost: shape.cost, spent: shape.cost, steps: shape.count, calls: shape.count }),
  },
  LabelDeclassified: {
    category: 'capability',
    v: 1,
    origins: ['operator'],
    payload: strictObject({
      entry: shape.entryIdShape,
      from: shape.label,
      to: shape.label,
      reason: shape.longText,
      by: shape.subjectId,
    }),
  },
  PolicyAdopted: {
    category: 'runtime',
    v: 1,
    origins: ['operator'],
    payload: strictObject({ policy: shape.digest, previous: z.exactOptional(shape.digest), by: shape.subjectId }),
  },
  OperatorAdded: {
    category: 'runtime',
    v: 1,
    origins: ['operator'],
    payload: strictObject({
      subject: shape.subjectId,
      name: shape.encryptedField,
      publicKey: shape.shortText,
      roles: shape.names,
      by: shape.subjectId,
    }),
  },
  OperatorRemoved: {
    category: 'runtime',
    v: 1,
    origins: ['operator'],
    payload: strictObject({ subject: shape.subjectId, reason: shape.longText, by: shape.subjectId }),
  },
  LockdownSet: {
    category: 'runtime',
    v: 1,
    origins: ['operator'],
    payload: strictObject({
      on: z.boolean(),
      agent: z.exactOptional(shape.shortText),
      reason: shape.longText,
      by: shape.subjectId,
    }),
  },
  HostConfigured: {
    category: 'capability',
    v: 1,
    origins: ['operator'],
    payload: strictObject({
      host: shape.shortText,
      observe: z.boolean(),
      grants: z.exactOptional(z.array(shape.grantTerms)),
      by: shape.subjectId,
    }),
  },
  KeyRotated: {
    category: 'runtime',
    v: 1,
    origins: ['runtime', 'operator'],
    payload: strictObject({ purpose: shape.shortText, publicKey: shape.shortText, previous: z.exactOptional(shape.shortText) }),
  },
  CheckpointSigned: {
    category: 'runtime',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ size: shape.amount, root: shape.digest, note: shape.longText }),
  },
}
