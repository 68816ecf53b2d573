import type { DatabaseSync } from 'node:sqlite'
import { assert } from '@ice-runtime/kernel'
import type { Position, ViewDefinition, ViewReader } from '@ice-runtime/kernel'
import { foldLog } from '../view/fold-log.ts'
import type { LogToFold } from '../view/fold-log.ts'
import { foldViews } from '../view/view-folds.ts'
import type { ViewRow } from '../view/view-folds.ts'
import { encodeKey } from './view-tables.ts'

export interface ViewWriter {
  /** Deletes every row and folds the log again; runs inside a transaction. */
  rebuild(): void
}

export interface ViewWriterParts {
  readonly definitions: readonly ViewDefinition[]
  readonly rows: ViewReader
  readonly log: LogToFold
  readonly lastPosition: Position
}

/**
 * Brings the rows up to the end of the log; runs inside a transaction. `stopped_at` is null for
 * a view that each commit keeps up; an owner that does not know a view stops it, and one that does catches it up.
 */
export function openViewWriter(database: DatabaseSync, parts: ViewWriterParts): ViewWriter {
  const { definitions, lastPosition } = parts
  const ids = new Map(definitions.map((definition) => [definition.name, registerView(database, definition)]))
  assert(ids.size === definitions.length, 'each view has a name of its own')
  const writeRows = openRowWriter(database)
  const write = (rows: readonly ViewRow[]): void => writeRows(rows.map(rowText))

  function fold(group: readonly ViewDefinition[], from: Position): void {
    foldLog(parts.log, from, { folds: foldViews(group, parts.rows.get), write })
  }

  const behind = Map.groupBy(definitions, ({ name }) => stoppedAt(database, name) ?? lastPosition)
  for (const [position, group] of behind) if (position < lastPosition) fold(group, position + 1)
  database.prepare('UPDATE view_state SET stopped_at = ? WHERE stopped_at IS NULL').run(lastPosition)
  for (const id of ids.values()) database.prepare('UPDATE view_state SET stopped_at = NULL WHERE id = ?').run(id)

  return {
    rebuild() {
      for (const id of ids.values()) database.prepare('DELETE FROM view_row WHERE view = ?').run(id)
      fold(definitions, 1)
    },
  }
}

/** A row as it is kept. */
export interface RowText {
  readonly view: string
  readonly key: string
  readonly text: string
}

export function rowText({ view, key, value }: ViewRow): RowText {
  return { view, key, text: JSON.stringify(value) }
}

/** Writes rows of views that are registered; runs inside the transaction of the entries that changed them. */
export function openRowWriter(database: DatabaseSync): (rows: readonly RowText[]) => void {
  const select = database.prepare('SELECT id FROM view_state WHERE name = ?')
  const upsert = database.prepare(
    'INSERT INTO view_row (view, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  )
  const ids = new Map<string, number>()

  function idOf(view: string): number {
    const known = ids.get(view)
    if (known !== undefined) return known
    const id = select.get(view)?.['id']
    assert(typeof id === 'number', 'rows are of a view that was registered')
    ids.set(view, id)
    return id
  }

  return (rows) => {
    for (const { view, key, text } of rows) upsert.run(idOf(view), encodeKey(key), text)
  }
}

/** The view's number. Rows of another version are dropped, to be folded from the start. */
function registerView(database: DatabaseSync, { name, version }: ViewDefinition): number {
  const found = database.prepare('SELECT id, version FROM view_state WHERE name = ?').get(name)
  if (found === undefined) {
    return Number(
      database.prepare('INSERT INTO view_state (name, version, stopped_at) VALUES (?, ?, 0)').run(name, version).lastInsertRowid,
    )
  }
  const id = Number(found['id'])
  if (found['version'] !== version) {
    database.prepare('DELETE FROM view_row WHERE view = ?').run(id)
    database.prepare('UPDATE view_state SET version = ?, stopped_at = 0 WHERE id = ?').run(version, id)
  }
  return id
}

function stoppedAt(database: DatabaseSync, name: string): Position | undefined {
  const position = database.prepare('SELECT stopped_at FROM view_state WHERE name = ?').get(name)?.['stopped_at']
  return typeof position === 'number' ? position : undefined
}
