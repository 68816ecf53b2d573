import { IceError, stagedOver } from '@ice-runtime/kernel'
import type {
  AgentHost,
  Delivery,
  Json,
  Manifest,
  Outcome,
  RecordedDelivery,
  RecordedProposal,
  RejectionCode,
  Run,
  RunId,
  Seq,
} from '@ice-runtime/kernel'
import type { World } from '../options.ts'
import type { RunWriter } from './run-writer.ts'

/** What a run came to. */
export interface RunResult {
  readonly run: RunId
  readonly outcome: Outcome
  /** Why it was aborted or terminated. */
  readonly code: string | undefined
  readonly output: Json | undefined
  /** `incomplete`: `unsent` lists the deferred effects that did not succeed or were withheld. */
  readonly releases: 'none' | 'complete' | 'incomplete'
  readonly unsent: readonly string[]
  readonly steps: number
  readonly refused: number
}

/** What the record already holds of a run that goes on: its agent is run again over it before anything new is decided. */
export interface History {
  readonly proposals: ReadonlyMap<number, RecordedProposal>
  readonly deliveries: readonly RecordedDelivery[]
  readonly statementsCount: number
  /** Time of the `ExecutionStarted`, undefined when there is none yet. */
  readonly startedAt: number | undefined
}

export const noHistory: History = { proposals: new Map(), deliveries: [], statementsCount: 0, startedAt: undefined }

/** What an agent that waits has to learn: an outcome that was found out or decided by others, or that an action may now be performed. */
export type News =
  | { readonly type: 'outcome'; readonly delivery: Delivery }
  | { readonly type: 'authorized'; readonly action: Seq; readonly key: number }

/** What a child has of its parent. */
export interface Above {
  readonly live: LiveRun
  /** The tree as the parent saw it when it started the child: what the child sees below its own changes. */
  readonly staged: Manifest
}

/** A run in this process: its writer, its parts, and how those who wait for it are woken. */
export interface LiveRun {
  readonly id: RunId
  readonly writer: RunWriter
  readonly world: World
  readonly host: AgentHost
  readonly history: History
  /** Where it was started, for a run that is a child. */
  readonly above: Above | undefined
  /** Its children at work in this process. */
  readonly children: Set<LiveRun>
  /** Aborted when the run stops acting: an abort, a termination, the runtime's close. */
  readonly stopping: AbortController
  /** Aborts what is performed now, at a lockdown or when the run is stopped. What is performed later has another. */
  acting(): AbortSignal
  /** Tells everything under way to stop, and lets the run go on. */
  interrupt(): void
  /** Resolves at the next change of phase, or when the run is stopped. */
  moved(): Promise<void>
  wake(): void
  /** Hands on what became known outside the pipeline. It waits while no agent is at work. */
  tell(news: News): void
  /** Takes over the telling; what has waited is told at once. */
  hear(listener: (news: News) => void): void
  /** Keeps the timer by which the run's next request expires, in place of the one before. */
  watch(timer: Disposable | undefined): void
  /** A fault while acting: nothing more can be recorded of the run in this process, so nothing more is done in it. */
  fail(error: Error): void
  /** Why this process has let go of the run, undefined while it has not. */
  failure(): Error | undefined
}

/**
 * Why a run's acting is stopped: one for all, because each would cost a stack. No `IceError`, so that a driver which hands it on
 * has not said that nothing happened.
 */
export const stopped: DOMException = new DOMException('the run acts no more', 'AbortError')

/** Another writer was there first: what is in memory is not what the log has, and nothing is wrong with either. */
export function isConflict(error: unknown): error is IceError {
  return error instanceof IceError && error.code === 'store.conflict'
}

/** True for a run that is only to be loaded again, with those above and below it: what is recorded of one follows from the others. */
export function isOvertaken(live: Pick<LiveRun, 'failure'>): boolean {
  return isConflict(live.failure())
}

/** What was thrown, as what a run fails with. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

export function runOf(live: Pick<LiveRun, 'writer'>): Run {
  return live.writer.run()
}

/** The tree as a run sees it: what it staged, over what was staged above it when it was started. */
export function stagedSeen(live: Pick<LiveRun, 'writer' | 'above'>): Manifest {
  const { staged } = runOf(live)
  return live.above === undefined ? staged : stagedOver(live.above.staged, staged)
}

/** Executes an order that cannot be refused here unless the run moved meanwhile; then nothing happens and the phase tells why. */
export async function executeDurably(live: Pick<LiveRun, 'writer'>, order: Parameters<RunWriter['execute']>[0]): Promise<boolean> {
  const executed = live.writer.execute(order, 'now')
  if (!executed.ok) return false
  await executed.durable
  return true
}

/** Turns a rejection into the fault an operator is shown. */
export function rejection(code: RejectionCode, detail: string): IceError {
  return new IceError('usage.invalid', `${code}: ${detail}`)
}
