import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { assert, growTree } from '@ice-runtime/kernel'
import type { Position, SealedEntry, Sha256, TreeEdge } from '@ice-runtime/kernel'
import type { WaitingBlobs } from './blob-tables.ts'
import { syncPath } from './data-directory.ts'
import { encodeEdge, readEdge } from './layout.ts'
import type { StreamRegistry } from './stream-names.ts'
import { openRowWriter } from './view-writer.ts'
import type { RowText } from './view-writer.ts'

/** What an entry is in the tables; the rest of it follows from other rows. */
export type EntryRow = Pick<SealedEntry, 'stream' | 'seq' | 'hash' | 'bytes'>

/** All that one transaction writes. */
export interface GroupContent {
  readonly position: Position
  readonly entries: readonly EntryRow[]
  readonly blobs: WaitingBlobs
  readonly rows: readonly RowText[]
}

/** Makes a group durable before it returns. A throw means that nobody knows whether it is. */
export type WriteGroup = (content: GroupContent) => void

/** Rows one statement inserts while there are as many: what a call costs besides its rows is then hardly seen (1.5 against 0.9 µs a row). */
const rowsAtOnce = 8

/**
 * Writes a group in one transaction: blobs, entries, view rows and the tree's edge, with one sync at its commit. Several connections
 * may each have one, as long as one of them writes at a time: what one has to know of the others it reads in its transaction.
 */
export function openGroupWriter(database: DatabaseSync, names: StreamRegistry, sha256: Sha256): WriteGroup {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const insertOne = insertRows(database, 1)
  const insertSome = insertRows(database, rowsAtOnce)
  const insertBlob = database.prepare('INSERT INTO blob (digest, bytes) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING')
  const keepEdge = database.prepare("UPDATE meta SET value = ? WHERE key = 'tree_edge'")
  const writeRows = openRowWriter(database)
  let edge: TreeEdge | undefined

  /** The edge over what is before a position. An edge of that size is the right one: a log only grows. */
  function edgeBefore(position: Position): TreeEdge {
    const before = edge?.size === position - 1 ? edge : readEdge(database)
    assert(before.size === position - 1, 'the tree has one leaf for each entry')
    return before
  }

  function writeEntries(content: GroupContent): TreeEdge | undefined {
    const { entries, position } = content
    if (entries.length === 0) return edge
    const whole = entries.length - (entries.length % rowsAtOnce)
    for (let index = 0; index < whole; index += rowsAtOnce) insertSome.run(...valuesOf(content, index, rowsAtOnce))
    for (let index = whole; index < entries.length; index += 1) insertOne.run(...valuesOf(content, index, 1))
    const leaves = entries.map(({ hash }) => hash)
    const grown = growTree(edgeBefore(position), leaves, sha256)
    keepEdge.run(encodeEdge(grown))
    return grown
  }

  function valuesOf({ entries, position }: GroupContent, from: number, count: number): SQLInputValue[] {
    const values: SQLInputValue[] = []
    for (let index = from; index < from + count; index += 1) {
      const entry = entries[index]
      assert(entry !== undefined, 'a row is made of an entry')
      values.push(position + index, names.register(entry.stream), entry.seq, entry.hash, entry.bytes)
    }
    return values
  }

  return (content) => {
    const { contents, folders } = content.blobs
    for (const folder of folders) syncPath(folder)
    begin.run()
    for (const [digest, bytes] of contents) insertBlob.run(Buffer.from(digest, 'hex'), bytes)
    const grown = writeEntries(content)
    writeRows(content.rows)
    commit.run()
    edge = grown
  }
}

function insertRows(database: DatabaseSync, count: number): StatementSync {
  const rows = Array.from({ length: count }, () => '(?, ?, ?, ?, ?)').join(', ')
  return database.prepare(`INSERT INTO entry (position, stream, seq, hash, body) VALUES ${rows}`)
}
