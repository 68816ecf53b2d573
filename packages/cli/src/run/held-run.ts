import { foldRun, readEntries } from '@ice-runtime/ice/record'
import { parseRunId } from '@ice-runtime/kernel'
import type { LogReader, RunId } from '@ice-runtime/kernel'

/** Suspensions that only a person ends, and that nobody who watches has asked for. */
const waits = ['approval', 'reconciliation', 'repetition', 'assumption'] as const

/** A run that only a person can let go on, and why. */
export interface HeldRun {
  readonly run: RunId
  readonly cause: (typeof waits)[number]
}

/** The first of a run and of those below it that is held so, as the log says now. */
export function heldRun(log: LogReader, run: RunId): HeldRun | undefined {
  const { phase, children } = foldRun(run, readEntries(log, run))
  const cause = phase.name === 'suspended' ? waits.find((candidate) => candidate === phase.cause) : undefined
  if (cause !== undefined) return { run, cause }
  for (const [child] of children.entries()) {
    const held = heldRun(log, parseRunId(child))
    if (held !== undefined) return held
  }
  return undefined
}
