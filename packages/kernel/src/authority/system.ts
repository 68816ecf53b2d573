import type { Digest, EntryId } from '../log/ids.ts'
import type { AuthorityEvents } from './events.ts'
import type { GrantTerms } from './grant-terms.ts'
import type { Operators } from './operator.ts'

/** What an operator gave a host. */
export interface HostSettings {
  readonly observe: boolean
  /** Absent: all that a host does. */
  readonly grants?: readonly GrantTerms[]
}

/** What the `system` stream says: who may decide, under which policy, and what is stopped. A projection. */
export interface SystemState {
  readonly policy: Digest | undefined
  readonly lockdown: boolean
  readonly lockedAgents: ReadonlySet<string>
  readonly revoked: ReadonlySet<EntryId>
  readonly operators: Operators
  /** By the host's name; one that is not there was never configured. */
  readonly hosts: ReadonlyMap<string, HostSettings>
}

export const initialSystem: SystemState = {
  policy: undefined,
  lockdown: false,
  lockedAgents: new Set(),
  revoked: new Set(),
  operators: new Map(),
  hosts: new Map(),
}

/** Folds one entry of the system stream; types that are not about standing authority leave it. */
export function evolveSystem(system: SystemState, entry: { readonly type: string; readonly payload: unknown }): SystemState {
  switch (entry.type) {
    case 'PolicyAdopted':
      return { ...system, policy: (entry.payload as AuthorityEvents['PolicyAdopted']).policy }
    case 'LockdownSet':
      return lockdown(system, entry.payload as AuthorityEvents['LockdownSet'])
    case 'CapabilityRevoked':
      return { ...system, revoked: new Set([...system.revoked, (entry.payload as AuthorityEvents['CapabilityRevoked']).grant]) }
    case 'OperatorAdded': {
      const { subject, publicKey, roles } = entry.payload as AuthorityEvents['OperatorAdded']
      return { ...system, operators: new Map(system.operators).set(subject, { publicKey, roles }) }
    }
    case 'OperatorRemoved': {
      const operators = new Map(system.operators)
      operators.delete((entry.payload as AuthorityEvents['OperatorRemoved']).subject)
      return { ...system, operators }
    }
    case 'HostConfigured': {
      const { host, observe, grants } = entry.payload as AuthorityEvents['HostConfigured']
      const settings = { observe, ...(grants === undefined ? {} : { grants }) }
      return { ...system, hosts: new Map(system.hosts).set(host, settings) }
    }
    default:
      return system
  }
}

/** True when a lockdown of all is on, or one of any of these agents. */
export function isLocked({ lockdown, lockedAgents }: Pick<SystemState, 'lockdown' | 'lockedAgents'>, agents: readonly string[]): boolean {
  return lockdown || agents.some((agent) => lockedAgents.has(agent))
}

function lockdown(system: SystemState, set: AuthorityEvents['LockdownSet']): SystemState {
  if (set.agent === undefined) return { ...system, lockdown: set.on }
  const lockedAgents = new Set(system.lockedAgents)
  if (set.on) lockedAgents.add(set.agent)
  else lockedAgents.delete(set.agent)
  return { ...system, lockedAgents }
}
