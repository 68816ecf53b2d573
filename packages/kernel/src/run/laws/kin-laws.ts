import type { AgentIdentity } from '../../authority/agent-identity.ts'
import { canonicalize } from '../../log/canonical.ts'
import type { RunId } from '../../log/ids.ts'
import type { Json } from '../../log/json.ts'
import { childEnd, childRequest } from '../child-orders.ts'
import { openAction } from '../run.ts'
import type { Run } from '../run.ts'
import type { EventPayloads, EventType, IceEntry } from '../taxonomy.ts'
import type { Violation } from './law.ts'

/** A law about what two streams say of each other, in the order of the whole log. `kin` is the fold of another run up to this entry. */
export interface KinLaw {
  readonly id: string
  readonly sentence: string
  readonly concerns: readonly EventType[]
  broken(entry: IceEntry, kin: (run: RunId) => Run | undefined): string | undefined
}

export const kinLaws: readonly KinLaw[] = [
  {
    id: 'kin.born',
    sentence: 'A child begins with exactly what the record of its parent lends it, under the same responsibility.',
    concerns: ['RunRequested'],
    broken: (entry, kin) => {
      if (entry.type !== 'RunRequested' || entry.payload.parent === undefined || entry.stream === 'system') return undefined
      const parent = kin(entry.payload.parent.run)
      const { agent, input, seed } = entry.payload
      const request = parent === undefined ? undefined : childRequest(parent, entry.stream, { agent, input, seed })
      if (request === undefined) return `${entry.payload.parent.run} has started no such child`
      const { type: _type, ...lent } = request
      if (!isSame(lent, entry.payload)) return 'not what its parent lent'
      const { name, version, digest } = decidedAgent(parent, entry.payload.parent.action) ?? {}
      return name === agent.name && version === agent.version && digest === agent.digest
        ? undefined
        : 'not the agent that was decided about'
    },
  },
  {
    id: 'kin.ended',
    sentence: 'A parent says of an ended child what the record of the child says: its outcome, what it used, what it hands on.',
    concerns: ['ChildEnded', 'BudgetReturned', 'ActionInherited'],
    broken: (entry, kin) => {
      if (entry.type !== 'ChildEnded' && entry.type !== 'BudgetReturned' && entry.type !== 'ActionInherited') return undefined
      const child = kin(entry.payload.child)
      const end = child === undefined ? undefined : childEnd(child)
      if (end === undefined) return `${entry.payload.child} has not ended`
      if (entry.type === 'BudgetReturned') return isSameSpending(end, entry.payload) ? undefined : 'not what the child spent'
      if (entry.type === 'ActionInherited') {
        const { child: _child, ...inheritance } = entry.payload
        return end.inherited.some((known) => isSame(known, inheritance)) ? undefined : 'not an effect that the child hands on'
      }
      const { type: _type, spent: _spent, steps: _steps, calls: _calls, inherited: _inherited, ...said } = end
      return isSame(said, entry.payload) ? undefined : 'not how the child ended'
    },
  },
]

/** The first law about two streams that an entry would break. */
export function brokenKinLaw(entry: IceEntry, kin: (run: RunId) => Run | undefined): Violation | undefined {
  for (const law of kinLaws) {
    const detail = law.concerns.includes(entry.type) ? law.broken(entry, kin) : undefined
    if (detail !== undefined) return { law: law.id, seq: entry.seq, detail }
  }
  return undefined
}

function decidedAgent(parent: Run | undefined, action: number): Partial<AgentIdentity> | undefined {
  const stage = parent === undefined ? undefined : openAction(parent, action)?.stage
  return stage !== undefined && 'decided' in stage ? stage.decided.prepared.spawn?.agent : undefined
}

type Spending = Pick<EventPayloads['BudgetReturned'], 'spent' | 'steps' | 'calls'>

function isSameSpending(one: Spending, other: Spending): boolean {
  return isSame(one.spent, other.spent) && one.steps === other.steps && one.calls === other.calls
}

function isSame(left: unknown, right: unknown): boolean {
  return canonicalize(left as Json) === canonicalize(right as Json)
}
