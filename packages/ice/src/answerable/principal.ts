import { createHash } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { parseSubjectId } from '@ice-runtime/kernel'
import type { Principal } from '@ice-runtime/kernel'
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
  const digest = createHash('sha256').update(`${who.kind}\n${namespace}\n${who.name}`).digest('hex')
  const subject = parseSubjectId(`sub_${digest.slice(0, subjectChars)}`)
  return { subject, kind: who.kind, authenticated: who.authenticated, namespace, name: keys.encrypt(subject, who.name) }
}
