import type { Seq } from '../../log/ids.ts'
import { isLocked } from '../../authority/system.ts'
import type { SystemState } from '../../authority/system.ts'
import { agentsOf } from '../lineage.ts'
import { isRevoked } from '../revocation.ts'
import { openAction } from '../run.ts'
import type { Run } from '../run.ts'
import type { EventType, IceEntry } from '../taxonomy.ts'
import type { Violation } from './law.ts'

/** A law about what one stream may do after what another one says: `system` and `before` are the folds of all before the entry in the log. */
export interface StandingLaw {
  readonly id: string
  readonly sentence: string
  readonly concerns: readonly EventType[]
  broken(system: SystemState, before: Run, entry: IceEntry): string | undefined
}

export const standingLaws: readonly StandingLaw[] = [
  {
    id: 'standing.revoked',
    sentence: 'What was granted and taken back earlier in the log is used no more: nothing is authorized under it, and nothing sent.',
    concerns: ['ActionAuthorized', 'ActionDispatched'],
    broken: (system, before, entry) => {
      const grant = before.grants.get(grantOf(before, entry))
      if (grant === undefined) return undefined
      return grant.revoked || isRevoked(grant, before, system) ? `#${grant.id} was revoked` : undefined
    },
  },
  {
    id: 'standing.lockdown',
    sentence: 'While a lockdown is on, no effect of the agents it is about is authorized, sent, or decided to be committed.',
    concerns: ['ActionAuthorized', 'ActionDispatched', 'RunCommitDecided'],
    broken: (system, before, entry) => (hasEffect(entry) && isLocked(system, agentsOf(before.spec)) ? 'a lockdown was on' : undefined),
  },
  {
    id: 'standing.policy',
    sentence:
      'Once a policy is adopted, no effect is authorized, sent, or decided to be committed in a run that goes on under another one.',
    concerns: ['ActionAuthorized', 'ActionDispatched', 'RunCommitDecided'],
    broken: ({ policy }, { under, phase }, entry) => {
      // What is released was decided to be, under the policy of that moment: after the commit point there is no other.
      if (policy === undefined || phase.name === 'committing' || !hasEffect(entry)) return undefined
      return under?.policy === policy ? undefined : `the run goes on under ${under?.policy.slice(0, 12) ?? 'none'}`
    },
  },
]

/** The first law an entry of a run would break, given the folds of all before it in the log. */
export function brokenStandingLaw(system: SystemState, before: Run, entry: IceEntry): Violation | undefined {
  for (const law of standingLaws) {
    const detail = law.concerns.includes(entry.type) ? law.broken(system, before, entry) : undefined
    if (detail !== undefined) return { law: law.id, seq: entry.seq, detail }
  }
  return undefined
}

/** A commit of nothing only ends its run. */
function hasEffect(entry: IceEntry): boolean {
  return entry.type !== 'RunCommitDecided' || entry.payload.changesCount > 0 || entry.payload.releases.length > 0
}

function grantOf(before: Run, entry: IceEntry): Seq {
  if (entry.type === 'ActionAuthorized') return entry.payload.grant
  const stage = entry.type === 'ActionDispatched' ? openAction(before, entry.payload.action)?.stage : undefined
  return stage !== undefined && 'decided' in stage ? stage.decided.grant : 0
}
