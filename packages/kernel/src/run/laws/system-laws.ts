import { isPublicKey } from '../../authority/decide-system.ts'
import { malformedTerm } from '../../authority/grant.ts'
import type { SystemState } from '../../authority/system.ts'
import type { EventType, IceEntry } from '../taxonomy.ts'
import type { Violation } from './law.ts'

/** A law of the system stream. `before` is the fold of the stream up to the entry. */
export interface SystemLaw {
  readonly id: string
  readonly sentence: string
  readonly concerns: readonly EventType[]
  broken(before: SystemState, entry: IceEntry): string | undefined
}

export const systemLaws: readonly SystemLaw[] = [
  {
    id: 'system.policy_line',
    sentence: 'A policy is adopted in place of the one before it, which it names, and is another one.',
    concerns: ['PolicyAdopted'],
    broken: (before, entry) => {
      if (entry.type !== 'PolicyAdopted') return undefined
      const { policy, previous } = entry.payload
      if (previous !== before.policy) return `follows ${before.policy ?? 'none'}, says ${previous ?? 'none'}`
      return policy === before.policy ? 'it is in force' : undefined
    },
  },
  {
    id: 'system.operators',
    sentence: 'No two operators are one: nobody is added twice, no key stands for two, and only who is there is removed.',
    concerns: ['OperatorAdded', 'OperatorRemoved'],
    broken: (before, entry) => {
      if (entry.type === 'OperatorRemoved')
        return before.operators.has(entry.payload.subject) ? undefined : `${entry.payload.subject} is no operator`
      if (entry.type !== 'OperatorAdded') return undefined
      const { subject, publicKey } = entry.payload
      if (!isPublicKey(publicKey)) return 'its key is none'
      if (before.operators.has(subject)) return `${subject} is an operator`
      return [...before.operators.values()].some((known) => known.publicKey === publicKey) ? 'its key is that of another' : undefined
    },
  },
  {
    id: 'system.revoked_once',
    sentence: 'A grant is revoked once, and for good.',
    concerns: ['CapabilityRevoked'],
    broken: (before, entry) =>
      entry.type === 'CapabilityRevoked' && before.revoked.has(entry.payload.grant)
        ? `${entry.payload.grant} was revoked before`
        : undefined,
  },
  {
    id: 'system.hosts',
    sentence: 'What a host is given can be checked: known patterns, whole amounts.',
    concerns: ['HostConfigured'],
    broken: (_before, entry) => {
      if (entry.type !== 'HostConfigured') return undefined
      const malformed = entry.payload.grants?.map(malformedTerm).find((term) => term !== undefined)
      return malformed === undefined ? undefined : `cannot be checked: ${malformed}`
    },
  },
]

/** The first law an entry of the system stream would break. */
export function brokenSystemLaw(before: SystemState, entry: IceEntry): Violation | undefined {
  for (const law of systemLaws) {
    const detail = law.concerns.includes(entry.type) ? law.broken(before, entry) : undefined
    if (detail !== undefined) return { law: law.id, seq: entry.seq, detail }
  }
  return undefined
}
