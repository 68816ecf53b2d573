import type { Digest, EntryId } from '../log/ids.ts'
import type { AuthorityEvents } from './events.ts'

/** What the `system` stream says: who may decide, under which policy, and what is stopped. A projection. */
export interface SystemState {
  readonly policy: Digest | undefined
  readonly lockdown: boolean
  readonly lockedAgents: ReadonlySet<string>
  readonly revoked: ReadonlySet<EntryId>
}

export const initialSystem: SystemState = { policy: undefined, lockdown: false, lockedAgents: new Set(), revoked: new Set() }

/** Folds one entry of the system stream; types that are not about standing authority leave it. */
export function evolveSystem(system: SystemState, entry: { readonly type: string; readonly payload: unknown }): SystemState {
  switch (entry.type) {
    case 'PolicyAdopted':
      return { ...system, policy: (entry.payload as AuthorityEvents['PolicyAdopted']).policy }
    case 'LockdownSet':
      return lockdown(system, entry.payload as AuthorityEvents['LockdownSet'])
    case 'CapabilityRevoked':
      return { ...system, revoked: new Set([...system.revoked, (entry.payload as AuthorityEvents['CapabilityRevoked']).grant]) }
    default:
      return system
  }
}

function lockdown(system: SystemState, set: AuthorityEvents['LockdownSet']): SystemState {
  if (set.agent === undefined) return { ...system, lockdown: set.on }
  const lockedAgents = new Set(system.lockedAgents)
  if (set.on) lockedAgents.add(set.agent)
  else lockedAgents.delete(set.agent)
  return { ...system, lockedAgents }
}
