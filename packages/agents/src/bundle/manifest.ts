import { canonicalize, IceError } from '@ice-runtime/kernel'
import type { Json } from '@ice-runtime/kernel'
import type { AgentRequest } from '../define.ts'

/** What an agent's definition says about itself, read from its bundle. */
export interface AgentManifest {
  readonly name: string
  readonly version: string
  readonly input?: Json
  readonly output?: Json
  readonly requests: readonly AgentRequest[]
}

const maxNameChars = 100

/** Checks a definition's own words. Throws `agent.bundle_failed`, naming the field. */
export function readManifest(value: unknown, file: string): AgentManifest {
  const fail = (what: string): IceError => new IceError('agent.bundle_failed', `${file}: ${what}`)
  if (!isObject(value)) throw fail('the definition is not an object')
  const { name, version, input, output, requests } = value as { readonly [key in keyof AgentManifest]: unknown }
  if (typeof name !== 'string' || name === '' || name.length > maxNameChars) throw fail('name is not a text of 1 to 100 characters')
  if (typeof version !== 'string' || version === '' || version.length > maxNameChars)
    throw fail('version is not a text of 1 to 100 characters')
  if (!Array.isArray(requests)) throw fail('requests is not a list of { actions, resources }')
  const checked = requests.map((request: unknown): AgentRequest => {
    const { actions, resources } = isObject(request) ? (request as { readonly [key in keyof AgentRequest]: unknown }) : {}
    if (!isTextList(actions) || !isTextList(resources)) throw fail('a request is not { actions: string[], resources: string[] }')
    return { actions, resources }
  })
  const manifest = {
    name,
    version,
    ...(input === undefined ? {} : { input: input as Json }),
    ...(output === undefined ? {} : { output: output as Json }),
    requests: checked,
  }
  try {
    canonicalize(manifest as unknown as Json)
  } catch (cause) {
    throw new IceError('agent.bundle_failed', `${file}: the definition cannot be recorded`, { cause })
  }
  return manifest
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
