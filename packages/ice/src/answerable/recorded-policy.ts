import { unitedActions } from '@ice-runtime/adapters'
import { builtinPolicy, IceError, readCatalog } from '@ice-runtime/kernel'
import type { BlobReader, Digest, PolicyEngine, RecordedAction } from '@ice-runtime/kernel'
import { openCedarPolicy, readPolicyBundle } from '@ice-runtime/policy'
import type { PolicyBundle } from '@ice-runtime/policy'
import { sha256 } from '../sha256.ts'
import { knownActions } from './known-actions.ts'

/** A policy as it was in force for a run, opened again from the record alone. */
export interface RecordedPolicy {
  readonly engine: PolicyEngine
  /** Its text and the actions it was about, whoever can propose them; absent for the rules that are built in. */
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
  const recorded = readCatalog(blobs.get(under.catalog))
  // An adopted policy was opened over what runs and hosts can propose, one that a program brought over what it liked.
  return openedOver(bundle, () => unitedActions(recorded, knownActions())) ?? openedOver(bundle, () => recorded)
}

function openedOver(bundle: PolicyBundle, actionsOf: () => readonly RecordedAction[]): RecordedPolicy | undefined {
  try {
    const actions = actionsOf()
    return { engine: openCedarPolicy({ bundle, actions, sha256 }), source: { bundle, actions } }
  } catch (error) {
    if (error instanceof IceError && notOver.has(error.code)) return undefined
    throw error
  }
}

/** A policy that these actions do not fit. */
const notOver: ReadonlySet<string> = new Set(['policy.invalid', 'effect.definition_invalid'])
