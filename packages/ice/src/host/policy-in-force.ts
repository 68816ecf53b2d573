import { builtinPolicy, IceError } from '@ice-runtime/kernel'
import type { BlobReader, PolicyEngine, SystemState } from '@ice-runtime/kernel'
import { sha256 } from '../sha256.ts'

/** The engine of the policy that was adopted, or the built-in one before any was. */
export async function policyInForce(system: SystemState, _blobs: BlobReader): Promise<PolicyEngine> {
  if (system.policy === undefined) return await Promise.resolve(builtinPolicy(sha256))
  throw new IceError('policy.invalid', 'this build opens no policy')
}
