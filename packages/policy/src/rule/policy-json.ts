import type { PolicyJson } from '../cedar/cedar.ts'
import type { ActionScope, Rule } from './rule.ts'

export const actionType = 'Ice::Action'

/** What its parsed form says of a rule. */
export interface RuleShape extends Pick<Rule, 'effect' | 'scope' | 'actionsNamed' | 'looksAt'> {
  readonly annotations: { readonly [name: string]: unknown }
  /** Operators inside one another, all clauses together. */
  readonly depth: number
}

export function shapeOf(json: PolicyJson): RuleShape {
  const inside = walk(json.conditions.map((clause) => clause.body))
  const { names, scope } = actionScope(json.action)
  return {
    effect: json.effect,
    annotations: json.annotations ?? {},
    scope,
    actionsNamed: [...new Set([...names, ...inside.actions])],
    looksAt: {
      principal: inside.variables.has('principal') || !['All', '=='].includes(json.principal.op),
      resource: inside.variables.has('resource') || json.resource.op !== 'All',
    },
    depth: inside.depth + json.conditions.length,
  }
}

function actionScope(constraint: PolicyJson['action']): { readonly scope: ActionScope; readonly names: readonly string[] } {
  const names = walk([constraint]).actions
  if (constraint.op === 'All') return { scope: { type: 'every' }, names }
  return { scope: { type: constraint.op === '==' ? 'exactly' : 'within', names }, names }
}

interface Walked {
  readonly actions: readonly string[]
  readonly variables: ReadonlySet<string>
  readonly depth: number
}

/** Looks at every node without recursion: what is looked at may be as deep as its text is long. */
function walk(roots: readonly unknown[]): Walked {
  const actions: string[] = []
  const variables = new Set<string>()
  let deepest = 0
  const rest = roots.map((node) => ({ node, depth: 1 }))
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { node, depth } = next
    if (typeof node !== 'object' || node === null) continue
    deepest = Math.max(deepest, depth)
    // Operators are objects with one key around an object of operands: only the first of the two levels counts.
    const inner = Array.isArray(node) || Object.keys(node).length !== 1 ? depth : depth + 1
    for (const [key, child] of Object.entries(node)) {
      if (key === 'Var' && typeof child === 'string') variables.add(child)
      rest.push({ node: child, depth: inner })
    }
    const action = actionIn(node)
    if (action !== undefined) actions.push(action)
  }
  return { actions: [...new Set(actions)], variables, depth: deepest }
}

/** The id of an entity written `{ type, id }`, if it is an action. Text that merely reads so is a string in this form, never an object. */
function actionIn(node: object): string | undefined {
  if (!('type' in node) || !('id' in node)) return undefined
  return node.type === actionType && typeof node.id === 'string' ? node.id : undefined
}
