import { builtinPolicy } from '@ice-runtime/kernel'
import type { BlobReader, PolicyEngine, SystemState } from '@ice-runtime/kernel'
import { sha256 } from '../sha256.ts'

/**
 * The engine that judges hosts under this state of the system stream: the adopted policy, and the built-in rules before any is adopted.
 * Cedar is loaded for the former alone, because a host waits meanwhile.
 */
export async function policyInForceNow(system: SystemState, blobs: BlobReader): Promise<PolicyEngine> {
  if (system.policy === undefined) return builtinPolicy(sha256)
  const [{ policyInForce }, { knownActions }] = await Promise.all([
    import('../answerable/policy-in-force.ts'),
    import('../answerable/known-actions.ts'),
  ])
  return policyInForce({ blobs, actions: knownActions() })(system)
}
