import type { Json } from './json.ts'
import type { Entry } from './entry.ts'

/**
 * A view is a fold whose values are kept so that a question need not read the log. It can be deleted and rebuilt at any time:
 * the log is the truth. A new `version` rebuilds it.
 */
export interface ViewDefinition<Value extends Json = Json> {
  readonly name: string
  readonly version: number
  /** The row an entry belongs to, undefined when the view ignores it. */
  key(entry: Entry): string | undefined
  /** Returns the same reference when nothing changed, so that nothing is written. */
  step(value: Value | undefined, entry: Entry): Value
}

export interface ViewReader {
  get(view: string, key: string): Json | undefined
  /** Rows in key order (UTF-16), at most `limit`, after key `after` when given. */
  list(view: string, page: { readonly after?: string; readonly limit: number }): readonly { readonly key: string; readonly value: Json }[]
}
