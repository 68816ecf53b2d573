import type { z } from 'zod'
import type {
  ActionName,
  Cost,
  CostBound,
  EffectClass,
  FactDeclarations,
  Facts,
  Json,
  Label,
  PerformContext,
  PrepareContext,
  Resource,
} from '@ice-runtime/kernel'

/** A value known beforehand, or computed from the parsed arguments: pure, without the world. */
export type FromArgs<Args, Value> = Value | ((args: Args) => Value)

/** What an effect of your own is, whole: its shape, how it is judged, and how it is done. */
export interface EffectDefinition<Args, Result> {
  /** `area.verb`. */
  readonly action: ActionName
  /** From 1; raise it when the meaning of the arguments changes. */
  readonly version: number
  /** One or more sentences for models and people. */
  readonly description: string
  /** Strict objects all the way down: what is not named here is refused. */
  readonly args: z.ZodType<Args>
  /** What `perform` must return; any JSON when absent. */
  readonly result?: z.ZodType<Result>
  /** `irreversible` when absent. */
  readonly class?: FromArgs<Args, EffectClass>
  /** Where content goes; an empty list says that nothing leaves the machine. Stated always, so that silence is never a way out. */
  readonly egress: FromArgs<Args, readonly string[]>
  /** Money counts as unknown when absent, and an unknown price is refused by every ceiling on money. */
  readonly costBound?: FromArgs<Args, CostBound>
  /**
   * Handles of the secrets it needs, each bound by the operator to destinations: all of `egress` must be among them. Policy sees the
   * names as the fact `secrets`.
   */
  readonly secrets?: FromArgs<Args, readonly string[]>
  /** `kind:name`; at least one. */
  readonly resources: FromArgs<Args, readonly Resource[]>
  /** Of the result; `trusted/public` when absent. */
  readonly label?: FromArgs<Args, Label>
  /** Declares what `facts` adds, each name once: what is not named here, or is of another type, refuses the preparation. */
  readonly factTypes?: FactDeclarations
  /** Facts beyond those that plain arguments give by themselves. May look at the world, never change it. */
  facts?(args: Args, context: PrepareContext): Facts | Promise<Facts>
  /** What would happen, for people. The exact arguments are added below it, so nothing can be left out. */
  describe(args: Args): string
  /**
   * Does it. Throw an `IceError`: `effect.uncertain` when it may have happened, `facts.changed` when the world is no longer what was
   * decided about, any other code when it did not happen. Anything else thrown counts as uncertain where the class is `keyed` or
   * `irreversible`.
   */
  perform(args: Args, context: EffectContext): EffectReceipt<Result> | Promise<EffectReceipt<Result>>
  /** Asks the outside whether the attempt under `context.key` took effect. */
  probe?(args: Args, context: EffectContext): Promise<EffectProbe<Result>>
  /** Takes a performed effect back by another one. Idempotent under `context.key`. */
  compensate?(args: Args, done: EffectReceipt<Result>, context: EffectContext): Promise<EffectReceipt<Json>>
  /** `defaultDeadlineMs` when absent. */
  readonly deadlineMs?: number
}

export interface EffectContext extends PerformContext {
  /** As they were decided about: compare them with the world before acting on it. */
  readonly facts: Facts
  /** The value of one of `secrets`, for this call alone. What comes back and what is said is looked through for it. */
  secret(name: string): Promise<string>
}

export interface EffectReceipt<Result> {
  readonly result: Result
  readonly cost?: Cost
  readonly label?: Label
}

export type EffectProbe<Result> =
  | { readonly found: 'done'; readonly receipt: EffectReceipt<Result> }
  | { readonly found: 'not_done' }
  | { readonly found: 'unknown' }

/** Long enough for a slow service, short enough that a hung one does not hold a run. */
export const defaultDeadlineMs = 30_000
/** A quarter of an hour: what needs longer is a job to start and to ask about later. */
export const maxDeadlineMs: number = 15 * 60_000
