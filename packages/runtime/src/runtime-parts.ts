import type { AgentChannel, BlobRef, RunId, SealContext } from '@ice-runtime/kernel'
import type { Limits, RuntimeOptions, Validator } from './options.ts'
import type { Standing } from './standing.ts'

/** What the parts of a runtime share. */
export interface RuntimeParts extends Omit<RuntimeOptions, 'limits' | 'validators'> {
  readonly limits: Limits
  readonly context: SealContext
  readonly validators: ReadonlyMap<string, Validator>
  standing(): Standing
  /** What was offered to agents before, by catalog and names: most runs of a process are offered the same. */
  readonly offers: Map<string, BlobRef>
  /** Display only. */
  readonly onAgentLog: ((run: RunId, level: Parameters<AgentChannel['log']>[0], text: string) => void) | undefined
}
