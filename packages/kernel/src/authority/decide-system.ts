import type { EncryptedField } from '../log/entry.ts'
import { unreachable } from '../log/errors.ts'
import type { Digest, EntryId, SubjectId } from '../log/ids.ts'
import type { AuthorityEvents } from './events.ts'
import { malformedTerm } from './grant.ts'
import type { GrantTerms } from './grant-terms.ts'
import type { SystemState } from './system.ts'

/** Operators at once: more people than ever answer for one log, and every decision that asks them looks through all. */
export const maxOperators = 256
/** Roles of one operator: more is no role any more. */
export const maxRoles = 16
/** Agents locked down one by one: beyond it a lockdown of all is meant. */
export const maxLockedAgents = 1024

/** Kinds of hosts: there are a handful in the world. */
export const maxHosts = 64
/** Grants of one host: they are read by people, and stand in the request of each of its runs. */
export const maxHostGrants = 64

/** An order about what holds for all runs. `at` is the shell's time, never smaller than the stream's last entry. */
export type SystemCommand = SystemOrder & { readonly at: number }

export type SystemOrder =
  | { readonly type: 'AdoptPolicy'; readonly policy: Digest; readonly by: SubjectId }
  | {
      readonly type: 'AddOperator'
      readonly subject: SubjectId
      readonly name: EncryptedField
      readonly publicKey: string
      readonly roles: readonly string[]
      readonly by: SubjectId
    }
  | { readonly type: 'RemoveOperator'; readonly subject: SubjectId; readonly reason: string; readonly by: SubjectId }
  | { readonly type: 'SetLockdown'; readonly on: boolean; readonly agent?: string; readonly reason: string; readonly by: SubjectId }
  | {
      readonly type: 'ConfigureHost'
      readonly host: string
      readonly observe: boolean
      readonly grants?: readonly GrantTerms[]
      readonly by: SubjectId
    }
  | { readonly type: 'RevokeSystemGrant'; readonly grant: EntryId; readonly reason: string }

/** An event of the system stream as `decideSystem` returns it. */
export type SystemEvent = {
  [Type in SystemEventType]: {
    readonly type: Type
    readonly origin: 'operator'
    readonly causes: readonly []
    readonly payload: AuthorityEvents[Type]
  }
}[SystemEventType]

type SystemEventType = 'CapabilityRevoked' | 'HostConfigured' | 'LockdownSet' | 'OperatorAdded' | 'OperatorRemoved' | 'PolicyAdopted'

/** Why an order about standing authority was not taken. */
export const systemRejectionCodes = [
  'grant.already_revoked',
  'host.grants',
  'host.too_many',
  'lockdown.not_on',
  'lockdown.too_many',
  'operator.key_malformed',
  'operator.key_taken',
  'operator.known',
  'operator.roles',
  'operator.too_many',
  'operator.unknown',
  'policy.already_adopted',
] as const
export type SystemRejectionCode = (typeof systemRejectionCodes)[number]

export type SystemDecision =
  | { readonly ok: true; readonly event: SystemEvent }
  | { readonly ok: false; readonly code: SystemRejectionCode; readonly detail: string }

/** The one place where it is decided what holds for all runs. Pure; an order leads to one event or to none. */
export function decideSystem(command: SystemCommand, system: SystemState): SystemDecision {
  switch (command.type) {
    case 'AdoptPolicy':
      return adoptPolicy(command, system)
    case 'AddOperator':
      return addOperator(command, system)
    case 'RemoveOperator': {
      const { subject, reason, by } = command
      if (!system.operators.has(subject)) return rejected('operator.unknown', `${subject} is no operator`)
      return accepted({ type: 'OperatorRemoved', origin: 'operator', causes: [], payload: { subject, reason, by } })
    }
    case 'SetLockdown':
      return setLockdown(command, system)
    case 'ConfigureHost':
      return configureHost(command, system)
    case 'RevokeSystemGrant': {
      const { grant, reason } = command
      if (system.revoked.has(grant)) return rejected('grant.already_revoked', `${grant} was revoked before`)
      return accepted({ type: 'CapabilityRevoked', origin: 'operator', causes: [], payload: { grant, reason } })
    }
    default:
      return unreachable(command)
  }
}

