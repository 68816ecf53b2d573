import { z } from 'zod/mini'
import { strictObject } from '../log/strict-object.ts'
import type { EventTable } from '../log/event-definition.ts'
import type { Digest, EntryId, RunId, Seq, SubjectId } from '../log/ids.ts'
import type { Cost } from '../authority/cost.ts'
import type { Label } from '../authority/labels.ts'
import type { Obligation } from '../authority/policy-port.ts'
import { preparedRecord } from '../authority/prepared-record.ts'
import type { PreparedRecord } from '../authority/prepared-record.ts'
import type { DecisionStage } from '../authority/refusal.ts'
import { decisionStages } from '../authority/refusal.ts'
import * as shape from '../authority/shapes.ts'
import type { Recorded } from './driver-port.ts'
import type { FileState, ReadBase, StagedChange } from './staged-change.ts'

/** The life of one action. `action` is the `seq` of its `ActionProposed`; with the run it is the action's id. */
export interface ActionEvents {
  readonly ActionProposed: {
    /** As proposed, which for a malformed proposal may be any text. */
    readonly action: string
    readonly args?: Recorded
    readonly reason?: string
    /** The agent asked for the effect at once. */
    readonly atOnce?: boolean
    /** Outcomes the agent had been given before it proposed this. */
    readonly after: number
    /** The host's own number for the proposal, so that a replayed agent's promise can be answered. */
    readonly key: number
    /** Absent: the runtime performs it. `host`: a foreign program acts after asking, and its outcome is a report. */
    readonly performer?: 'host'
    /** The host's own name for this use of a tool, by which its report finds the proposal. */
    readonly use?: string
    /** When the host says it was, milliseconds since the epoch; only of what was imported. */
    readonly statedAt?: number
    /** What was received could not be read: its code, and its bytes by digest. */
    readonly malformed?: { readonly code: string; readonly raw: Digest }
  }
  readonly ActionAuthorized: {
    readonly action: Seq
    readonly request: Digest
    readonly grant: Seq
    readonly rules: readonly string[]
    readonly prepared: PreparedRecord
    /** Waits for the commit. */
    readonly deferred?: boolean
    /** The `ApprovalRequested` it rests on: its own, or one whose answer holds for the run. */
    readonly approval?: Seq
    /** An operator changed what is done; `prepared` is the changed one. */
    readonly edited?: boolean
  }
  readonly ActionRefused: {
    readonly action: Seq
    readonly code: string
    readonly stage: DecisionStage
    readonly detail?: string
    readonly rules?: readonly string[]
    readonly request?: Digest
    readonly prepared?: PreparedRecord
    /** The host may act all the same: it is only observed, was told to ask its own person, or has acted before it asked. */
    readonly observed?: boolean
  }
  /** It is about to leave the runtime: from here on it may have happened. */
  readonly ActionDispatched: { readonly action: Seq; readonly attempt: number }
  readonly ActionSucceeded: {
    readonly action: Seq
    readonly result: Recorded
    readonly cost?: Cost
    readonly label?: Label
    readonly changes?: readonly StagedChange[]
    readonly reads?: readonly ReadBase[]
    /** A host said so; no probe has seen it. */
    readonly reported?: boolean
  }
  readonly ActionFailed: {
    readonly action: Seq
    readonly code: string
    readonly message: string
    readonly cost?: Cost
    /** A host said so; no probe has seen it. */
    readonly reported?: boolean
  }
  /** It may have happened. The whole reservation counts as spent. */
  readonly ActionUncertain: { readonly action: Seq; readonly code: string; readonly message: string }
  /** `by` and `reason`: who says so and why, where nothing but an operator's word is known. */
  readonly ActionReconciled: {
    readonly action: Seq
    readonly found: 'done' | 'not_done'
    readonly how: 'probe' | 'operator'
    readonly result?: Recorded
    readonly by?: SubjectId
    readonly reason?: string
  }
  readonly ActionCompensated: { readonly action: Seq; readonly by: Seq; readonly result: Recorded }
  /** A deferred effect of a child that has merged: from here on it waits for the commit of this run, under the grant of this run. */
  readonly ActionInherited: {
    readonly child: RunId
    /** The proposal, and with it the key it is sent under: of the child, or of a run below that. */
    readonly from: EntryId
    readonly action: string
    readonly args: Recorded
    readonly request: Digest
    readonly grant: Seq
    readonly prepared: PreparedRecord
    /** What people had agreed to for it. */
    readonly approved?: readonly Obligation[]
  }
  /** A deferred effect that will not be sent, because one before it did not succeed or the run was stopped. */
  readonly ActionWithheld: { readonly action: Seq; readonly code: string }
  /** A participant of the commit reached the workspace. */
  readonly ChangeApplied: { readonly index: number; readonly path: string }
  readonly ChangesUndone: {
    readonly code: string
    readonly paths: readonly string[]
    readonly conflict?: { readonly path: string; readonly actual: FileState }
  }
}

