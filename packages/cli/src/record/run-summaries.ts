import { maxPageEntries, runsView } from '@ice-runtime/kernel'
import type { RunSummary, StoreReader } from '@ice-runtime/kernel'

/** Every run of the log in one row each, in no useful order. */
export function* runSummaries(store: StoreReader): Generator<RunSummary> {
  for (let after: string | undefined; ;) {
    const page = store.views.list(runsView.name, { limit: maxPageEntries, ...(after === undefined ? {} : { after }) })
    for (const { value } of page) yield value as RunSummary
    if (page.length < maxPageEntries) return
    after = page.at(-1)?.key
  }
}

/** Latest first; runs of one millisecond in the order of their ids, so that a list does not change by itself. */
export function newestFirst(runs: readonly RunSummary[], by: 'requestedAt' | 'movedAt'): readonly RunSummary[] {
  return runs.toSorted((left, right) => right[by] - left[by] || (left.run < right.run ? -1 : 1))
}
