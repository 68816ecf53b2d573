import { unreachable } from '../log/errors.ts'
import { neverUsed } from '../authority/grant.ts'
import { addCost, subtractCost } from '../authority/cost.ts'
import { lentTo, returnedFrom } from '../authority/lending.ts'
import type { Child, RunDraft } from './run.ts'
import type { IceEntry } from './taxonomy.ts'

const childTypes = ['BudgetEscrowed', 'BudgetReturned', 'CapabilityDelegated', 'ChildEnded', 'ChildSpawned'] as const
const types: ReadonlySet<string> = new Set(childTypes)

export type ChildEntry = Extract<IceEntry, { type: (typeof childTypes)[number] }>

export function isChildEntry(entry: IceEntry): entry is ChildEntry {
  return types.has(entry.type)
}

/** Folds what a run lends to a child, and what it gets back. */
export function evolveChild(run: RunDraft, entry: ChildEntry): void {
  switch (entry.type) {
    case 'ChildSpawned': {
      const { child, action, ceilings } = entry.payload
      run.children = run.children.with(child, { action, ceilings, lent: [] })
      run.recoveries = 0
      return
    }
    case 'CapabilityDelegated':
      return delegated(run, entry)
    case 'BudgetEscrowed':
      run.reserved = addCost(run.reserved, entry.payload.cost)
      run.childSteps += entry.payload.steps
      run.childCalls += entry.payload.calls ?? 0
      return
    case 'ChildEnded':
      return ended(run, entry)
    case 'BudgetReturned':
      return returned(run, entry)
    default:
      return unreachable(entry)
  }
}

function delegated(run: RunDraft, { payload }: Extract<ChildEntry, { type: 'CapabilityDelegated' }>): void {
  const { grant, child, terms } = payload
  const known = run.children.get(child)
  const from = run.grants.get(grant)?.terms
  if (known === undefined || from === undefined) return
  const key = String(grant)
  run.children = run.children.with(child, { ...known, lent: [...known.lent, { grant, terms }] })
  run.grantUses = run.grantUses.with(key, lentTo(run.grantUses.get(key) ?? neverUsed, terms, from))
}

/** What the child did not use of its grants is this run's again. What left the runtime in it has left in this run's name. */
function ended(run: RunDraft, { payload }: Extract<ChildEntry, { type: 'ChildEnded' }>): void {
  const known = run.children.get(payload.child)
  if (known === undefined) return
  run.grantUses = known.lent.reduce((uses, { grant, terms }, index) => {
    const from = run.grants.get(grant)?.terms
    const used = payload.used[index]
    const key = String(grant)
    return from === undefined || used === undefined ? uses : uses.with(key, returnedFrom(uses.get(key) ?? neverUsed, { terms, from }, used))
  }, run.grantUses)
  if (payload.left !== undefined) run.left = run.left.with(String(known.action), known.action)
}

/** The last that is said of a child. */
function returned(run: RunDraft, { payload }: Extract<ChildEntry, { type: 'BudgetReturned' }>): void {
  const known: Child | undefined = run.children.get(payload.child)
  if (known === undefined) return
  run.children = run.children.without(payload.child)
  run.childSteps += payload.steps - known.ceilings.steps
  run.childCalls += payload.calls - (known.ceilings.calls ?? 0)
  run.reserved = subtractCost(run.reserved, known.ceilings.cost)
  run.spent = addCost(run.spent, payload.spent)
}
