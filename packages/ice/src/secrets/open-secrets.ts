import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { IceError, minSecretChars } from '@ice-runtime/kernel'
import type { SecretScrubber, Secrets } from '@ice-runtime/kernel'
import type { SecretDeclaration, SecretSource } from './declaration.ts'

/** A key ring that asks for a password is waited for as long as a person types. */
const commandMs = 60_000
const maxSecretBytes = 65_536

type Environment = { readonly [name: string]: string | undefined }

export interface SecretParts {
  readonly environment: Environment
  readonly scrubber: SecretScrubber
}

/**
 * Opens what was declared. Values in the environment and in files are read now, so that they are taken out of everything from the first
 * word on, and again when they are used; a command is run when its value is used, and not before. Throws `secret.invalid` for a
 * name declared twice.
 */
export function openSecrets(declarations: readonly SecretDeclaration[], { environment, scrubber }: SecretParts): Secrets {
  const byName = new Map<string, SecretDeclaration>()
  for (const declaration of declarations) {
    const { name, source } = declaration
    if (byName.has(name)) throw new IceError('secret.invalid', `the secret ${name} is declared twice`)
    byName.set(name, declaration)
    const value = 'command' in source ? undefined : presentValue(source, environment)
    if (value !== undefined) scrubber.learn(value)
  }
  return {
    destinations: (name) => byName.get(name)?.destinations,
    reveal: async (name) => {
      const declaration = byName.get(name)
      if (declaration === undefined) throw new IceError('secret.unknown', `there is no secret ${JSON.stringify(name)}`)
      const value = await valueOf(declaration.source, environment)
      const problem = problemOf(value)
      if (value === undefined || problem !== undefined) throw new IceError('secret.unreadable', `the secret ${name} ${problem ?? ''}`)
      scrubber.learn(value)
      return value
    },
    scrubber,
  }
}

function problemOf(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return 'has no value'
  if (value.length < minSecretChars) return `is shorter than ${minSecretChars} characters, too short to be taken out of what is said`
  return value.isWellFormed() && !value.includes('\0') ? undefined : 'is no text'
}

async function valueOf(source: SecretSource, environment: Environment): Promise<string | undefined> {
  if (!('command' in source)) return presentValue(source, environment)
  const [program = '', ...args] = source.command
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: commandMs, maxBuffer: maxSecretBytes, encoding: 'utf8' })
    return withoutLineEnd(stdout)
  } catch {
    // What it said may hold the value, so only that it failed is passed on.
    return undefined
  }
}

/** Undefined for what is not there. */
function presentValue(source: Exclude<SecretSource, { command: readonly string[] }>, environment: Environment): string | undefined {
  if ('env' in source) return environment[source.env]
  try {
    return withoutLineEnd(readFileSync(source.file, 'utf8').slice(0, maxSecretBytes))
  } catch {
    return undefined
  }
}

/** Editors and programs end what they write with a line. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}
