import { canonicalize } from '@ice-runtime/kernel'
import type { Json } from '@ice-runtime/kernel'
import type { AgentBundle } from './bundle/bundle-agent.ts'
import type { ModelAgentOptions } from './model/model-options.ts'

/** What is kept of an agent beside its runs, so that another process can host the same one. */
export type KeptAgent =
  | { readonly kind: 'quickjs'; readonly bundle: AgentBundle }
  | { readonly kind: 'model'; readonly options: ModelAgentOptions }

/** The bytes from which `restoreAgent` makes the same agent: canonical JSON. */
export function keepAgent(kept: KeptAgent): Uint8Array {
  return new TextEncoder().encode(canonicalize(kept as unknown as Json))
}
