import { createHash } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { parseSubjectId } from '@ice-runtime/kernel'
import type { Principal, SubjectId } from '@ice-runtime/kernel'
import type { SubjectKeys } from './subject-keys.ts'

/** Who answers for runs started here. */
export interface Answerable {
  readonly name: string
  readonly kind: 'person' | 'service'
  /** How the program that embeds ICE knows who it is. */
  readonly authenticated: string
  readonly namespace?: string
}

const subjectChars = 24

/** The user of this process: the operating system's word, no more. */
export function currentUser(): Answerable {
  return { name: userInfo().username, kind: 'person', authenticated: 'os-user', namespace: hostname() }
}

/** The record of an answerable: its name encrypted, its subject the same for the same name in a namespace. */
export function principalOf(who: Answerable, keys: SubjectKeys): Principal {
  const namespace = who.namespace ?? 'default'
  const subject = subjectOf(who)
  return { subject, kind: who.kind, authenticated: who.authenticated, namespace, name: keys.encrypt(subject, who.name) }
}

/** The id of somebody: the same for the same name in a namespace, so that who starts a run and who approves it can be told to be one. */
export function subjectOf({ kind, namespace = 'default', name }: Pick<Answerable, 'kind' | 'name' | 'namespace'>): SubjectId {
  const digest = createHash('sha256').update(`${kind}\n${namespace}\n${name}`).digest('hex')
  return parseSubjectId(`sub_${digest.slice(0, subjectChars)}`)
}
