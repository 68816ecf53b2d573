import { IceError, maxPageEntries, runsView } from '@ice-runtime/kernel'
import type { RunEvents, RunId, RunSummary, Store } from '@ice-runtime/kernel'
import { readEntries } from '@ice-runtime/runtime'

/**
 * Shows the request of each unfinished run, so that what it needs can be made ready. What cannot be made ready is no fault here:
 * recovery sets that run aside, with the reason.
 */
export async function takeUpUnfinished(store: Store, ready: (request: RunEvents['RunRequested']) => Promise<void>): Promise<void> {
  for (const run of unfinished(store)) {
    try {
      const [first] = readEntries(store.log, run, 1)
      if (first?.type === 'RunRequested') await ready(first.payload)
    } catch (error) {
      if (!(error instanceof IceError)) throw error
    }
  }
}

function* unfinished(store: Store): Generator<RunId> {
  for (let after: string | undefined; ;) {
    const page = store.views.list(runsView.name, { limit: maxPageEntries, ...(after === undefined ? {} : { after }) })
    for (const { key, value } of page) if ((value as RunSummary).phase !== 'terminated') yield key as RunId
    if (page.length < maxPageEntries) return
    after = page.at(-1)?.key
  }
}
