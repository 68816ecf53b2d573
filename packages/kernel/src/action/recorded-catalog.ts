import { canonicalize } from '../log/canonical.ts'
import { IceError } from '../log/errors.ts'
import type { Json, JsonObject } from '../log/json.ts'
import { parseStrictJsonBytes } from '../log/strict-json.ts'
import { factTypes } from '../authority/fact-declarations.ts'
import type { FactDeclaration, FactDeclarations, FactType } from '../authority/policy-port.ts'
import type { Driver } from './driver-port.ts'

/** An action as a record knows it: enough to ask a policy about it, nothing to perform it with. */
export interface RecordedAction {
  readonly action: string
  readonly facts: FactDeclarations
}

/** The bytes a catalog's digest is of, kept as a blob: names, versions, schemas and declared facts, in name order. */
export function catalogBytes(drivers: readonly Pick<Driver, 'action' | 'version' | 'argsSchema' | 'facts'>[]): Uint8Array {
  const actions = drivers.map(({ action, version, argsSchema, facts }) => ({ action, version, args: argsSchema, facts: declared(facts) }))
  return new TextEncoder().encode(canonicalize(actions))
}

/** The actions there were, read back. Throws `blob.corrupt` for bytes that `catalogBytes` would not have written. */
export function readCatalog(bytes: Uint8Array): readonly RecordedAction[] {
  const read = parseStrictJsonBytes(bytes)
  if (!isList(read)) throw corrupt()
  return read.map((item) => {
    const { action, facts } = isObject(item) ? item : {}
    if (typeof action !== 'string' || !isObject(facts)) throw corrupt()
    return { action, facts: Object.fromEntries(Object.entries(facts).map(([name, type]) => [name, declarationOf(type)])) }
  })
}

function declared(facts: FactDeclarations): JsonObject {
  return Object.fromEntries(Object.entries(facts).map(([name, { type, optional }]) => [name, optional === true ? `${type}?` : type]))
}

function declarationOf(text: Json | undefined): FactDeclaration {
  const name = typeof text === 'string' ? text.replace(/\?$/, '') : ''
  const type = factTypes.find((known): known is FactType => known === name)
  if (type === undefined || typeof text !== 'string') throw corrupt()
  return text.endsWith('?') ? { type, optional: true } : { type }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function corrupt(): IceError {
  return new IceError('blob.corrupt', 'these bytes are no catalog')
}
