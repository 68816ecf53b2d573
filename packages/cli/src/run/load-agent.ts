import { readFileSync } from 'node:fs'
import { bundleAgent, modelAgent, quickjsAgent } from '@ice-runtime/ice/parts'
import type { ModelAgentOptions, QuickjsPool } from '@ice-runtime/ice/parts'
import { IceError } from '@ice-runtime/kernel'
import type { AgentHost } from '@ice-runtime/kernel'

export interface AgentParts {
  quickjs(): Promise<QuickjsPool>
  /** For a declaration that names no model. */
  readonly model: string | undefined
}

/** An agent from its file. Throws `files.not_found`, `agent.bundle_failed`, `usage.invalid`. */
export async function loadAgent(file: string, parts: AgentParts): Promise<AgentHost> {
  const text = readText(file)
  if (file.endsWith('.json')) return modelAgent(readDeclaration(text, { file, model: parts.model }))
  if (!/\.[cm]?[jt]s$/.test(file))
    throw new IceError('usage.invalid', `${file} is no agent`, { hint: 'an agent is a .ts or .js file, or a .json declaration' })
  const pool = await parts.quickjs()
  return quickjsAgent({ bundle: await bundleAgent(file, { pool }), pool })
}

/** Throws `files.not_found`. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new IceError('files.not_found', `${file} cannot be read`, { cause })
  }
}

const declared = ['name', 'version', 'instructions', 'model', 'tools', 'stop', 'output', 'maxOutputTokens', 'temperature', 'requests']
const declarationHint = '{"name", "version", "instructions", "model": "scripted:script", "tools": ["files.read"]}'

/** Strict where a mistake would pass in silence: a misspelt member is an error, not a default. */
function readDeclaration(text: string, about: { readonly file: string; readonly model: string | undefined }): ModelAgentOptions {
  const fail = (what: string): IceError => new IceError('usage.invalid', `${about.file}: ${what}`, { hint: declarationHint })
  const value = parsed(text, fail)
  const unknown = Object.keys(value).find((key) => !declared.includes(key))
  if (unknown !== undefined) throw fail(`no member ${JSON.stringify(unknown)} in a model agent`)
  const options: { readonly [key: string]: unknown } = { model: about.model, ...value }
  for (const key of ['name', 'version', 'instructions', 'model']) {
    if (typeof options[key] !== 'string' || options[key] === '')
      throw fail(`${key} is missing${key === 'model' ? ', and no --model stands in for it' : ''}`)
  }
  const { tools } = options
  if (tools !== undefined && !(Array.isArray(tools) && tools.every((tool) => typeof tool === 'string')))
    throw fail('tools is a list of actions')
  return options as unknown as ModelAgentOptions
}

function parsed(text: string, fail: (what: string) => IceError): { readonly [key: string]: unknown } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('a declaration is an object')
  return value as { readonly [key: string]: unknown }
}
