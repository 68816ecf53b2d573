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
  /** Rows that changed since the last `settle`. */
  changed(): readonly ViewRow[]
  /** The changed rows are written. */
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
  readonly clean: Map<string, Json>
  readonly dirty: Map<string, Json>
}

interface Change {
  readonly dirty: Map<string, Json>
  readonly key: string
  readonly before: Json | undefined
}

export function foldViews(definitions: readonly ViewDefinition[], load: (view: string, key: string) => Json | undefined): ViewFolds {
  const folds: readonly OneFold[] = definitions.map((definition) => ({ definition, clean: new Map(), dirty: new Map() }))

  function valueOf(fold: OneFold, key: string): Json | undefined {
    const known = fold.dirty.get(key) ?? fold.clean.get(key)
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
    changed: () => folds.flatMap(({ definition, dirty }) => [...dirty].map(([key, value]) => ({ view: definition.name, key, value }))),
    settle() {
      for (const { clean, dirty } of folds) {
        if (clean.size + dirty.size > maxCachedRows) clean.clear()
        for (const [key, value] of dirty) clean.set(key, value)
        dirty.clear()
      }
    },
    reset() {
      for (const { clean, dirty } of folds) {
        clean.clear()
        dirty.clear()
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
