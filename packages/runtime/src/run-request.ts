import type { AgentHost, Ceilings, EncryptedField, GrantTerms, Json, Principal, RunId } from '@ice-runtime/kernel'

/** What a run is started with. */
export interface RunRequest {
  readonly agent: AgentHost
  readonly input: Json
  readonly principal: Principal
  readonly grants: readonly GrantTerms[]
  readonly ceilings?: Partial<Ceilings>
  /** Identity of the workspace it may commit to, as the runtime's `world` knows it. */
  readonly workspace?: string
  /** The path it was opened by, for the record. */
  readonly workspacePath?: EncryptedField
  /** Names of validators; `output`, `bounds` and `secrets` when absent. */
  readonly validators?: readonly string[]
  readonly seed?: string
  readonly continues?: RunId
}

/** Enough for real work, small enough that a run that got lost ends by itself. Money has no default: its unit is the operator's. */
export const defaultCeilings: Ceilings = { steps: 1000, wallMs: 30 * 60 * 1000, cost: { tokens: 2_000_000, sizeBytes: 1024 ** 3 } }
export const defaultValidators: readonly string[] = ['output', 'bounds', 'secrets']
