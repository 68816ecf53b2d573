import { maxPageEntries } from '@ice-runtime/kernel'
import type { Position, StoredEntry } from '@ice-runtime/kernel'
import type { DecodeEntry } from './decode-entry.ts'
import type { ViewFolds, ViewRow } from './view-folds.ts'

export interface LogToFold {
  readonly read: (from: Position, limit: number) => readonly StoredEntry[]
  readonly decode: DecodeEntry
}

export interface FoldTarget {
  readonly folds: ViewFolds
  /** Called page by page with the rows that changed. */
  readonly write: (rows: readonly ViewRow[]) => void
}

/** Folds the log from a position on. Returns the last position folded. */
export function foldLog(log: LogToFold, from: Position, { folds, write }: FoldTarget): Position {
  for (let next = from; ;) {
    const page = log.read(next, maxPageEntries)
    const last = page.at(-1)
    if (last === undefined) return next - 1
    folds.apply(page.map(log.decode))
    write(folds.take())
    folds.settle()
    next = last.position + 1
  }
}
