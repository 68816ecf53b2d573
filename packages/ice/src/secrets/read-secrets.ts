import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { IceError, parseStrictJson } from '@ice-runtime/kernel'
import type { Json } from '@ice-runtime/kernel'
import { flawOf } from './declaration.ts'
import type { SecretDeclaration, SecretSource } from './declaration.ts'

/** Where a data directory declares its secrets: names, sources and destinations, never a value. */
const secretsName = 'secrets.json'
const maxSecrets = 256
const hint = '{"secrets": {"board-key": {"env": "BOARD_KEY", "destinations": ["https://board.example.org:443"]}}}'

/** The declarations of a data directory, if it has any. Throws `secret.invalid`. */
export function findSecrets(data: string): readonly SecretDeclaration[] {
  const file = join(data, secretsName)
  if (!existsSync(file)) return []
  const fail = (what: string): IceError => new IceError('secret.invalid', `${file}: ${what}`, { hint })
  const { secrets, ...others } = objectIn(parsed(file, fail), fail)
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw fail(`has no member ${JSON.stringify(unknown)}`)
  const entries = Object.entries(objectIn(secrets, fail))
  if (entries.length > maxSecrets) throw fail(`declares more than ${maxSecrets} secrets`)
  return entries.map(([name, value]) =>
    found(
      declarationIn(name, value, (what) => fail(`${JSON.stringify(name)} ${what}`)),
      data,
    ),
  )
}

/** A file that is named by half its path lies beside the declarations. */
function found(declaration: SecretDeclaration, data: string): SecretDeclaration {
  const { source } = declaration
  return 'file' in source ? { ...declaration, source: { file: resolve(data, source.file) } } : declaration
}

type Fail = (what: string) => IceError

function declarationIn(name: string, value: Json, fail: Fail): SecretDeclaration {
  const { destinations, ...source } = objectIn(value, fail)
  if (!isTexts(destinations)) throw fail('says in no list of destinations where it may go')
  const declaration = { name, source: sourceIn(source, fail), destinations }
  const flaw = flawOf(declaration)
  if (flaw !== undefined) throw fail(`: ${flaw}`)
  return declaration
}

function sourceIn(source: { readonly [name: string]: Json }, fail: Fail): SecretSource {
  const { env, file, command } = source
  if (Object.keys(source).length !== 1) throw fail('has one source: env, file or command')
  if (typeof env === 'string') return { env }
  if (typeof file === 'string') return { file }
  if (isTexts(command)) return { command }
  throw fail('has one source: env, file or command, which is a list of texts')
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function objectIn(value: Json | undefined, fail: Fail): { readonly [name: string]: Json } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('is no object')
  return value as { readonly [name: string]: Json }
}

function parsed(file: string, fail: Fail): Json {
  try {
    return parseStrictJson(readFileSync(file, 'utf8'))
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error))
  }
}
