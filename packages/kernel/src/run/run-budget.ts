import type { Budget } from '../authority/budget.ts'
import type { Run } from './run.ts'

/** What a run may still spend. */
export function budgetOf(run: Run): Budget {
  const { cost = {}, calls: most } = run.spec?.ceilings ?? {}
  const { spent, reserved } = run
  return { ceiling: cost, spent, reserved, callsLeft: most === undefined ? undefined : most - callsTaken(run) }
}

/** Proposals of a run that count against its ceiling: its own, those of its ended children, and those lent to the living ones. */
export function stepsTaken(run: Pick<Run, 'steps' | 'childSteps'>): number {
  return run.steps + run.childSteps
}

/** Authorizations, counted in the same way. */
export function callsTaken(run: Pick<Run, 'calls' | 'childCalls'>): number {
  return run.calls + run.childCalls
}
