import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { operatorKeyDirectory, operatorKeyFile, readOperatorKey } from '@ice-runtime/ice/record'
import type { SigningKey } from '@ice-runtime/ice/record'
import { IceError } from '@ice-runtime/kernel'
import type { SubjectId } from '@ice-runtime/kernel'
import { findOperator } from '../authority/operator-list.ts'
import type { ListedOperator } from '../authority/operator-list.ts'
import type { OptionValues } from '../table/option-values.ts'

/** An operator whose private key is at hand here. */
export interface Signer {
  readonly subject: SubjectId
  readonly name: string | undefined
  readonly key: SigningKey
}

/**
 * Who answers: whom `--as` names, whose key `--key` is, or the one operator whose key this user has. Throws `usage.invalid` where that is
 * nobody or several, `data.unreadable` for a key that others can read.
 */
export function findSigner(options: OptionValues, operators: readonly ListedOperator[], environment: NodeJS.ProcessEnv): Signer {
  const [named, file] = [options.text('as'), options.text('key')]
  if (file !== undefined) return ownerOf(resolve(file), named === undefined ? operators : [operatorOf(operators, named)])
  const directory = operatorKeyDirectory(environment)
  if (named !== undefined) {
    const operator = operatorOf(operators, named)
    return ownerOf(operatorKeyFile(directory, operator.subject), [operator])
  }
  const present = operators.filter(({ subject }) => existsSync(operatorKeyFile(directory, subject)))
  const [only, ...others] = present
  if (only === undefined) {
    const hint = 'name one with: ice operators add NAME --role ROLE, or a key with --key FILE'
    throw new IceError('usage.invalid', 'this user has the key of no operator of this record', { hint })
  }
  if (others.length === 0) return ownerOf(operatorKeyFile(directory, only.subject), [only])
  const hint = `say which with --as: ${present.map(({ subject, name }) => name ?? subject).join(', ')}`
  throw new IceError('usage.invalid', 'this user has the keys of several operators', { hint })
}

function operatorOf(operators: readonly ListedOperator[], text: string): ListedOperator {
  const subject = findOperator(operators, text)
  const found = operators.find((operator) => operator.subject === subject)
  if (found === undefined) throw new IceError('invariant.violated', 'an operator that was found is among those looked at')
  return found
}

/** The operator among these whose public key belongs to the private one in a file. */
function ownerOf(file: string, operators: readonly ListedOperator[]): Signer {
  const key = readOperatorKey(file)
  if (key === undefined) throw new IceError('usage.invalid', `there is no key in ${file}`, { hint: 'name another one with --key FILE' })
  const owner = operators.find(({ publicKey }) => publicKey === key.publicKey)
  if (owner !== undefined) return { subject: owner.subject, name: owner.name, key }
  throw new IceError('usage.invalid', `the key in ${file} is not that of an operator of this record`, {
    hint: 'list them with: ice operators',
  })
}
