import type { DatabaseSync } from 'node:sqlite'
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

/** Writes a group in one transaction: blobs, entries, view rows and the tree's edge, with one sync at its commit. */
export function openGroupWriter(database: DatabaseSync, parts: GroupWriterParts): PersistGroup {
  const { names, blobs, views, sha256 } = parts
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const insert = database.prepare('INSERT INTO entry (position, stream, seq, hash, body) VALUES (?, ?, ?, ?, ?)')
  const keepEdge = database.prepare("UPDATE meta SET value = ? WHERE key = 'tree_edge'")
  let edge = parts.edge

  function writeEntries(group: Group): TreeEdge {
    const hashes: Uint8Array[] = []
    let { position } = group
    for (const { sealed } of group.entries) {
      insert.run(position, names.register(sealed.stream), sealed.seq, sealed.hash, sealed.bytes)
      hashes.push(sealed.hash)
      position += 1
    }
    const grown = growTree(edge, hashes, sha256)
    assert(grown.size === position - 1, 'the tree has one leaf for each entry')
    if (hashes.length > 0) keepEdge.run(encodeEdge(grown))
    return grown
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
