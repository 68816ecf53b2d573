import { z } from 'zod/mini'
import { strictObject } from '../log/strict-object.ts'
import type { EncryptedField } from '../log/entry.ts'
import type { EventTable } from '../log/event-definition.ts'
import type { Digest, EntryId, RunId, Seq, SubjectId } from '../log/ids.ts'
import type { Cost } from './cost.ts'
import type { GrantTerms } from './grant.ts'
import type { Label } from './labels.ts'
import type { Obligation } from './policy-port.ts'
import * as shape from './shapes.ts'

/** Authority as it comes into being, is handed on, answered for and taken away. */
export interface AuthorityEvents {
  readonly CapabilityGranted: { readonly holder: string; readonly terms: GrantTerms; readonly by: string; readonly parent?: EntryId }
  /** In the parent's stream: what a child run was handed. */
  readonly CapabilityDelegated: { readonly grant: Seq; readonly child: RunId; readonly terms: GrantTerms }
  readonly CapabilityRevoked: { readonly grant: EntryId; readonly reason: string }
  readonly CapabilityExpired: { readonly grant: Seq }
  /** The pipeline stopped at a person; `binds` is the digest of everything the answer is valid for. */
  readonly ApprovalRequested: {
    readonly action: Seq
    readonly request: Digest
    readonly binds: Digest
    readonly obligations: readonly Obligation[]
    readonly rules: readonly string[]
    readonly expires: number
  }
  readonly ApprovalGiven: ApprovalAnswer & { readonly scope: 'once' | 'run'; readonly edited?: Digest }
  readonly ApprovalDenied: ApprovalAnswer
  readonly ApprovalExpired: { readonly approval: Seq }
  readonly BudgetEscrowed: { readonly child: RunId; readonly cost: Cost }
  readonly BudgetReturned: { readonly child: RunId; readonly cost: Cost }
  readonly LabelDeclassified: {
    readonly entry: EntryId
    readonly from: Label
    readonly to: Label
    readonly reason: string
    readonly by: SubjectId
  }
  readonly PolicyAdopted: { readonly policy: Digest; readonly previous?: Digest; readonly by: SubjectId }
  readonly OperatorAdded: {
    readonly subject: SubjectId
    readonly name: EncryptedField
    readonly publicKey: string
    readonly roles: readonly string[]
  }
  readonly OperatorRemoved: { readonly subject: SubjectId; readonly reason: string }
  readonly LockdownSet: { readonly on: boolean; readonly agent?: string; readonly reason: string; readonly by: SubjectId }
  readonly KeyRotated: { readonly purpose: string; readonly publicKey: string; readonly previous?: string }
  /** A signed note over the tree: `note` is the C2SP text. */
  readonly CheckpointSigned: { readonly size: number; readonly root: Digest; readonly note: string }
}

interface ApprovalAnswer {
  readonly approval: Seq
  readonly binds: Digest
  readonly by: SubjectId
  /** base64url Ed25519 over `binds`. */
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
      obligations: z.array(shape.obligation),
      rules: shape.names,
      expires: shape.amount,
    }),
  },
  ApprovalGiven: {
    category: 'capability',
    v: 1,
    origins: ['operator'],
    payload: strictObject({ ...answer, scope: z.enum(['once', 'run']), edited: z.exactOptional(shape.digest) }),
  },
  ApprovalDenied: { category: 'capability', v: 1, origins: ['operator'], payload: strictObject(answer) },
  ApprovalExpired: { category: 'capability', v: 1, origins: ['runtime'], payload: strictObject({ approval: shape.seq }) },
  BudgetEscrowed: {
    category: 'capability',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ child: shape.runId, cost: shape.cost }),
  },
  BudgetReturned: {
    category: 'capability',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ child: shape.runId, cost: shape.cost }),
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
    }),
  },
  OperatorRemoved: {
    category: 'runtime',
    v: 1,
    origins: ['operator'],
    payload: strictObject({ subject: shape.subjectId, reason: shape.longText }),
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
