import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDigest } from '@ice-runtime/kernel'
import type { Digest } from '@ice-runtime/kernel'
import { fileMode } from './data-directory.ts'
import { translated } from './database.ts'

const directoryMode = 0o700
const partialSuffix = '.partial'

/** Large blobs, one file each, named by digest in 256 folders. */
export interface BlobFiles {
  /** Undefined when there is no such file. */
  get(digest: Digest): Uint8Array | undefined
  has(digest: Digest): boolean
  /** Writes and syncs the content. Its name is durable once the folders that `takeUnsynced` names are synced. */
  put(digest: Digest, bytes: Uint8Array): void
  /** Folders in which names are not yet durable; whoever takes them syncs them. */
  takeUnsynced(): readonly string[]
  digests(): Iterable<Digest>
  /** Names that no blob has and no interrupted write leaves. */
  strangers(): readonly string[]
}

export function openBlobFiles(root: string): BlobFiles {
  const unsynced = new Set<string>()
  const folderOf = (digest: Digest): string => join(root, digest.slice(0, 2))
  const pathOf = (digest: Digest): string => join(folderOf(digest), digest)
  const has = (digest: Digest): boolean => existsSync(pathOf(digest))

  return {
    has,
    get: (digest) => (has(digest) ? translated('read a blob', () => readFileSync(pathOf(digest))) : undefined),
    put(digest, bytes) {
      translated('write a blob', () => {
        const folder = folderOf(digest)
        mkdirSync(folder, { recursive: true, mode: directoryMode })
        if (!has(digest)) {
          writeSynced(pathOf(digest) + partialSuffix, bytes)
          renameSync(pathOf(digest) + partialSuffix, pathOf(digest))
        }
        // Also when the file was there: whoever wrote it may have been killed before its name was synced.
        unsynced.add(folder).add(root)
      })
    },
    takeUnsynced() {
      const taken = [...unsynced]
      unsynced.clear()
      return taken
    },
    *digests() {
      for (const [, name] of files(root)) if (isDigest(name)) yield name
    },
    strangers: () =>
      [...files(root)]
        .filter(([folder, name]) => !(isDigest(name) && name.startsWith(folder)) && !name.endsWith(partialSuffix))
        .map(([folder, name]) => join(folder, name)),
  }
}

function writeSynced(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'w', fileMode)
  try {
    writeFileSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function* files(root: string): Iterable<readonly [folder: string, name: string]> {
  if (!existsSync(root)) return
  for (const folder of readdirSync(root, { withFileTypes: true })) {
    if (!folder.isDirectory()) yield ['', folder.name]
    else for (const name of readdirSync(join(root, folder.name))) yield [folder.name, name]
  }
}
