import { digestOf, executing, lastProposal, lendableGrant, spawning, tell, wish } from '@ice-runtime/conformance'
import type { Order, RunHistory, Wish } from '@ice-runtime/conformance'
import { parseRunId } from '@ice-runtime/kernel'
import type { GrantTerms, RunEvents, RunId, SpawnTerms } from '@ice-runtime/kernel'

export const lent: GrantTerms = { actions: ['files.read'], resources: ['file:src/**'], class: 'observe', egress: [], uses: 1, sizeBytes: 0 }
/** A run that may start children: under this grant alone, or under these. */
export const parent = (more: Partial<RunEvents['RunRequested']> = {}): RunHistory => executing({ grants: [lendableGrant], ...more })
export const starting = (terms: Partial<SpawnTerms>, more: Wish = {}): Wish => ({
  ...spawning,
  ...more,
  spawn: {
    agent: spawning.spawn?.agent ?? { name: 'helper', version: '1', kind: 'quickjs', digest: digestOf('helper') },
    grants: [lent],
    ceilings: { steps: 1, cost: {} },
    ...terms,
  },
})
export const refused = (...codes: readonly string[]): readonly string[] => ['ActionProposed', codes.join(' ')]
export const notLent: readonly string[] = refused('grant', 'grant.delegation')
export const notLeft: readonly string[] = refused('budget', 'budget.escrow')

export const childOf = (index: number): RunId => parseRunId(`run_child${String(index).padStart(10, '0')}`)

/** Starts the child that was asked for last. */
export const starts = (history: RunHistory, child: RunId = childOf(0)): Order => ({
  type: 'SpawnChild',
  action: lastProposal(history),
  child,
})

/** The run with a child it was just allowed to start. */
export function spawned(history: RunHistory, terms: Partial<SpawnTerms> = {}, child: RunId = childOf(0)): RunHistory {
  const asked = wish(history, starting(terms))
  return tell(asked, starts(asked, child))
}

/** A run that has started so many children. */
export function withChildren(count: number): RunHistory {
  return Array.from({ length: count }).reduce<RunHistory>((told, _, index) => spawned(told, { grants: [] }, childOf(index)), parent())
}
