import { openQuickjsPool, restoreAgent } from '@ice-runtime/agents'
import type { QuickjsPool } from '@ice-runtime/agents'
import type { AgentHost, AgentIdentity, BlobReader } from '@ice-runtime/kernel'

/** Every agent this process can host, and the threads for those that are bundled. */
export interface AgentShelf extends AsyncDisposable {
  put(agent: AgentHost): void
  /** Lets runs start it by its name; the last one offered under a name is the one that is started. */
  offer(agent: AgentHost): void
  named(name: string): AgentHost | undefined
  find(identity: AgentIdentity): AgentHost | undefined
  /** From the shelf, or from the bundle kept with the agent's runs. Throws `blob.missing`, `agent.bundle_failed`. */
  restore(identity: AgentIdentity): Promise<AgentHost | undefined>
  quickjs(): Promise<QuickjsPool>
}

export function createAgentShelf(agents: readonly AgentHost[], blobs: BlobReader): AgentShelf {
  const known = new Map(agents.map((agent) => [agent.identity.digest, agent]))
  const offered = new Map(agents.map((agent) => [agent.identity.name, agent]))
  let pool: Promise<QuickjsPool> | undefined
  const quickjs = (): Promise<QuickjsPool> => {
    pool ??= openQuickjsPool()
    return pool
  }
  const restore = async (identity: AgentIdentity): Promise<AgentHost | undefined> => {
    const found = known.get(identity.digest)
    if (found !== undefined || identity.bundle === undefined) return found
    const agent = await restoreAgent(blobs.get(identity.bundle), quickjs)
    known.set(agent.identity.digest, agent)
    return known.get(identity.digest)
  }
  return {
    put: (agent) => void known.set(agent.identity.digest, agent),
    offer: (agent) => {
      known.set(agent.identity.digest, agent)
      offered.set(agent.identity.name, agent)
    },
    named: (name) => offered.get(name),
    find: (identity) => known.get(identity.digest),
    restore,
    quickjs,
    [Symbol.asyncDispose]: async () => {
      await (await pool)?.[Symbol.asyncDispose]()
    },
  }
}
