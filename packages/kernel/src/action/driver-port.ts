import type { Blobs, BlobReader } from '../log/blobs-port.ts'
import type { BlobRef } from '../log/entry.ts'
import type { Digest, RunId } from '../log/ids.ts'
import type { Json } from '../log/json.ts'
import type { Cost } from '../authority/cost.ts'
import type { Label } from '../authority/labels.ts'
import type { FactDeclarations } from '../authority/policy-port.ts'
import type { ActionName, PreparedAction } from './prepared-action.ts'
import type { Manifest, ReadBase, StagedChange } from './staged-change.ts'

/** Results up to this size live in the entry, larger ones in a blob. */
export const maxInlineResultBytes = 1024

/** What a driver may refuse before anything is decided. Recorded as the refusal's code. */
export type PrepareRefusal = { readonly refused: string; readonly detail: string }

export interface PrepareContext {
  readonly runId: RunId
  /** Time of the proposal, milliseconds since the epoch: the only clock a driver has here. */
  readonly at: number
  readonly staged: Manifest
  readonly blobs: BlobReader
  /** Entropy for drivers that need it at preparation; never used by replay, because what is prepared is recorded. */
  readonly signal: AbortSignal
}

export interface PerformContext {
  readonly runId: RunId
  /** `<run>#<seq>` of the proposal: the idempotency key of everything sent for it. */
  readonly key: string
  readonly at: number
  readonly staged: Manifest
  readonly blobs: Blobs
  /** Aborts at the action's deadline, and when the run is aborted or terminated. */
  readonly signal: AbortSignal
  /**
   * The value of a handle that the prepared action names in its `secrets`, for as long as it takes to perform it. Rejects with
   * `secret.unknown`, `secret.destination`, `secret.unreadable`; absent where no effect is performed.
   */
  secret?(name: string): Promise<string>
  /** Display only: nothing that is streamed is an outcome. */
  onProgress?(text: string): void
}

/** What came of it. */
export interface Receipt {
  readonly result: Json
  /** What it really cost; absent dimensions are zero. */
  readonly cost?: Cost
  /** Joined with the prepared label; a driver can only make it stricter. */
  readonly label?: Label
  readonly changes?: readonly StagedChange[]
  readonly reads?: readonly ReadBase[]
}

/** `done` carries the receipt of the earlier attempt, `not_done` allows another one, `unknown` stays uncertain. */
export type ProbeAnswer =
  | { readonly found: 'done'; readonly receipt: Receipt }
  | { readonly found: 'not_done' }
  | { readonly found: 'unknown' }

/** Shape of an action's arguments or result, as JSON Schema for models and documents. */
export type JsonSchema = { readonly [key: string]: Json }

/**
 * One action, owned whole by one driver: shape, facts, class, effect. `perform` gets what `prepare` returned, after the record
 * of its authorization, and must refuse with `facts.changed` when what it relied on has changed.
 *
 * `perform` throws or rejects with an `IceError`: `effect.uncertain` when the effect may have happened, any other code when it did not.
 * An error that is no `IceError` counts as uncertain if the action leaves the runtime.
 */
export interface Driver {
  readonly action: ActionName
  readonly version: number
  readonly description: string
  readonly argsSchema: JsonSchema
  /** Of everything that `prepare` may state as a fact: another fact, or one of another type, is a refusal. */
  readonly facts: FactDeclarations
  /** `runtime` when this process performs it; `host` when a foreign program acts after asking. */
  readonly performer: 'runtime' | 'host'
  /** Longest `perform`, after which its signal aborts. */
  readonly deadlineMs: number
  prepare(args: Json, context: PrepareContext): PreparedAction | PrepareRefusal | Promise<PreparedAction | PrepareRefusal>
  perform(prepared: PreparedAction, context: PerformContext): Receipt | Promise<Receipt>
  /** One or more lines for people, pure, complete, unescaped: what would happen, to what. */
  describe(prepared: PreparedAction): string
  /**
   * What it would stage, for people to look at before they answer: reads what `perform` reads and changes nothing. `blobs` keeps new
   * content for the look alone. Only for actions of class `staged`.
   */
  preview?(prepared: PreparedAction, context: PerformContext): readonly StagedChange[]
  /** Asks the outside whether the attempt under `context.key` took effect. */
  probe?(prepared: PreparedAction, context: PerformContext): Promise<ProbeAnswer>
  /** Takes back a performed effect by another one, where that exists. */
  compensate?(prepared: PreparedAction, receipt: Receipt, context: PerformContext): Promise<Receipt>
}

export interface ActionCatalog {
  /** Over names, versions, schemas and declared facts of all drivers: what a run pins. */
  readonly digest: Digest
  /** Exact name only. */
  find(action: ActionName): Driver | undefined
  /** In name order. */
  list(): readonly Driver[]
}

/** A value in an entry: itself, or a blob when it is large. */
export type Recorded = { readonly value: Json } | BlobRef
