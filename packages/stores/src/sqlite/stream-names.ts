import type { DatabaseSync } from 'node:sqlite'
import { assert, IceError } from '@ice-runtime/kernel'
import type { Seq, StreamId } from '@ice-runtime/kernel'

/** Names kept in memory, about 10 MB of them; a miss costs one look-up. */
const maxCachedNames = 65_536

/** The small number each stream has inside one database. */
export interface StreamNames {
  /** Undefined for a stream without entries. */
  idOf(stream: StreamId): number | undefined
  /** Throws `integrity.broken`: an entry of a stream that has no name was moved there by hand. */
  nameOf(id: number): StreamId
}

export interface StreamRegistry extends StreamNames {
  /**
   * The id of the stream an entry is of, given to it with its first entry. Runs inside the writer's transaction. Throws for a first entry
   * of a stream that has a name, and for a later one of a stream that has none.
   */
  register(entry: { readonly stream: StreamId; readonly seq: Seq }): number
}

export function readStreamNames(database: DatabaseSync): StreamNames {
  return registerStreams(database)
}

/** Only the owner may call `register`; a read-only connection cannot. */
export function registerStreams(database: DatabaseSync): StreamRegistry {
  const ids = new Map<StreamId, number>()
  const names = new Map<number, StreamId>()
  const selectId = database.prepare('SELECT id FROM stream WHERE name = ?')
  const selectName = database.prepare('SELECT name FROM stream WHERE id = ?')
  const insert = database.prepare('INSERT INTO stream (name) VALUES (?)')

  function keep(stream: StreamId, id: number): void {
    if (ids.size >= maxCachedNames) {
      ids.clear()
      names.clear()
    }
    ids.set(stream, id)
    names.set(id, stream)
  }

  function idOf(stream: StreamId): number | undefined {
    const known = ids.get(stream)
    if (known !== undefined) return known
    const row = selectId.get(stream)
    if (row === undefined) return undefined
    const id = Number(row['id'])
    keep(stream, id)
    return id
  }

  return {
    idOf,
    nameOf(id) {
      const known = names.get(id)
      if (known !== undefined) return known
      const name = selectName.get(id)?.['name']
      if (typeof name !== 'string') throw new IceError('integrity.broken', `entries belong to stream number ${id}, which has no name`)
      // A name that was changed by hand is handed on as it is: the entries' hashes cover it and no longer match.
      keep(name as StreamId, id)
      return name as StreamId
    },
    register({ stream, seq }) {
      if (seq > 1) {
        const known = idOf(stream)
        assert(known !== undefined, 'a stream has its name since its first entry')
        return known
      }
      // Not looked for first: a name that is there already breaks the insert, and the group with it.
      const id = Number(insert.run(stream).lastInsertRowid)
      keep(stream, id)
      return id
    },
  }
}
