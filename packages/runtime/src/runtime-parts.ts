import { createByteText } from '@ice-runtime/kernel'
import type { AgentStart, BlobRef, Digest, SealContext, Secrets } from '@ice-runtime/kernel'
import { defaultLimits } from './options.ts'
import type { Limits, OnAgentLog, RuntimeOptions, Validator } from './options.ts'
import { createHolding } from './run/holding.ts'
import type { Holding } from './run/holding.ts'
import type { LiveRun } from './run/live-run.ts'
import { keepSecrets } from './secrets/keep-secrets.ts'
import { openStandingOrders } from './standing-orders.ts'
import type { StandingOrders } from './standing-orders.ts'

/** Shared content remembered. A process with more kinds of runs than this digests the others again for each. */
export const maxKept = 256

/** What the parts of a runtime share. */
export interface RuntimeParts extends Omit<RuntimeOptions, 'limits' | 'policy' | 'secrets' | 'validators'> {
  readonly limits: Limits
  readonly secrets: Secrets
  readonly context: SealContext
  readonly validators: ReadonlyMap<string, Validator>
  readonly standing: StandingOrders
  readonly holding: Holding
  /** Resolves when everything recorded before the call is durable. */
  flush(): Promise<void>
  /** Content many runs cite, by what it is: bundles by agent digest, offers by catalog and names. At most `maxKept`. */
  readonly kept: Map<string, BlobRef>
  /** Offers as agents are given them, by digest: read once, whatever the number of runs. At most `maxKept`. */
  readonly offers: Map<Digest, AgentStart['actions']>
  /** Drives a child in the background. */
  takeUp(run: LiveRun): void
  readonly onAgentLog: OnAgentLog | undefined
}

export type RuntimePartsOptions = RuntimeOptions & { readonly onAgentLog?: OnAgentLog | undefined }

/** What the parts do to the runs at work. */
export interface OnRuns {
  readonly takeUp: RuntimeParts['takeUp']
  /** Standing authority has moved. */
  readonly onMoved: () => void
}

export function createRuntimeParts(given: RuntimePartsOptions, { takeUp, onMoved }: OnRuns): RuntimeParts {
  const options = keepSecrets(given)
  const { store, sha256, verifies, clock, policy, validators } = options
  const { log } = store
  const context: SealContext = { logId: log.logId, sha256, memory: createByteText() }
  const holding = createHolding()
  return {
    ...options,
    limits: { ...defaultLimits, ...options.limits },
    context,
    validators: new Map(validators.map((validator) => [validator.name, validator])),
    standing: openStandingOrders({ log, holding, clock, context, proofs: { sha256, verifies }, policy, onMoved }),
    holding,
    flush: () => {
      holding.releaseAll()
      return log.flush()
    },
    kept: new Map(),
    offers: new Map(),
    takeUp,
  }
}