const fileState = z.union([
  strictObject({ kind: z.literal('absent') }),
  strictObject({ kind: z.literal('directory') }),
  strictObject({ kind: z.literal('file'), blob: shape.digest, sizeBytes: shape.amount, mode: shape.amount }),
  strictObject({ kind: z.literal('symlink'), target: shape.longText }),
  strictObject({ kind: z.literal('other') }),
])
const stagedChange = strictObject({ path: shape.longText, to: fileState, base: fileState })
const readBase = strictObject({ path: shape.longText, base: fileState })

export const actionEvents: EventTable<ActionEvents> = {
  ActionProposed: {
    category: 'cognitive',
    v: 1,
    origins: ['agent', 'host', 'import'],
    payload: strictObject({
      action: shape.shortText,
      args: z.exactOptional(shape.recorded),
      reason: z.exactOptional(shape.longText),
      atOnce: z.exactOptional(z.boolean()),
      after: shape.count,
      key: shape.count,
      performer: z.exactOptional(z.literal('host')),
      use: z.exactOptional(shape.shortText),
      statedAt: z.exactOptional(shape.amount),
      malformed: z.exactOptional(strictObject({ code: shape.shortText, raw: shape.digest })),
    }),
  },
  ActionAuthorized: {
    category: 'domain',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({
      action: shape.seq,
      request: shape.digest,
      grant: shape.seq,
      rules: shape.names,
      prepared: preparedRecord,
      deferred: z.exactOptional(z.boolean()),
      approval: z.exactOptional(shape.seq),
      edited: z.exactOptional(z.boolean()),
    }),
  },
  ActionRefused: {
    category: 'domain',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({
      action: shape.seq,
      code: shape.shortText,
      stage: z.enum(decisionStages),
      detail: z.exactOptional(shape.longText),
      rules: z.exactOptional(shape.names),
      request: z.exactOptional(shape.digest),
      prepared: z.exactOptional(preparedRecord),
      observed: z.exactOptional(z.boolean()),
    }),
  },
  ActionDispatched: {
    category: 'domain',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ action: shape.seq, attempt: shape.seq }),
  },
  ActionSucceeded: {
    category: 'domain',
    v: 1,
    origins: ['runtime', 'host', 'import'],
    payload: strictObject({
      action: shape.seq,
      result: shape.recorded,
      cost: z.exactOptional(shape.cost),
      label: z.exactOptional(shape.label),
      changes: z.exactOptional(z.array(stagedChange)),
      reads: z.exactOptional(z.array(readBase)),
      reported: z.exactOptional(z.boolean()),
    }),
  },
  ActionFailed: {
    category: 'domain',
    v: 1,
    origins: ['runtime', 'host', 'import'],
    payload: strictObject({
      action: shape.seq,
      code: shape.shortText,
      message: shape.longText,
      cost: z.exactOptional(shape.cost),
      reported: z.exactOptional(z.boolean()),
    }),
  },
  ActionUncertain: {
    category: 'domain',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ action: shape.seq, code: shape.shortText, message: shape.longText }),
  },
  ActionReconciled: {
    category: 'domain',
    v: 1,
    origins: ['runtime', 'operator'],
    payload: strictObject({
      action: shape.seq,
      found: z.enum(['done', 'not_done']),
      how: z.enum(['probe', 'operator']),
      result: z.exactOptional(shape.recorded),
      by: z.exactOptional(shape.subjectId),
      reason: z.exactOptional(shape.longText),
    }),
  },
  ActionCompensated: {
    category: 'domain',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ action: shape.seq, by: shape.seq, result: shape.recorded }),
  },
  ActionInherited: {
    category: 'domain',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({
      child: shape.runId,
      from: shape.entryIdShape,
      action: shape.shortText,
      args: shape.recorded,
      request: shape.digest,
      grant: shape.seq,
      prepared: preparedRecord,
      approved: z.exactOptional(z.array(shape.obligation)),
    }),
  },
  ActionWithheld: {
    category: 'domain',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ action: shape.seq, code: shape.shortText }),
  },
  ChangeApplied: {
    category: 'domain',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({ index: shape.count, path: shape.longText }),
  },
  ChangesUndone: {
    category: 'domain',
    v: 1,
    origins: ['runtime'],
    payload: strictObject({
      code: shape.shortText,
      paths: shape.names,
      conflict: z.exactOptional(strictObject({ path: shape.longText, actual: fileState })),
    }),
  },
}