function adoptPolicy({ policy, by }: Extract<SystemOrder, { type: 'AdoptPolicy' }>, system: SystemState): SystemDecision {
  if (system.policy === policy) return rejected('policy.already_adopted', `${policy.slice(0, 12)} is in force`)
  const previous = system.policy === undefined ? {} : { previous: system.policy }
  return accepted({ type: 'PolicyAdopted', origin: 'operator', causes: [], payload: { policy, ...previous, by } })
}

function addOperator(command: Extract<SystemOrder, { type: 'AddOperator' }>, system: SystemState): SystemDecision {
  const { subject, name, publicKey, roles, by } = command
  if (system.operators.has(subject)) return rejected('operator.known', `${subject} is an operator; remove it to change key or roles`)
  if (system.operators.size >= maxOperators) return rejected('operator.too_many', `there are ${maxOperators} operators`)
  if (!isPublicKey(publicKey)) return rejected('operator.key_malformed', 'a key is the base64url of 32 bytes')
  // Several people must be several keys, or one person could answer for two.
  if ([...system.operators.values()].some((known) => known.publicKey === publicKey))
    return rejected('operator.key_taken', 'another operator has this key')
  if (!areRoles(roles)) return rejected('operator.roles', `roles are 1 to ${maxRoles} different words of a-z, 0-9, _ and -`)
  return accepted({ type: 'OperatorAdded', origin: 'operator', causes: [], payload: { subject, name, publicKey, roles, by } })
}

/** To lock what is locked is recorded again, with its own reason: nobody who stops something is told to go away. */
function setLockdown(command: Extract<SystemOrder, { type: 'SetLockdown' }>, system: SystemState): SystemDecision {
  const { on, agent, reason, by } = command
  const isOn = agent === undefined ? system.lockdown : system.lockedAgents.has(agent)
  if (!on && !isOn) return rejected('lockdown.not_on', agent === undefined ? 'no lockdown of all is on' : `no lockdown of ${agent} is on`)
  if (on && agent !== undefined && !isOn && system.lockedAgents.size >= maxLockedAgents)
    return rejected('lockdown.too_many', `${maxLockedAgents} agents are locked down one by one`)
  const payload = { on, ...(agent === undefined ? {} : { agent }), reason, by }
  return accepted({ type: 'LockdownSet', origin: 'operator', causes: [], payload })
}

function configureHost({ type: _type, ...payload }: Extract<SystemOrder, { type: 'ConfigureHost' }>, system: SystemState): SystemDecision {
  const { host, observe, grants = [], by } = payload
  if (!system.hosts.has(host) && system.hosts.size >= maxHosts) return rejected('host.too_many', `${maxHosts} hosts are configured`)
  const malformed = grants.findIndex((terms) => malformedTerm(terms) !== undefined)
  if (malformed !== -1 || grants.length > maxHostGrants) return rejected('host.grants', `grant ${malformed} is none, or there are too many`)
  const given = payload.grants === undefined ? {} : { grants }
  return accepted({ type: 'HostConfigured', origin: 'operator', causes: [], payload: { host, observe, ...given, by } })
}

/** base64url of 32 bytes, in its one form: the last of 43 characters has two bits that stand for nothing. */
const publicKeyPattern = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
const rolePattern = /^[a-z][a-z0-9_-]{0,31}$/

export function isPublicKey(text: string): boolean {
  return publicKeyPattern.test(text)
}

function areRoles(roles: readonly string[]): boolean {
  const isBounded = roles.length >= 1 && roles.length <= maxRoles
  return isBounded && new Set(roles).size === roles.length && roles.every((role) => rolePattern.test(role))
}

function accepted(event: SystemEvent): SystemDecision {
  return { ok: true, event }
}

function rejected(code: SystemRejectionCode, detail: string): SystemDecision {
  return { ok: false, code, detail }
}
