import { openaiProvider, scriptedProvider } from '@ice-runtime/ice/parts'
import type { ModelProvider } from '@ice-runtime/ice/parts'
import { IceError } from '@ice-runtime/kernel'

/** The model providers of one command line. */
export interface Models {
  readonly providers: { readonly [name: string]: ModelProvider }
  /** `provider:name` for a declaration that names no model; undefined when no provider was given. */
  readonly first: string | undefined
}

type Environment = { readonly [name: string]: string | undefined }

const modelHint = 'scripted:FILE, or openai:NAME@URL like openai:gpt-5@https://api.openai.com/v1'

/** Throws `usage.invalid`, and `script.invalid` for a script that cannot be read. */
export function openModels(specs: readonly string[], environment: Environment): Models {
  const opened = specs.map((spec) => openModel(spec, environment))
  const twice = opened.find(({ provider }, index) => opened.findIndex((other) => other.provider === provider) !== index)
  if (twice !== undefined) throw new IceError('usage.invalid', `--model ${twice.provider}: is given twice`)
  return { providers: Object.fromEntries(opened.map(({ provider, host }) => [provider, host])), first: opened[0]?.model }
}

interface OpenedModel {
  readonly provider: string
  readonly model: string
  readonly host: ModelProvider
}

function openModel(spec: string, environment: Environment): OpenedModel {
  const colon = spec.indexOf(':')
  const provider = spec.slice(0, Math.max(colon, 0))
  const rest = spec.slice(colon + 1)
  if (provider === 'scripted' && rest !== '') return { provider, model: 'scripted:script', host: scriptedProvider({ file: rest }) }
  const at = rest.indexOf('@')
  if (provider !== 'openai' || at < 1) throw new IceError('usage.invalid', `--model ${spec} is no provider`, { hint: modelHint })
  const baseUrl = rest.slice(at + 1)
  const host = openaiProvider({
    baseUrl,
    apiKey: () => keyFor(baseUrl, environment),
    fetch: globalThis.fetch,
    timers: { setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) },
  })
  return { provider, model: `openai:${rest.slice(0, at)}`, host }
}

/** The key that is meant for any service, or the one that belongs to OpenAI, for OpenAI alone. */
function keyFor(baseUrl: string, environment: Environment): string | undefined {
  const named = environment['ICE_MODEL_KEY']
  if (named !== undefined && named !== '') return named
  return new URL(baseUrl).hostname === 'api.openai.com' ? environment['OPENAI_API_KEY'] : undefined
}
