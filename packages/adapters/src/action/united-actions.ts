import { IceError } from '@ice-runtime/kernel'
import type { ActionName, FactDeclaration, FactDeclarations } from '@ice-runtime/kernel'

/** What a policy has to know of an action to be checked against it. A driver is one. */
export interface DeclaredAction {
  readonly action: ActionName
  readonly facts: FactDeclarations
}

/**
 * The actions of several catalogs as one policy sees them, so that the same text can be in force for runs and for hosts. Where two
 * have an action of one name, a fact is there for certain only if both state it always. In name order.
 * Throws `effect.definition_invalid` for a fact that two state with different types, which no rule could read.
 */
export function unitedActions(...catalogs: readonly (readonly DeclaredAction[])[]): readonly DeclaredAction[] {
  const byName = new Map<ActionName, FactDeclarations>()
  for (const { action, facts } of catalogs.flat()) {
    const known = byName.get(action)
    byName.set(action, known === undefined ? facts : unitedFacts(action, known, facts))
  }
  return [...byName].sort(([left], [right]) => (left < right ? -1 : 1)).map(([action, facts]) => ({ action, facts }))
}

function unitedFacts(action: ActionName, left: FactDeclarations, right: FactDeclarations): FactDeclarations {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])]
  return Object.fromEntries(names.map((name) => [name, unitedFact(`${action} ${name}`, left[name], right[name])]))
}

function unitedFact(name: string, left: FactDeclaration | undefined, right: FactDeclaration | undefined): FactDeclaration {
  if (left !== undefined && right !== undefined && left.type !== right.type) {
    throw new IceError('effect.definition_invalid', `${name} is stated as ${left.type} and as ${right.type}`)
  }
  const type = (left ?? right)?.type ?? 'string'
  const always = left !== undefined && left.optional !== true && right !== undefined && right.optional !== true
  return always ? { type } : { type, optional: true }
}
