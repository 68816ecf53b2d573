import type { DatabaseSync } from 'node:sqlite'
import { IceError } from '@ice-runtime/kernel'
import type { Json, ViewDefinition, ViewReader } from '@ice-runtime/kernel'
import { translated } from './database.ts'

/** Committed rows, whatever version of their view they are of. */
export function readViewTables(database: DatabaseSync): ViewReader {
  const rows = 'FROM view_row JOIN view_state ON id = view WHERE name = ?'
  const number = database.prepare('SELECT id FROM view_state WHERE name = ?')
  const one = database.prepare('SELECT value FROM view_row WHERE view = ? AND key = ?')
  const first = database.prepare(`SELECT key, value ${rows} ORDER BY key LIMIT ?`)
  const following = database.prepare(`SELECT key, value ${rows} AND key > ? ORDER BY key LIMIT ?`)
  /** A view keeps its number once it has one. */
  const numbers = new Map<string, number>()
  const numberOf = (view: string): number | undefined => {
    const known = numbers.get(view) ?? number.get(view)?.['id']
    if (typeof known !== 'number') return undefined
    numbers.set(view, known)
    return known
  }
  const rowOf = (view: string, key: string): ReturnType<typeof one.get> => {
    const id = numberOf(view)
    return id === undefined ? undefined : one.get(id, encodeKey(key))
  }
  return {
    get(view, key) {
      const row = translated('read a view', () => rowOf(view, key))
      return row === undefined ? undefined : parseValue(row['value'])
    },
    list(view, { after, limit }) {
      const page = translated('read a view', () =>
        after === undefined ? first.all(view, limit) : following.all(view, encodeKey(after), limit),
      )
      return page.map((row) => ({ key: decodeKey(row['key']), value: parseValue(row['value']) }))
    },
  }
}

/** True when the rows of a view are what this definition makes of the whole log, kept up with each commit. */
export function isViewLive(database: DatabaseSync, definition: ViewDefinition): boolean {
  const state = database.prepare('SELECT version, stopped_at FROM view_state WHERE name = ?').get(definition.name)
  return state !== undefined && state['version'] === definition.version && state['stopped_at'] === null
}

/** UTF-16BE, so that SQLite's byte order is the order of UTF-16 code units. */
export function encodeKey(key: string): Uint8Array {
  return Buffer.from(key, 'utf16le').swap16()
}

function decodeKey(bytes: unknown): string {
  if (!(bytes instanceof Uint8Array) || bytes.length % 2 !== 0) throw damaged('key')
  return Buffer.from(bytes).swap16().toString('utf16le')
}

function parseValue(text: unknown): Json {
  try {
    return JSON.parse(String(text)) as Json
  } catch (cause) {
    throw damaged('value', cause)
  }
}

function damaged(what: string, cause?: unknown): IceError {
  return new IceError('data.unreadable', `a view row has a damaged ${what}`, { cause, hint: 'views can be rebuilt from the log' })
}
