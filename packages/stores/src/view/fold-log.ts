import { maxPageEntries } from '@ice-runtime/kernel'
import type { Position, StoredEntry } from '@ice-runtime/kernel'
import type { DecodeEntry } from './decode-entry.ts'
import type { ViewFolds, ViewRow } from './view-folds.ts'

export interface LogToFold {
  readonly read: (from: Position, limit: number) => readonly StoredEntry[]
  readonly decode: DecodeEntry
}

/** Folds the log from a position on, handing over the changed rows page by page. Returns the last position folded. */
export function foldLog(log: LogToFold, from: Position, folds: ViewFolds, write: (rows: readonly ViewRow[]) => void): Position {
  for (let next = from; ;) {
    const page = log.read(next, maxPageEntries)
    const last = page.at(-1)
    if (last === undefined) return next - 1
    folds.apply(page.map(log.decode))
    write(folds.changed())
    folds.settle()
    next = last.position + 1
  }
}
