import type { Json, ViewReader } from '@ice-runtime/kernel'
import type { ViewRow } from './view-folds.ts'

/** View rows in memory. Values are kept as text, so that what comes out is what a database would give back. */
export interface VolatileViews {
  readonly reader: ViewReader
  write(rows: readonly ViewRow[]): void
  clear(): void
}

export function volatileViews(): VolatileViews {
  const views = new Map<string, Map<string, string>>()
  return {
    reader: {
      get(view, key) {
        const text = views.get(view)?.get(key)
        return text === undefined ? undefined : parsed(text)
      },
      list(view, { after, limit }) {
        // The default order of `sort` is that of UTF-16 code units, as the port asks.
        const rows = [...(views.get(view) ?? [])].filter(([key]) => after === undefined || key > after)
        rows.sort(([left], [right]) => (left < right ? -1 : 1))
        return rows.slice(0, limit).map(([key, text]) => ({ key, value: parsed(text) }))
      },
    },
    write(rows) {
      for (const { view, key, value } of rows) {
        const known = views.get(view)
        if (known === undefined) views.set(view, new Map([[key, JSON.stringify(value)]]))
        else known.set(key, JSON.stringify(value))
      }
    },
    clear: () => views.clear(),
  }
}

function parsed(text: string): Json {
  return JSON.parse(text) as Json
}
