import type { Appending, Entry, Json, ViewDefinition } from '@ice-runtime/kernel'

/** Rows kept in memory between groups; a miss costs one look-up, so the bound only has to cover the runs that are live. */
const maxCachedRows = 16_384

export interface ViewRow {
  readonly view: string
  readonly key: string
  readonly value: Json
}

/** Folds entries into view rows and remembers which rows have to be written. */
export interface ViewFolds {
  /** Folds entries in order. When a view throws, nothing of this call is kept. */
  apply(entries: readonly Entry[]): void
  /** Rows that changed since they were last taken; they are now being written. */
  take(): readonly ViewRow[]
  /** What was taken is written. */
  settle(): void
  /** Forgets everything, for a rebuild. */
  reset(): void
}

/** What the folds need of an entry on its way in. */
export function decodedOf(entries: readonly Appending[]): readonly Entry[] {
  return entries.map(({ entry }) => entry)
}

interface OneFold {
  readonly definition: ViewDefinition
  /** As written. */
  readonly clean: Map<string, Json>
  /** Being written. */
  flying: Map<string, Json>
  /** Changed since. */
  dirty: Map<string, Json>
}

interface Change {
  readonly dirty: Map<string, Json>
  readonly key: string
  readonly before: Json | undefined
}

export function foldViews(definitions: readonly ViewDefinition[], load: (view: string, key: string) => Json | undefined): ViewFolds {
  const folds: readonly OneFold[] = definitions.map((definition) => ({
    definition,
    clean: new Map(),
    flying: new Map(),
    dirty: new Map(),
  }))

  function valueOf(fold: OneFold, key: string): Json | undefined {
    const known = fold.dirty.get(key) ?? fold.flying.get(key) ?? fold.clean.get(key)
    if (known !== undefined) return known
    const loaded = load(fold.definition.name, key)
    if (loaded !== undefined) fold.clean.set(key, loaded)
    return loaded
  }

  function step(fold: OneFold, entry: Entry, changes: Change[]): void {
    const key = fold.definition.key(entry)
    if (key === undefined) return
    const value = valueOf(fold, key)
    const next = fold.definition.step(value, entry)
    if (next === value) return
    changes.push({ dirty: fold.dirty, key, before: fold.dirty.get(key) })
    fold.dirty.set(key, next)
  }

  return {
    apply(entries) {
      const changes: Change[] = []
      try {
        for (const entry of entries) for (const fold of folds) step(fold, entry, changes)
      } catch (fault) {
        undo(changes)
        throw fault
      }
    },
    take() {
      const rows: ViewRow[] = []
      for (const fold of folds) {
        const view = fold.definition.name
        for (const [key, value] of fold.dirty) rows.push({ view, key, value })
        fold.flying = fold.dirty
        fold.dirty = new Map()
      }
      return rows
    },
    settle() {
      for (const fold of folds) {
        const { clean, flying } = fold
        if (clean.size + flying.size > maxCachedRows) clean.clear()
        for (const [key, value] of flying) clean.set(key, value)
        fold.flying = new Map()
      }
    },
    reset() {
      for (const fold of folds) {
        fold.clean.clear()
        fold.flying.clear()
        fold.dirty.clear()
      }
    },
  }
}

function undo(changes: readonly Change[]): void {
  for (const { dirty, key, before } of changes.toReversed()) {
    if (before === undefined) dirty.delete(key)
    else dirty.set(key, before)
  }
}
