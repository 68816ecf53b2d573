import { IceError } from '@ice-runtime/kernel'
import type { RunEvents, Store } from '@ice-runtime/kernel'
import { readEntries, unfinishedRuns } from '@ice-runtime/runtime'

/**
 * Shows the request of each unfinished run, so that what it needs can be made ready. What cannot be made ready is no fault here:
 * recovery sets that run aside, with the reason.
 */
export async function readyUnfinished(store: Store, ready: (request: RunEvents['RunRequested']) => Promise<void>): Promise<void> {
  for (const run of unfinishedRuns(store.views)) {
    try {
      const [first] = readEntries(store.log, run, 1)
      if (first?.type === 'RunRequested') await ready(first.payload)
    } catch (error) {
      if (!(error instanceof IceError)) throw error
    }
  }
}
