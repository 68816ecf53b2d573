import { IceError } from '@ice-runtime/kernel'

/** Where the value of a secret comes from. It is read when it is needed and kept in memory alone. */
export type SecretSource =
  | { readonly env: string }
  /** Path of a file that holds nothing else. */
  | { readonly file: string }
  /** Program and arguments, run without a shell; its output is the value. */
  | { readonly command: readonly string[] }

/** A name that effects may use, and where its value may go: `scheme://host:port`, or a name that a driver owns. */
export interface SecretDeclaration {
  readonly name: string
  readonly source: SecretSource
  readonly destinations: readonly string[]
}

const nameForm = /^[a-z][a-z0-9-]{0,63}$/
const maxDestinations = 64
const maxShownChars = 64
const hint = 'write NAME=env:VARIABLE@https://host:443, or file:PATH in place of env:VARIABLE'

/** `NAME=env:VARIABLE@DESTINATION[,DESTINATION]`, or `file:PATH`. Throws `secret.invalid`. */
export function parseSecret(text: string): SecretDeclaration {
  const [, name = '', kind = '', place = '', destinations = ''] = /^([^=]*)=(env|file):(.*)@([^@]*)$/s.exec(text) ?? []
  // Not the whole text: somebody may have written the value there.
  const shown = JSON.stringify((text.split('=')[0] ?? '').slice(0, maxShownChars))
  if (kind === '') throw new IceError('secret.invalid', `cannot read where the secret ${shown} comes from and goes to`, { hint })
  const source: SecretSource = kind === 'env' ? { env: place } : { file: place }
  return checkedSecret({ name, source, destinations: destinations.split(',') })
}

/** Throws `secret.invalid` for a declaration that promises what cannot be kept. */
export function checkedSecret(declaration: SecretDeclaration): SecretDeclaration {
  const flaw = flawOf(declaration)
  if (flaw === undefined) return declaration
  throw new IceError('secret.invalid', `secret ${JSON.stringify(declaration.name.slice(0, maxShownChars))}: ${flaw}`, { hint })
}

/** What is wrong with a declaration. */
export function flawOf({ name, source, destinations }: SecretDeclaration): string | undefined {
  if (!nameForm.test(name)) return 'a name is lowercase letters, digits and dashes'
  if ('env' in source && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(source.env)) return 'env names no variable'
  if ('file' in source && source.file === '') return 'file names no path'
  if ('command' in source && (source.command[0] ?? '') === '') return 'command names no program'
  if (destinations.length === 0 || destinations.length > maxDestinations) return 'it is for no destination, or for too many'
  const unclear = destinations.find(
    (destination) => !/^[^\s*,]{1,256}$/.test(destination) || /^https?:\/\/(?![^/]*:\d+$)/.test(destination),
  )
  return unclear === undefined ? undefined : `${JSON.stringify(unclear)} is no destination: https://host:443, or ledger:main`
}
