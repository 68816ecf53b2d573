import type { Digest } from '../log/ids.ts'

/** How an agent is run, and with it what its replay proves. `host`: a foreign program that asks before it acts. */
export const agentKinds = ['quickjs', 'model', 'function', 'host'] as const
export type AgentKind = (typeof agentKinds)[number]

export interface AgentIdentity {
  readonly name: string
  readonly version: string
  readonly kind: AgentKind
  /** Digest of the bundle and of the engine that runs it; of the declaration for agents without code. */
  readonly digest: Digest
  /** Blob from which another process can host the same agent; absent for functions of the embedding program. */
  readonly bundle?: Digest
}
