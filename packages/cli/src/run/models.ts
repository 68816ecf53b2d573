import { openaiProvider, scriptedProvider } from '@ice-runtime/ice/parts'
import type { ModelProvider } from '@ice-runtime/ice/parts'
import type { SecretDeclaration } from '@ice-runtime/ice/record'
import { IceError, minSecretChars } from '@ice-runtime/kernel'

/** The model providers of one command line. */
export interface Models {
  readonly providers: { readonly [name: string]: ModelProvider }
  /** Their keys, each bound to its service. */
  readonly secrets: readonly SecretDeclaration[]
  /** `provider:name` for a declaration that names no model; undefined when no provider was given. */
  readonly first: string | undefined
}

type Environment = { readonly [name: string]: string | undefined }

export interface ModelParts {
  readonly environment: Environment
  /** Secrets that are declared: a provider uses the one that is named after it, `openai-key`. */
  readonly declared: readonly SecretDeclaration[]
}

const modelHint = 'scripted:FILE, or openai:NAME@URL like openai:gpt-5@https://api.openai.com/v1'

/** Throws `usage.invalid`, and `script.invalid` for a script that cannot be read. */
export function openModels(specs: readonly string[], parts: ModelParts): Models {
  const opened = specs.map((spec) => openModel(spec, parts))
  const twice = opened.find(({ provider }, index) => opened.findIndex((other) => other.provider === provider) !== index)
  if (twice !== undefined) throw new IceError('usage.invalid', `--model ${twice.provider}: is given twice`)
  return {
    providers: Object.fromEntries(opened.map(({ provider, host }) => [provider, host])),
    secrets: opened.flatMap(({ secret }) => secret ?? []),
    first: opened[0]?.model,
  }
}

interface OpenedModel {
  readonly provider: string
  readonly model: string
  readonly host: ModelProvider
  readonly secret?: SecretDeclaration
}

function openModel(spec: string, parts: ModelParts): OpenedModel {
  const colon = spec.indexOf(':')
  const provider = spec.slice(0, Math.max(colon, 0))
  const rest = spec.slice(colon + 1)
  if (provider === 'scripted' && rest !== '') return { provider, model: 'scripted:script', host: scriptedProvider({ file: rest }) }
  const at = rest.indexOf('@')
  if (provider !== 'openai' || at < 1) throw new IceError('usage.invalid', `--model ${spec} is no provider`, { hint: modelHint })
  return { provider, model: `openai:${rest.slice(0, at)}`, ...openService(rest.slice(at + 1), parts) }
}

/** The handle of the service's key: the declared one, or the one that the environment holds. */
const keyName = 'openai-key'

function openService(baseUrl: string, { environment, declared }: ModelParts): Pick<OpenedModel, 'host' | 'secret'> {
  const common = {
    baseUrl,
    fetch: globalThis.fetch,
    timers: { setTimeout, clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout) },
  }
  if (declared.some(({ name }) => name === keyName)) return { host: openaiProvider({ ...common, secret: keyName }) }
  const variable = keyVariable(baseUrl, environment)
  const value = variable === undefined ? undefined : environment[variable]
  // A word that a local service takes for a key protects nothing, and could not be told from other text.
  if (variable === undefined || value === undefined || value.length < minSecretChars)
    return { host: openaiProvider({ ...common, apiKey: () => value }) }
  const host = openaiProvider({ ...common, secret: keyName })
  return { host, secret: { name: keyName, source: { env: variable }, destinations: [host.destination ?? ''] } }
}

/** The key that is meant for any service, or the one that belongs to OpenAI, for OpenAI alone. */
function keyVariable(baseUrl: string, environment: Environment): string | undefined {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== ''
  if (isSet('ICE_MODEL_KEY')) return 'ICE_MODEL_KEY'
  return URL.parse(baseUrl)?.hostname === 'api.openai.com' && isSet('OPENAI_API_KEY') ? 'OPENAI_API_KEY' : undefined
}
