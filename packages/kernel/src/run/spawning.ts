import { escrow } from '../authority/escrow.ts'
import { neverUsed, usedOnce } from '../authority/grant.ts'
import type { Grant, GrantUse } from '../authority/grant.ts'
import { lend } from '../authority/lending.ts'
import type { Lent } from '../authority/lending.ts'
import type { Refusal } from '../authority/refusal.ts'
import { maxChildren, maxDepth } from '../authority/spawn-terms.ts'
import type { SpawnTerms } from '../authority/spawn-terms.ts'
import type { AuthorityView } from './commands.ts'
import type { Ceilings } from './events.ts'
import { isRevoked } from './revocation.ts'
import type { Run } from './run.ts'
import { budgetOf, stepsTaken } from './run-budget.ts'

/** Why a run may not have one more child now, whatever it would be lent. */
export function childrenRefusal(run: Run): Pick<Refusal, 'code' | 'detail'> | undefined {
  if (run.children.size >= maxChildren) return { code: 'limit.children', detail: `${maxChildren} children are at work` }
  const depth = run.spec?.parent?.agents.length ?? 0
  return depth >= maxDepth ? { code: 'limit.children', detail: `the run is ${depth} levels below its root` } : undefined
}

/** `covering`: the grant that this very action is about to use, when its use is not counted yet. */
export interface LendingMoment {
  readonly view: Pick<AuthorityView, 'revoked'>
  readonly at: number
  readonly covering?: Grant
}

/** The grants a child would get of this run, or why it would not. */
export function grantsLent({ grants }: SpawnTerms, run: Run, { view, at, covering }: LendingMoment): Lent {
  const useOf = (grant: Grant): GrantUse => {
    const use = run.grantUses.get(String(grant.id)) ?? neverUsed
    return grant.id === covering?.id ? usedOnce(use, grant.terms, { bound: {}, at }) : use
  }
  return lend(grants, { grants: run.grants.list, at, useOf, isRevoked: (grant) => isRevoked(grant, run, view) })
}

/** What this very action adds to the steps and calls of the run once it is recorded, where that is still to come. */
export interface Uncounted {
  readonly steps: number
  readonly calls: number
}

/** What a child could use of this run's ceilings at most; undefined when this run has not that much left. */
export function ceilingsLent(
  { ceilings: asked }: SpawnTerms,
  run: Run,
  { at, uncounted = { steps: 0, calls: 0 } }: { readonly at: number; readonly uncounted?: Uncounted },
): Ceilings | undefined {
  const ceilings = run.spec?.ceilings
  if (ceilings === undefined) return undefined
  const { steps } = asked
  const wallLeftMs = run.requestedAt + ceilings.wallMs - at
  const wallMs = asked.wallMs ?? wallLeftMs
  if (wallMs < 0 || wallMs > wallLeftMs || steps > ceilings.steps - stepsTaken(run) - uncounted.steps) return undefined
  const budget = budgetOf(run)
  const calls = asked.calls ?? (budget.callsLeft === undefined ? undefined : steps)
  if (calls !== undefined && budget.callsLeft !== undefined && calls > budget.callsLeft - uncounted.calls) return undefined
  const { callsLeft: _callsLeft, ...money } = budget
  const cost = escrow(asked.cost, money)
  return cost === undefined ? undefined : { steps, ...(calls === undefined ? {} : { calls }), wallMs, cost }
}
