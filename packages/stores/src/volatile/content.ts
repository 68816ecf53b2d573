import { emptyTree } from '@ice-runtime/kernel'
import type { Digest, StoredEntry, StreamId, TreeEdge } from '@ice-runtime/kernel'

/** What a volatile store keeps for as long as the process lives. Handed to the next store, it is what a disk would be. */
export interface VolatileContent {
  readonly entries: StoredEntry[]
  readonly streams: Map<StreamId, StoredEntry[]>
  readonly blobs: Map<Digest, Uint8Array>
  readonly tree: { edge: TreeEdge }
  /** One store owns the content at a time, as with a directory. */
  readonly owner: { taken: boolean }
}

export function emptyContent(): VolatileContent {
  return { entries: [], streams: new Map(), blobs: new Map(), tree: { edge: emptyTree }, owner: { taken: false } }
}
