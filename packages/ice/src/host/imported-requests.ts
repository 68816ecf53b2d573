import { hostDrivers, hosts } from '@ice-runtime/adapters'
import type { Host } from '@ice-runtime/adapters'
import { createCatalog } from '@ice-runtime/effects/catalog'
import { emptyMap, entryId, evolve, initialRun, joinLabels, policyRequest, publicTrusted } from '@ice-runtime/kernel'
import type { ActionCatalog, BlobReader, IceEntry, Json, Label, PreparedAction, Run, RunId } from '@ice-runtime/kernel'
import type { RecordedRequest } from '@ice-runtime/policy'
import { fromRecorded } from '@ice-runtime/runtime'
import { sha256 } from '../sha256.ts'

/** What policy would have been asked about a use of a tool that a host kept. */
export interface ImportedRequest extends RecordedRequest {
  /** The host says that it did it, with whatever came of it; false where it or a person refused it, and where nothing says. */
  readonly happened: boolean
}

export interface ImportedRequests {
  readonly requests: readonly ImportedRequest[]
  /** Uses that would have been refused before policy was asked: their call is none of a tool that is known. */
  readonly unasked: number
}

const none: ImportedRequests = { requests: [], unasked: 0 }

/**
 * Judges what was imported as a hook would have: by the same drivers, over the project the session was in, under a label that rises
 * with what it was shown. Nothing for a run that was not imported.
 */
export async function importedRequests(run: RunId, entries: readonly IceEntry[], blobs: BlobReader): Promise<ImportedRequests> {
  const [first] = entries
  const place =
    first?.type === 'RunRequested' && first.payload.imported === true ? placeOf(fromRecorded(first.payload.input, blobs)) : undefined
  if (first === undefined || place === undefined) return none
  const judging: Judging = {
    run: evolve(initialRun(run), first),
    catalog: createCatalog(hostDrivers(place.host, place.root), sha256),
    outcomes: outcomesIn(entries),
    blobs,
  }
  const requests: ImportedRequest[] = []
  let [label, unasked]: [Label, number] = [publicTrusted, 0]
  for (const entry of entries) {
    if (entry.type !== 'ActionProposed') continue
    const prepared = await prepare(entry, judging)
    if (prepared === undefined) {
      unasked += 1
      continue
    }
    const happened = judging.outcomes.get(entry.seq) === true
    const request = policyRequest({ request: { ...prepared, action: entry.payload.action }, atOnce: false }, { ...judging.run, label })
    requests.push({ from: entryId(run, entry.seq), request, happened })
    if (happened) label = joinLabels(label, prepared.label ?? publicTrusted)
  }
  return { requests, unasked }
}

interface Judging {
  /** As it was requested. */
  readonly run: Run
  readonly catalog: ActionCatalog
  /** By proposal: whether the host says that it did it. */
  readonly outcomes: ReadonlyMap<number, boolean>
  readonly blobs: BlobReader
}

type Proposal = Extract<IceEntry, { type: 'ActionProposed' }>

async function prepare({ payload, at }: Proposal, { run, catalog, blobs }: Judging): Promise<PreparedAction | undefined> {
  const args = payload.args === undefined ? null : fromRecorded(payload.args, blobs)
  const context = { runId: run.id, at, staged: emptyMap<never>(), blobs, signal: new AbortController().signal }
  const prepared = await catalog.find(payload.action)?.prepare(args, context)
  return prepared === undefined || 'refused' in prepared ? undefined : prepared
}

function outcomesIn(entries: readonly IceEntry[]): ReadonlyMap<number, boolean> {
  return new Map(
    entries.flatMap((entry): readonly (readonly [number, boolean])[] => {
      if (entry.type === 'ActionSucceeded') return [[entry.payload.action, true]]
      return entry.type === 'ActionFailed' ? [[entry.payload.action, entry.payload.code !== 'effect.not_done']] : []
    }),
  )
}

/** Undefined for what no version that imports has written. */
function placeOf(input: Json): { readonly host: Host; readonly root: string } | undefined {
  if (typeof input !== 'object' || input === null || !('host' in input) || !('root' in input)) return undefined
  const host = hosts.find((known) => known === input['host'])
  const root = input['root']
  return host === undefined || typeof root !== 'string' ? undefined : { host, root }
}
