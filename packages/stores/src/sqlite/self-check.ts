import type { DatabaseSync } from 'node:sqlite'
import type { BlobReader, Digest } from '@ice-runtime/kernel'
import type { BlobFiles } from './blob-files.ts'
import { numberOf } from './database.ts'
import { readEdge } from './layout.ts'

/** Findings of one kind reported at most: a damaged disk would otherwise fill the terminal. */
const maxFindings = 100

export interface SelfCheckParts {
  readonly files: BlobFiles
  readonly blobs: BlobReader
}

/** Every way in which the storage contradicts itself, outside what the entries' own hashes prove. Never throws. */
export function checkStorage(database: DatabaseSync, parts: SelfCheckParts): readonly string[] {
  return [
    ...finding('the database', () => engineFindings(database)),
    ...finding("the tree's edge", () => edgeFindings(database)),
    ...finding('the streams', () => streamFindings(database)),
    ...finding('the blobs', () => blobFindings(database, parts)),
  ]
}

function finding(what: string, check: () => readonly string[]): readonly string[] {
  try {
    return check()
  } catch (fault) {
    return [`${what} cannot be read: ${fault instanceof Error ? fault.message : String(fault)}`]
  }
}

function engineFindings(database: DatabaseSync): readonly string[] {
  const rows = database.prepare(`PRAGMA integrity_check(${maxFindings})`).all()
  return rows.map((row) => String(row['integrity_check'])).filter((text) => text !== 'ok')
}

function edgeFindings(database: DatabaseSync): readonly string[] {
  const count = numberOf(database, 'SELECT count(*) FROM entry')
  const last = numberOf(database, 'SELECT max(position) FROM entry')
  const { size } = readEdge(database)
  return [
    ...(size === count ? [] : [`the tree's edge is over ${size} entries, the log holds ${count}`]),
    ...(last === count ? [] : [`the last position is ${last}, the log holds ${count} entries`]),
  ]
}

function streamFindings(database: DatabaseSync): readonly string[] {
  const nameless = 'SELECT DISTINCT stream FROM entry WHERE stream NOT IN (SELECT id FROM stream) LIMIT ?'
  return database
    .prepare(nameless)
    .all(maxFindings)
    .map((row) => `entries belong to stream number ${String(row['stream'])}, which has no name`)
}

function blobFindings(database: DatabaseSync, { files, blobs }: SelfCheckParts): readonly string[] {
  const found = files.strangers().map((name) => `blobs/${name} is not named by a digest`)
  for (const digest of digests(database, files)) {
    if (found.length >= maxFindings) break
    found.push(...finding(`blob ${digest}`, () => (blobs.get(digest), [])))
  }
  return found
}

function* digests(database: DatabaseSync, files: BlobFiles): Iterable<Digest> {
  for (const row of database.prepare('SELECT hex(digest) AS digest FROM blob').iterate())
    yield String(row['digest']).toLowerCase() as Digest
  yield* files.digests()
}
