import type { AgentHost, AgentIdentity } from '@ice-runtime/kernel'
import { maxKept } from './runtime-parts.ts'
import type { RuntimeParts } from './runtime-parts.ts'

/** What a record says of an agent. Keeps its bundle once, however many runs it has. */
export function keptIdentity(agent: AgentHost, parts: RuntimeParts): AgentIdentity {
  if (agent.bundle === undefined) return agent.identity
  const known = parts.kept.get(agent.identity.digest)
  const kept = known ?? parts.store.blobs.put(agent.bundle)
  if (known === undefined && parts.kept.size < maxKept) parts.kept.set(agent.identity.digest, kept)
  return { ...agent.identity, bundle: kept.blob }
}
