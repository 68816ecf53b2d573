import { builtinPolicy, readCatalog } from '@ice-runtime/kernel'
import type { BlobReader, Digest, PolicyEngine, RecordedAction } from '@ice-runtime/kernel'
import { openCedarPolicy, readPolicyBundle } from '@ice-runtime/policy'
import type { PolicyBundle } from '@ice-runtime/policy'
import { sha256 } from '@ice-runtime/stores/sqlite'

/** A policy as it was in force for a run, opened again from the record alone. */
export interface RecordedPolicy {
  readonly engine: PolicyEngine
  /** Its text and the actions it was about; absent for the rules that are built in. */
  readonly source?: { readonly bundle: PolicyBundle; readonly actions: readonly RecordedAction[] }
}

/** Undefined where the record does not hold it: an engine of the embedding program, or blobs that are gone. */
export function recordedPolicy(
  blobs: BlobReader,
  under: { readonly policy: Digest; readonly catalog: Digest } | undefined,
): RecordedPolicy | undefined {
  if (under === undefined) return undefined
  const builtin = builtinPolicy(sha256)
  if (under.policy === builtin.digest) return { engine: builtin }
  if (!blobs.has(under.policy) || !blobs.has(under.catalog)) return undefined
  const bundle = readPolicyBundle(blobs.get(under.policy))
  const actions = readCatalog(blobs.get(under.catalog))
  return { engine: openCedarPolicy({ bundle, actions, sha256 }), source: { bundle, actions } }
}
