import { actionMatches, assert, canonicalize, digestFromBytes } from '@ice-runtime/kernel'
import type { ActionCatalog, AgentStart, BlobReader, BlobRef, ContextItem, Recorded } from '@ice-runtime/kernel'
import { fromRecorded } from '../recorded.ts'
import { maxKept } from '../runtime-parts.ts'
import type { RuntimeParts } from '../runtime-parts.ts'
import { runOf } from './live-run.ts'
import type { LiveRun } from './live-run.ts'

/** The item that holds the actions an agent may propose, with their schemas: kept, so that a replay needs no catalog. */
const actionsItem = 'actions'

const encoder = new TextEncoder()

/** What the agent will be given, by digest: it sees nothing that is not recorded. */
export function loadContext(live: LiveRun, parts: RuntimeParts): readonly ContextItem[] {
  const run = runOf(live)
  const input = contentOf(run.spec?.input ?? { value: null }, parts)
  const offer = keepOffer(
    live.world.catalog,
    run.grants.list.flatMap(({ terms }) => terms.actions),
    parts,
  )
  return [
    { name: 'input', digest: input.blob, sizeBytes: input.sizeBytes },
    { name: actionsItem, digest: offer.blob, sizeBytes: offer.sizeBytes },
  ]
}

/** The actions a run's context offers its agent. */
export function offeredActions(context: readonly ContextItem[], blobs: BlobReader): AgentStart['actions'] {
  const item = context.find(({ name }) => name === actionsItem)
  assert(item !== undefined, 'a loaded context lists the actions')
  return fromRecorded({ blob: item.digest, sizeBytes: item.sizeBytes }, blobs) as unknown as AgentStart['actions']
}

/** The same for a run of this process, where most runs are offered the same. */
export function rememberedActions(context: readonly ContextItem[], parts: RuntimeParts): AgentStart['actions'] {
  const digest = context.find(({ name }) => name === actionsItem)?.digest
  const known = digest === undefined ? undefined : parts.offers.get(digest)
  if (known !== undefined) return known
  const offered = offeredActions(context, parts.store.blobs)
  if (digest !== undefined && parts.offers.size < maxKept) parts.offers.set(digest, offered)
  return offered
}

/** Most runs of a process are granted the same patterns: what these offer is worked out once. */
function keepOffer(catalog: ActionCatalog, patterns: readonly string[], parts: RuntimeParts): BlobRef {
  const key = `${catalog.digest} ${patterns.join(' ')}`
  const known = parts.kept.get(key)
  if (known !== undefined) return known
  const allowed = catalog.list().filter(({ action }) => patterns.some((pattern) => actionMatches(pattern, action)))
  const offered = allowed.map(({ action, description, argsSchema }) => ({ action, description, argsSchema }))
  const kept = parts.store.blobs.put(encoder.encode(canonicalize(offered)))
  if (parts.kept.size < maxKept) parts.kept.set(key, kept)
  return kept
}

function contentOf(recorded: Recorded, parts: RuntimeParts): BlobRef {
  if ('blob' in recorded) return recorded
  const bytes = encoder.encode(canonicalize(recorded.value))
  return { blob: digestFromBytes(parts.sha256(bytes)), sizeBytes: bytes.length }
}
