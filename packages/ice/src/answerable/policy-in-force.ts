import { builtinPolicy, digestFromBytes, IceError } from '@ice-runtime/kernel'
import type { BlobReader, Digest, PolicyEngine, SystemState } from '@ice-runtime/kernel'
import { checkPolicy, openCedarPolicy, placeOf, policyBytes, readPolicyBundle } from '@ice-runtime/policy'
import type { PolicyAction } from '@ice-runtime/policy'
import { sha256 } from '../sha256.ts'

/**
 * The policy that holds under a state of the system stream: the adopted one, opened from the blob its digest names, and the rules that
 * are built in before any is adopted. One that cannot be opened is in force all the same, and answers nothing but errors.
 */
export function policyInForce(parts: {
  readonly blobs: BlobReader
  readonly actions: readonly PolicyAction[]
}): (system: Pick<SystemState, 'policy'>) => PolicyEngine {
  const builtin = builtinPolicy(sha256)
  const opened = new Map<Digest, PolicyEngine>()
  return ({ policy: digest }) => {
    if (digest === undefined) return builtin
    const known = opened.get(digest)
    if (known !== undefined) return known
    const engine = openAdopted(digest, parts)
    opened.set(digest, engine)
    return engine
  }
}

function openAdopted(
  digest: Digest,
  { blobs, actions }: { readonly blobs: BlobReader; readonly actions: readonly PolicyAction[] },
): PolicyEngine {
  try {
    return openCedarPolicy({ bundle: readPolicyBundle(blobs.get(digest)), actions, sha256 })
  } catch (error) {
    const detail = `the adopted policy cannot be opened: ${error instanceof Error ? error.message : String(error)}`
    return { digest, evaluate: () => ({ effect: 'error', detail }) }
  }
}

/** A policy that can be adopted: the bytes that are kept, and their digest. Throws `policy.invalid`, which names the first error. */
export function adoptable(text: string, actions: readonly PolicyAction[]): { readonly digest: Digest; readonly bytes: Uint8Array } {
  const bundle = readPolicyBundle(new TextEncoder().encode(text))
  const error = checkPolicy({ bundle, actions }).find(({ severity }) => severity === 'error')
  if (error !== undefined) {
    const hint = error.hint ?? 'look at all of it with: ice policy check'
    throw new IceError('policy.invalid', `${placeOf(error)}: ${error.message}`, { hint })
  }
  const bytes = policyBytes(bundle)
  return { digest: digestFromBytes(sha256(bytes)), bytes }
}
