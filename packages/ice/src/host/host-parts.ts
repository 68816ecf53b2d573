import { join } from 'node:path'
import { createByteText, createScrubber } from '@ice-runtime/kernel'
import type { Principal, Store } from '@ice-runtime/kernel'
import { createHolding, loadSystem, openStandingOrders } from '@ice-runtime/runtime/host'
import type { HostParts } from '@ice-runtime/runtime/host'
import { verifies } from '../answerable/ed25519.ts'
import { currentUser, principalOf } from '../answerable/principal.ts'
import { openSubjectKeys } from '../answerable/subject-keys.ts'
import { openSecrets } from '../secrets/open-secrets.ts'
import { findSecrets } from '../secrets/read-secrets.ts'
import { sha256 } from '../sha256.ts'
import { iceVersion } from '../version.ts'
import { policyInForceNow } from './policy-in-force-now.ts'

/** What host runs need, over a store that this process owns. */
export async function hostParts(store: Store, data: string): Promise<HostParts> {
  const { log } = store
  const context = { logId: log.logId, sha256, memory: createByteText() }
  const clock = { now: () => Date.now() }
  const policy = await policyInForceNow(loadSystem(log, context).system, store.blobs)
  const holding = createHolding()
  const proofs = { sha256, verifies }
  const standing = openStandingOrders({ log, holding, clock, context, proofs, policy: () => policy, onMoved: () => undefined })
  // Those that a command would have to be run for are known to whoever uses them, which nothing here does.
  const secrets = openSecrets(findSecrets(data), { environment: process.env, scrubber: createScrubber() })
  return { store, clock, context, holding, standing, secrets, runtimeName: `ice ${iceVersion}` }
}

/** Who answers for what a host does as this user. */
export function principalAt(data: string): Principal {
  return principalOf(currentUser(), openSubjectKeys(join(data, 'keys')))
}
