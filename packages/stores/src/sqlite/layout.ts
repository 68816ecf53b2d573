import type { DatabaseSync } from 'node:sqlite'
import { emptyTree, IceError, parseLogId } from '@ice-runtime/kernel'
import type { LogId, TreeEdge } from '@ice-runtime/kernel'
import { numberOf } from './database.ts'

/** Version of the tables below. A store opens logs of this version only. */
export const layoutVersion = 1

/**
 * `entry.stream` is a small number instead of a name, and what follows from other rows (`previous`, the log id) is not stored:
 * an entry costs its body and about 60 bytes. View keys are UTF-16BE, whose byte order is the key order the port promises.
 */
const tables = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE stream (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    body BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX entry_place ON entry (stream, seq);
  CREATE TABLE blob (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE view_state (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, stopped_at INTEGER) STRICT;
  CREATE TABLE view_row (
    view INTEGER NOT NULL, key BLOB NOT NULL, value TEXT NOT NULL, PRIMARY KEY (view, key)
  ) STRICT, WITHOUT ROWID;
`

/** Makes the tables of a new log, all or none. A database that has tables already is left as it is. */
export function createLayout(database: DatabaseSync, logId: LogId): void {
  if (numberOf(database, 'SELECT count(*) FROM sqlite_schema') > 0) return
  database.exec('BEGIN IMMEDIATE')
  database.exec(tables)
  const insert = database.prepare('INSERT INTO meta (key, value) VALUES (?, ?)')
  insert.run('layout', layoutVersion)
  insert.run('log_id', logId)
  insert.run('tree_edge', encodeEdge(emptyTree))
  insert.run('openings', 0)
  database.exec('COMMIT')
}

/** The log's own id. Throws `data.unreadable` when this is no log, `store.version_unsupported` when it is one of another layout. */
export function readIdentity(database: DatabaseSync): LogId {
  if (numberOf(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'meta'") === 0) {
    throw new IceError('data.unreadable', 'the database holds no log', { hint: 'name the data directory of ICE, or another new one' })
  }
  const version = readMeta(database, 'layout')
  if (version !== layoutVersion) {
    const hint = 'it was written by another release of ICE: use that one'
    throw new IceError('store.version_unsupported', `the log has layout ${String(version)}, this release reads ${layoutVersion}`, { hint })
  }
  return parseLogId(String(readMeta(database, 'log_id')))
}

/**
 * Counts an opening. The write shows at once whether the log can be written to, and pays for the sync of a new WAL's header, so
 * that the first append costs one sync like every other.
 */
export function countOpening(database: DatabaseSync): void {
  database.exec("UPDATE meta SET value = value + 1 WHERE key = 'openings'")
}

export function readEdge(database: DatabaseSync): TreeEdge {
  const bytes = readMeta(database, 'tree_edge')
  if (!(bytes instanceof Uint8Array)) throw new IceError('data.unreadable', "the log's tree edge is missing")
  return decodeEdge(bytes)
}

function readMeta(database: DatabaseSync, key: string): unknown {
  return database.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.['value']
}

const sizeBytes = 8
const rootBytes = 32

/** Size as 8 bytes big-endian, then the roots. */
export function encodeEdge(edge: TreeEdge): Uint8Array {
  const bytes = new Uint8Array(sizeBytes + edge.roots.length * rootBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(edge.size))
  for (const [index, root] of edge.roots.entries()) bytes.set(root, sizeBytes + index * rootBytes)
  return bytes
}

/** Throws `data.unreadable` when the bytes cannot be an edge: one root for each bit set in the size. */
export function decodeEdge(bytes: Uint8Array): TreeEdge {
  const count = (bytes.length - sizeBytes) / rootBytes
  if (count < 0 || !Number.isInteger(count)) throw new IceError('data.unreadable', "the log's tree edge has an impossible length")
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0))
  const ones = size.toString(2).replaceAll('0', '').length
  if (ones !== count) throw new IceError('data.unreadable', `the log's tree edge has ${count} roots for ${size} entries`)
  const roots = Array.from({ length: count }, (_, index) => bytes.slice(sizeBytes + index * rootBytes, sizeBytes + (index + 1) * rootBytes))
  return { size, roots }
}
