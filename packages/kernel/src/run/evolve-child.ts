import { unreachable } from '../log/errors.ts'
import { neverUsed } from '../authority/grant.ts'
import { addCost, subtractCost } from '../authority/cost.ts'
import { lentTo, returnedFrom } from '../authority/lending.ts'
import type { Child, Run } from './run.ts'
import type { IceEntry } from './taxonomy.ts'

const childTypes = ['BudgetEscrowed', 'BudgetReturned', 'CapabilityDelegated', 'ChildEnded', 'ChildSpawned'] as const
const types: ReadonlySet<string> = new Set(childTypes)

export type ChildEntry = Extract<IceEntry, { type: (typeof childTypes)[number] }>

export function isChildEntry(entry: IceEntry): entry is ChildEntry {
  return types.has(entry.type)
}

/** Folds what a run lends to a child, and what it gets back. */
export function evolveChild(run: Run, entry: ChildEntry): Run {
  switch (entry.type) {
    case 'ChildSpawned': {
      const { child, action, ceilings } = entry.payload
      return { ...run, children: run.children.with(child, { action, ceilings, lent: [] }), recoveries: 0 }
    }
    case 'CapabilityDelegated':
      return delegated(run, entry)
    case 'BudgetEscrowed':
      return {
        ...run,
        reserved: addCost(run.reserved, entry.payload.cost),
        childSteps: run.childSteps + entry.payload.steps,
        childCalls: run.childCalls + (entry.payload.calls ?? 0),
      }
    case 'ChildEnded':
      return ended(run, entry)
    case 'BudgetReturned':
      return returned(run, entry)
    default:
      return unreachable(entry)
  }
}

function delegated(run: Run, { payload }: Extract<ChildEntry, { type: 'CapabilityDelegated' }>): Run {
  const { grant, child, terms } = payload
  const known = run.children.get(child)
  const from = run.grants.get(grant)?.terms
  if (known === undefined || from === undefined) return run
  const key = String(grant)
  return {
    ...run,
    children: run.children.with(child, { ...known, lent: [...known.lent, { grant, terms }] }),
    grantUses: run.grantUses.with(key, lentTo(run.grantUses.get(key) ?? neverUsed, terms, from)),
  }
}

/** What the child did not use of its grants is this run's again. What left the runtime in it has left in this run's name. */
function ended(run: Run, { payload }: Extract<ChildEntry, { type: 'ChildEnded' }>): Run {
  const known = run.children.get(payload.child)
  if (known === undefined) return run
  const grantUses = known.lent.reduce((uses, { grant, terms }, index) => {
    const from = run.grants.get(grant)?.terms
    const used = payload.used[index]
    const key = String(grant)
    return from === undefined || used === undefined ? uses : uses.with(key, returnedFrom(uses.get(key) ?? neverUsed, { terms, from }, used))
  }, run.grantUses)
  const left = payload.left === undefined ? run.left : run.left.with(String(known.action), known.action)
  return { ...run, grantUses, left }
}

/** The last that is said of a child. */
function returned(run: Run, { payload }: Extract<ChildEntry, { type: 'BudgetReturned' }>): Run {
  const known: Child | undefined = run.children.get(payload.child)
  if (known === undefined) return run
  return {
    ...run,
    children: run.children.without(payload.child),
    childSteps: run.childSteps - known.ceilings.steps + payload.steps,
    childCalls: run.childCalls - (known.ceilings.calls ?? 0) + payload.calls,
    reserved: subtractCost(run.reserved, known.ceilings.cost),
    spent: addCost(run.spent, payload.spent),
  }
}
