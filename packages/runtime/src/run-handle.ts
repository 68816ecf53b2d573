import type { RunId } from '@ice-runtime/kernel'
import type { RunResult } from './run/live-run.ts'

/** A run that was started or taken up here. */
export interface RunHandle {
  readonly id: RunId
  /** Resolves when the run has ended, durably. Rejects with `runtime.closed` when the runtime closes first, or with the fault that lost it. */
  readonly done: Promise<RunResult>
}
