import type { Obligation, RuleId, Waiver } from '@ice-runtime/kernel'
import type { Token } from '../text/tokens.ts'

/** Which actions the scope of a rule allows: all, these by name, or these and what is in groups of these names. */
export type ActionScope =
  | { readonly type: 'every' }
  | { readonly type: 'exactly'; readonly names: readonly string[] }
  | { readonly type: 'within'; readonly names: readonly string[] }

/** One rule of a policy, parsed and known to be within bounds. */
export interface Rule {
  /** `file:line`, of its first token. */
  readonly id: RuleId
  readonly file: string
  readonly line: number
  readonly text: string
  readonly tokens: readonly Token[]
  readonly effect: 'permit' | 'forbid'
  /** `@id`. */
  readonly name?: string
  /** `@description`. */
  readonly sentence?: string
  readonly obligations: readonly Obligation[]
  readonly waives: readonly Waiver[]
  readonly scope: ActionScope
  /** Every action or group named anywhere in it. */
  readonly actionsNamed: readonly string[]
  /** Whether more than the bare name of the agent, or of what is touched, can make a difference to it. */
  readonly looksAt: { readonly principal: boolean; readonly resource: boolean }
}

/** The groups an action is in: every part of its name that ends before a dot. `mcp.github.read` is in `mcp.github` and in `mcp`. */
export function groupsOf(action: string): readonly string[] {
  const groups: string[] = []
  for (let dot = action.lastIndexOf('.'); dot > 0; dot = action.lastIndexOf('.', dot - 1)) groups.push(action.slice(0, dot))
  return groups
}

/** True if the scope of a rule can match the action. */
export function isInScope(scope: ActionScope, action: string): boolean {
  if (scope.type === 'every' || scope.names.includes(action)) return true
  return scope.type === 'within' && groupsOf(action).some((group) => scope.names.includes(group))
}
