import { resolve } from 'node:path'
import { findSecrets, parseSecret } from '@ice-runtime/ice/record'
import type { SecretDeclaration } from '@ice-runtime/ice/record'
import { dataOf } from '../place.ts'
import type { OptionValues } from '../table/option-values.ts'

/** What `--secret` declares. A path is one of the directory the command was given in. Throws `secret.invalid`. */
export function givenSecrets(options: OptionValues): readonly SecretDeclaration[] {
  return options.list('secret').map((text) => {
    const declaration = parseSecret(text)
    const { source } = declaration
    return 'file' in source ? { ...declaration, source: { file: resolve(source.file) } } : declaration
  })
}

/** All that a run can name. */
export function declaredSecrets(options: OptionValues): readonly SecretDeclaration[] {
  return [...findSecrets(dataOf(options)), ...givenSecrets(options)]
}
