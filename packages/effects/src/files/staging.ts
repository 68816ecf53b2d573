import { IceError, maxBlobBytes } from '@ice-runtime/kernel'
import type { BlobWriter, FileState, StagedChange } from '@ice-runtime/kernel'
import { parentOf } from '@ice-runtime/isolation'
import type { StagedTree } from './staged-tree.ts'

export interface Staging {
  readonly tree: StagedTree
  readonly blobs: BlobWriter
}

/** A change of one path. The content it replaces is kept too, so that people can be shown the difference later. */
export function changeTo({ tree, blobs }: Staging, path: string, to: FileState): StagedChange {
  const base = tree.base(path)
  if (base.kind === 'file' && !tree.isStaged(path) && base.sizeBytes <= maxBlobBytes) {
    const { bytes, state } = tree.read(path)
    if (state.blob !== base.blob) throw new IceError('facts.changed', `${JSON.stringify(path)} was changed while it was staged`)
    blobs.put(bytes)
  }
  return { path, to, base }
}

/** Directories that must be made so that `path` has a place, outermost first. Throws `files.conflict` where a file stands in the way. */
export function missingParents(tree: StagedTree, path: string): readonly StagedChange[] {
  const missing: StagedChange[] = []
  for (let parent = parentOf(path); parent !== '.'; parent = parentOf(parent)) {
    const { kind } = tree.glance(parent)
    if (kind === 'directory') break
    if (kind !== 'absent') throw new IceError('files.conflict', `${JSON.stringify(parent)} is a ${kind}, so nothing can lie in it`)
    missing.unshift({ path: parent, to: { kind: 'directory' }, base: tree.base(parent) })
  }
  return missing
}
