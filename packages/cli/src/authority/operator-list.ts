import { knownOperators, readStanding } from '@ice-runtime/ice/record'
import type { KnownOperator } from '@ice-runtime/ice/record'
import { IceError } from '@ice-runtime/kernel'
import type { StoreReader, SubjectId } from '@ice-runtime/kernel'
import { decryptedName } from '../record/answerable.ts'

/** An operator as people see one. */
export interface ListedOperator extends Omit<KnownOperator, 'name'> {
  /** Undefined where the key of the name is not here. */
  readonly name: string | undefined
}

/** The operators of a record, first added first. */
export function listOperators(store: StoreReader, data: string): readonly ListedOperator[] {
  return knownOperators(readStanding(store.log)).map((known) => ({ ...known, name: decryptedName(known.name, data) }))
}

/** Names by subject, of those who are operators and of those who were. */
export function operatorNames(store: StoreReader, data: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const entry of readStanding(store.log).entries) {
    const name = entry.type === 'OperatorAdded' ? decryptedName(entry.payload.name, data) : undefined
    if (entry.type === 'OperatorAdded' && name !== undefined) names.set(entry.payload.subject, name)
  }
  return names
}

/** The one operator that a subject or a name means. Throws `usage.invalid`, which names the candidates. */
export function findOperator(operators: readonly ListedOperator[], text: string): SubjectId {
  const found = operators.filter(({ subject, name }) => subject === text || name === text)
  const [only, ...others] = found
  if (only !== undefined && others.length === 0) return only.subject
  const hint = operators.length === 0 ? 'there are none' : `there are ${operators.map(({ subject, name }) => name ?? subject).join(', ')}`
  throw new IceError('usage.invalid', `${text.slice(0, 64)} is not one operator here`, { hint })
}
