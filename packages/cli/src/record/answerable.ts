import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openSubjectKeys } from '@ice-runtime/ice/record'
import { IceError } from '@ice-runtime/kernel'
import type { EncryptedField, Principal } from '@ice-runtime/kernel'
import { visible } from '../terminal/text.ts'

/** Who answers for a run, as far as it can be read here. */
export interface Answerable {
  readonly subject: string
  /** Undefined when the key that the name is encrypted under is not here, because it was erased or this is a copy. */
  readonly name: string | undefined
  readonly authenticated: string
  readonly namespace: string
}

export function answerableOf({ subject, name, authenticated, namespace }: Principal, data: string): Answerable {
  return { subject, name: decryptedName(name, data), authenticated, namespace }
}

/** A name of the record; undefined when its key is not here. */
export function decryptedName(name: EncryptedField, data: string): string | undefined {
  const keys = join(data, 'keys')
  // Reading a record makes nothing, and opening keys makes their directory.
  if (!existsSync(keys)) return undefined
  try {
    return openSubjectKeys(keys).decrypt(name)
  } catch (error) {
    if (error instanceof IceError) return undefined
    throw error
  }
}

/** `alice (os-user)`; the subject where the name cannot be read. */
export function answerableText({ name, subject, authenticated }: Answerable): string {
  return `${visible(name ?? subject)} (${visible(authenticated)})`
}
