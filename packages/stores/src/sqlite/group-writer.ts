import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { assert, growTree } from '@ice-runtime/kernel'
import type { Sha256, TreeEdge } from '@ice-runtime/kernel'
import type { Group, PersistGroup } from '../append/commit-queue.ts'
import type { PendingBlobs } from './blob-tables.ts'
import { encodeEdge } from './layout.ts'
import type { StreamRegistry } from './stream-names.ts'
import type { ViewWriter } from './view-writer.ts'

export interface GroupWriterParts {
  readonly sha256: Sha256
  readonly names: StreamRegistry
  readonly blobs: PendingBlobs
  readonly views: ViewWriter
  /** The edge over what is in the log now. */
  readonly edge: TreeEdge
}

/** Rows one statement inserts while there are as many: what a call costs besides its rows is then hardly seen (1.6, 1.2 and 1.0 µs a row). */
const rowsAtOnce = [32, 8, 1] as const

/** Writes a group in one transaction: blobs, entries, view rows and the tree's edge, with one sync at its commit. */
export function openGroupWriter(database: DatabaseSync, parts: GroupWriterParts): PersistGroup {
  const { names, blobs, views, sha256 } = parts
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const inserts = rowsAtOnce.map((count) => ({ count, insert: insertRows(database, count) }))
  const keepEdge = database.prepare("UPDATE meta SET value = ? WHERE key = 'tree_edge'")
  let edge = parts.edge

  function writeEntries(group: Group): TreeEdge {
    const { entries, position } = group
    let index = 0
    for (const { count, insert } of inserts) {
      for (; index + count <= entries.length; index += count) insert.run(...valuesOf(group, index, count))
    }
    const hashes = entries.map(({ sealed }) => sealed.hash)
    const grown = growTree(edge, hashes, sha256)
    assert(grown.size === position + entries.length - 1, 'the tree has one leaf for each entry')
    if (hashes.length > 0) keepEdge.run(encodeEdge(grown))
    return grown
  }

  function valuesOf({ entries, position }: Group, from: number, count: number): SQLInputValue[] {
    const values: SQLInputValue[] = []
    for (let index = from; index < from + count; index += 1) {
      const sealed = entries[index]?.sealed
      assert(sealed !== undefined, 'a row is made of an entry')
      values.push(position + index, names.register(sealed), sealed.seq, sealed.hash, sealed.bytes)
    }
    return values
  }

  return (group) => {
    begin.run()
    blobs.write()
    const grown = writeEntries(group)
    views.write(group.rows)
    commit.run()
    blobs.settle()
    edge = grown
  }
}

function insertRows(database: DatabaseSync, count: number): StatementSync {
  const rows = Array.from({ length: count }, () => '(?, ?, ?, ?, ?)').join(', ')
  return database.prepare(`INSERT INTO entry (position, stream, seq, hash, body) VALUES ${rows}`)
}
