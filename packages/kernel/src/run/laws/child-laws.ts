import { unspent } from '../../authority/escrow.ts'
import { budgetMiss } from '../../authority/budget.ts'
import { costDimensions } from '../../authority/cost.ts'
import { neverUsed } from '../../authority/grant.ts'
import { lendingMiss } from '../../authority/lending.ts'
import { maxChildren, maxDepth } from '../../authority/spawn-terms.ts'
import { hasChild, openAction } from '../run.ts'
import type { Run } from '../run.ts'
import { callsTaken, stepsTaken } from '../run-budget.ts'
import type { IceEntry } from '../taxonomy.ts'
import type { Law } from './law.ts'

type EntryOf<Type extends IceEntry['type']> = Extract<IceEntry, { type: Type }>

/** What a run may lend to its children, and gets back: laws of the parent's stream alone. */
export const childLaws: readonly Law[] = [
  {
    id: 'child.spawned',
    sentence: 'A child is started for one authorized action of a run that executes, within the bounds on number and depth.',
    concerns: ['ChildSpawned'],
    broken: (before, entry) => (entry.type === 'ChildSpawned' ? misplacedSpawn(before, entry) : undefined),
  },
  {
    id: 'child.narrower',
    sentence:
      'What is lent of a grant is no more than that grant allows in any dimension, may be handed on, and was not used or lent before.',
    concerns: ['CapabilityDelegated'],
    broken: (before, entry) => (entry.type === 'CapabilityDelegated' ? widerLending(before, entry) : undefined),
  },
  {
    id: 'child.escrow',
    sentence: 'What a child may spend, and how often it may propose, is set aside from what its parent has left, once.',
    concerns: ['BudgetEscrowed'],
    broken: (before, entry) => (entry.type === 'BudgetEscrowed' ? unfoundedEscrow(before, entry) : undefined),
  },
  {
    id: 'child.conserved',
    sentence:
      'What was set aside for a child is what it spent and what its parent gets back; it is given back once, when the child has ended.',
    concerns: ['BudgetReturned'],
    broken: (before, entry) => (entry.type === 'BudgetReturned' ? lostEscrow(before, entry) : undefined),
  },
  {
    id: 'child.outcome',
    sentence: 'The outcome of an action that started a child stands after the end of the child.',
    concerns: ['ActionSucceeded', 'ActionFailed', 'ActionUncertain'],
    broken: (before, entry) =>
      'action' in entry.payload && typeof entry.payload.action === 'number' && hasChild(before, entry.payload.action)
        ? `the child of #${entry.payload.action} is at work`
        : undefined,
  },
  {
    id: 'child.inherited',
    sentence: 'A deferred effect is inherited under a grant that this run has lent, and only while its commit is still to come.',
    concerns: ['ActionInherited'],
    broken: (before, entry) => {
      if (entry.type !== 'ActionInherited') return undefined
      const { grant, prepared } = entry.payload
      if (before.phase.name === 'committing' || before.phase.name === 'tearing_down') return `inherited while ${before.phase.name}`
      if (before.grants.get(grant) === undefined) return `#${grant} is no grant of this run`
      return prepared.class === 'keyed' || prepared.class === 'irreversible'
        ? undefined
        : `an effect of class ${prepared.class} never waits`
    },
  },
]

function misplacedSpawn(before: Run, { payload }: EntryOf<'ChildSpawned'>): string | undefined {
  const { action, child, ceilings } = payload
  if (before.phase.name !== 'executing') return `spawned while ${before.phase.name}`
  const stage = openAction(before, action)?.stage
  if (stage?.name !== 'authorized' || stage.decided.prepared.spawn === undefined) return `#${action} is not authorized to start a child`
  if (before.children.size >= maxChildren) return `${maxChildren} children are at work`
  if ((before.spec?.parent?.agents.length ?? 0) >= maxDepth) return 'too deep'
  if (before.children.has(child) || hasChild(before, action)) return `#${action} has its child`
  const { requestedAt, spec } = before
  return ceilings.wallMs <= requestedAt + (spec?.ceilings.wallMs ?? 0) - before.at ? undefined : 'it may run longer than its parent'
}

function widerLending(before: Run, { at, payload }: EntryOf<'CapabilityDelegated'>): string | undefined {
  const { grant, child, terms } = payload
  if (!before.children.has(child)) return `${child} is no child at work`
  const from = before.grants.get(grant)
  if (from === undefined) return `#${grant} is no grant of this run`
  if (from.revoked) return `#${grant} is revoked`
  const miss = lendingMiss(terms, from.terms, { use: before.grantUses.get(String(grant)) ?? neverUsed, at })
  return miss === undefined ? undefined : `more than #${grant} allows: ${miss}`
}

function unfoundedEscrow(before: Run, { payload }: EntryOf<'BudgetEscrowed'>): string | undefined {
  const { child, cost, steps, calls } = payload
  const known = before.children.get(child)
  const ceilings = before.spec?.ceilings
  if (known === undefined || ceilings === undefined) return `${child} is no child at work`
  if (steps !== known.ceilings.steps) return `${steps} steps for a child that may take ${known.ceilings.steps}`
  if (costDimensions.some((dimension) => cost[dimension] !== known.ceilings.cost[dimension])) return 'not what the child may spend'
  if (costDimensions.some((dimension) => cost[dimension] === undefined && ceilings.cost[dimension] !== undefined))
    return 'a dimension in which the parent is bounded is not'
  if (stepsTaken(before) + steps > ceilings.steps) return 'more steps than are left'
  if (calls !== known.ceilings.calls) return `${calls ?? 'unbounded'} calls for a child that may make ${known.ceilings.calls ?? 'any'}`
  if (ceilings.calls !== undefined && callsTaken(before) + (calls ?? Number.POSITIVE_INFINITY) > ceilings.calls)
    return 'more calls than are left'
  return budgetMiss({ ceiling: ceilings.cost, spent: before.spent, reserved: before.reserved }, cost)
}

function lostEscrow(before: Run, { payload, causes }: EntryOf<'BudgetReturned'>): string | undefined {
  const { child, cost, spent } = payload
  const known = before.children.get(child)
  if (known === undefined) return `${child} has nothing of this run`
  if (causes[0] !== before.seq) return `${child} has not ended`
  const rest = unspent(known.ceilings.cost, spent)
  const lost = costDimensions.find((dimension) => cost[dimension] !== rest[dimension])
  return lost === undefined ? undefined : `${lost}: ${cost[lost] ?? 'nothing'} of ${rest[lost] ?? 'nothing'} that is left`
}
