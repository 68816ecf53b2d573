import type { AgentIdentity } from './agent-identity.ts'
import type { Cost } from './cost.ts'
import type { GrantTerms } from './grant-terms.ts'

/** Grants one child can be lent at once: more than any list that a person reads before agreeing to it. */
export const maxLentGrants = 64
/** Children of one run at work at once: each holds a part of what its parent may do, and has to be ended before its parent ends. */
export const maxChildren = 16
/** Runs from a root to its furthest descendant, the root not counted: deeper, nobody can tell any more who asked for what. */
export const maxDepth = 4

/** What a run asks to be lent to a child of it. */
export interface SpawnTerms {
  readonly agent: AgentIdentity
  /** Each must be no more than one grant of this run allows and lets be handed on. */
  readonly grants: readonly GrantTerms[]
  readonly ceilings: {
    readonly steps: number
    /** As many as steps when absent. */
    readonly calls?: number
    /** What is left of this run's own time when absent. */
    readonly wallMs?: number
    /** A dimension that is absent and bounded for this run is nothing: a child has what it was given. */
    readonly cost: Cost
  }
}
