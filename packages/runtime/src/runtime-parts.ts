import type { AgentChannel, RunId, SealContext } from '@ice-runtime/kernel'
import type { Limits, RuntimeOptions, Validator } from './options.ts'
import type { Standing } from './standing.ts'

/** What the parts of a runtime share. */
export interface RuntimeParts extends Omit<RuntimeOptions, 'limits' | 'validators'> {
  readonly limits: Limits
  readonly context: SealContext
  readonly validators: ReadonlyMap<string, Validator>
  standing(): Standing
  /** Display only. */
  readonly onAgentLog: ((run: RunId, level: Parameters<AgentChannel['log']>[0], text: string) => void) | undefined
}
