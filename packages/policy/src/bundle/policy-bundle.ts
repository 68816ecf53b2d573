import { canonicalize, digestFromBytes, IceError, parseStrictJsonBytes } from '@ice-runtime/kernel'
import type { Digest, Json, JsonObject, Sha256 } from '@ice-runtime/kernel'
import { maxFileNameChars, maxPolicyFiles } from '../limits.ts'

export interface PolicyFile {
  /** Relative, `/`-separated: what a rule is named after. */
  readonly name: string
  readonly text: string
}

/** A policy as it is adopted: its files in order of their names, so that one policy has one digest. */
export interface PolicyBundle {
  readonly files: readonly PolicyFile[]
}

const fileNamePattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/

/** True for a name that a finding can print and no reader can take for another place. */
export function isPolicyFileName(name: string): boolean {
  return name.length <= maxFileNameChars && fileNamePattern.test(name)
}

/** Puts files in order. Throws `policy.invalid` for a name that is none, and for one given twice. */
export function policyBundle(files: readonly PolicyFile[]): PolicyBundle {
  const sorted = [...files].sort((left, right) => (left.name < right.name ? -1 : 1)).map(({ name, text }) => ({ name, text }))
  if (sorted.length > maxPolicyFiles) throw invalid(`a policy has at most ${maxPolicyFiles} files`)
  for (const [index, { name, text }] of sorted.entries()) {
    if (!isPolicyFileName(name)) throw invalid(`${JSON.stringify(name.slice(0, maxFileNameChars))} is no name of a policy file`)
    if (sorted[index + 1]?.name === name) throw invalid(`two policy files are named ${name}`)
    if (!text.isWellFormed()) throw invalid(`${name} is no text`)
  }
  return { files: sorted }
}

/** The bytes of a bundle: what is kept as a blob. Their digest is the policy's. */
export function policyBytes(bundle: PolicyBundle): Uint8Array {
  const files = policyBundle(bundle.files).files.map(({ name, text }) => ({ name, text }))
  return new TextEncoder().encode(canonicalize({ files }))
}

export function policyDigest(bundle: PolicyBundle, sha256: Sha256): Digest {
  return digestFromBytes(sha256(policyBytes(bundle)))
}

/** Reads a bundle back. Throws `policy.invalid` for bytes that `policyBytes` would not have written. */
export function readPolicyBundle(bytes: Uint8Array): PolicyBundle {
  const files = filesOf(parse(bytes))
  if (files === undefined) throw invalid('the bytes are no policy')
  const bundle = policyBundle(files)
  const again = policyBytes(bundle)
  if (again.length !== bytes.length || !again.every((byte, index) => byte === bytes[index])) throw invalid('the bytes are no policy')
  return bundle
}

function parse(bytes: Uint8Array): Json {
  try {
    return parseStrictJsonBytes(bytes)
  } catch (error) {
    throw new IceError('policy.invalid', 'the bytes are no policy', { cause: error })
  }
}

function filesOf(value: Json): readonly PolicyFile[] | undefined {
  const list = isObject(value) ? value['files'] : undefined
  if (!Array.isArray(list)) return undefined
  const files: PolicyFile[] = []
  for (const file of list) {
    const { name, text } = isObject(file) ? file : {}
    if (typeof name !== 'string' || typeof text !== 'string') return undefined
    files.push({ name, text })
  }
  return files
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(message: string): IceError {
  return new IceError('policy.invalid', message)
}
