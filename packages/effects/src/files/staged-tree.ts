import { IceError, maxBlobBytes } from '@ice-runtime/kernel'
import type { BlobReader, FileState, Manifest, StagedChange } from '@ice-runtime/kernel'
import { joinPath, parentOf } from '@ice-runtime/isolation'
import type { Root } from '@ice-runtime/isolation'
import { absent, digestOf, fileStateAt } from './file-state.ts'
import { isKeptName } from './kept-names.ts'

/** What a listing says of a path, without reading content. */
export interface Glance {
  readonly kind: FileState['kind']
  readonly sizeBytes?: number
  readonly mode?: number
  readonly target?: string
}

/** The workspace as the run sees it: what it staged lies over what is on disk. Paths are checked by the caller; `.` is the top. */
export interface StagedTree {
  /** With content digested. Throws `files.outside_root` for a path through a link. */
  state(path: string): FileState
  glance(path: string): Glance
  isStaged(path: string): boolean
  /** What the path was in the workspace when the run first staged it, or is now. */
  base(path: string): FileState
  /** Content and state of one and the same file. Throws `files.not_found`, `files.not_regular`, `files.too_large`. */
  read(path: string, maxBytes?: number): { readonly bytes: Uint8Array; readonly state: FileState & { readonly kind: 'file' } }
  /** Sorted names in a directory, and in hex the names on disk that are not UTF-8. */
  list(path: string): { readonly names: readonly string[]; readonly refused: readonly string[] }
}

/** Lays a manifest over a root. */
export function stagedTree(sources: { readonly root: Root; readonly staged: Manifest; readonly blobs: BlobReader }): StagedTree {
  const { root, staged, blobs } = sources
  const state = (path: string): FileState => staged.get(path)?.to ?? (isHidden(staged, path) ? absent : fileStateAt(root, path))
  return {
    state,
    glance: (path) => staged.get(path)?.to ?? (isHidden(staged, path) ? absent : glanceAt(root, path)),
    isStaged: (path) => staged.has(path),
    base: (path) => staged.get(path)?.base ?? fileStateAt(root, path),
    read: (path, maxBytes = maxBlobBytes) => {
      const change = staged.get(path)
      if (change !== undefined) return readStaged(change, blobs, maxBytes)
      if (isHidden(staged, path)) throw notFound(path)
      const { bytes, status } = root.readFile(path, { maxBytes })
      return { bytes, state: { kind: 'file', blob: digestOf(bytes), sizeBytes: bytes.length, mode: status.mode } }
    },
    list: (path) => {
      const top = path === '.' ? { kind: 'directory' } : (staged.get(path)?.to ?? (isHidden(staged, path) ? absent : glanceAt(root, path)))
      if (top.kind === 'absent') throw notFound(path)
      if (top.kind !== 'directory') throw new IceError('files.not_regular', `${JSON.stringify(path)} is no directory`)
      return listing(root, staged, path)
    },
  }
}

function listing(root: Root, staged: Manifest, path: string): { readonly names: readonly string[]; readonly refused: readonly string[] } {
  const isOnDisk = (staged.get(path)?.base.kind ?? 'directory') === 'directory' && !isHidden(staged, path)
  const disk = isOnDisk ? root.list(path) : { names: [], refused: [] }
  const names = new Set(disk.names.filter((name) => !isKeptName(name)))
  for (const [stagedPath, { to }] of staged.entries()) {
    if (parentOf(stagedPath) !== path) continue
    const name = path === '.' ? stagedPath : stagedPath.slice(path.length + 1)
    if (to.kind === 'absent') names.delete(name)
    else names.add(name)
  }
  return { names: [...names].sort(), refused: disk.refused }
}

/** True when a staged ancestor hides what the disk has there: it was removed, replaced, or is a directory the run made. */
function isHidden(staged: Manifest, path: string): boolean {
  for (let ancestor = parentOf(path); ancestor !== '.'; ancestor = parentOf(ancestor)) {
    const change = staged.get(ancestor)
    if (change === undefined) continue
    if (change.to.kind === 'symlink') throw new IceError('files.outside_root', `${JSON.stringify(path)} leads through a link`)
    if (change.to.kind !== 'directory' || change.base.kind !== 'directory') return true
  }
  return false
}

function glanceAt(root: Root, path: string): Glance {
  const status = root.status(path)
  if (status === undefined) return absent
  switch (status.kind) {
    case 'file':
      return status.linkCount === 1 ? { kind: 'file', sizeBytes: status.sizeBytes, mode: status.mode } : { kind: 'other' }
    case 'symlink':
      return status.target === undefined ? { kind: 'other' } : { kind: 'symlink', target: status.target }
    case 'directory':
    case 'other':
      return { kind: status.kind }
  }
}

function readStaged({ path, to }: StagedChange, blobs: BlobReader, maxBytes: number): ReturnType<StagedTree['read']> {
  if (to.kind === 'absent') throw notFound(path)
  if (to.kind !== 'file') throw new IceError('files.not_regular', `${JSON.stringify(path)} is a ${to.kind}, only regular files are read`)
  if (to.sizeBytes > maxBytes) throw new IceError('files.too_large', `${JSON.stringify(path)} has more than ${maxBytes} bytes`)
  return { bytes: blobs.get(to.blob), state: to }
}

/** Everything at and below a path, what holds before what is inside. Throws `limit.exceeded` beyond `maxEntries`. */
export function treeBelow(tree: StagedTree, path: string, maxEntries: number): readonly string[] {
  const found: string[] = []
  const visit = (place: string): void => {
    if (found.length >= maxEntries) {
      throw new IceError('limit.exceeded', `${JSON.stringify(path)} holds more than ${maxEntries} entries`)
    }
    found.push(place)
    if (tree.glance(place).kind !== 'directory') return
    const { names, refused } = tree.list(place)
    if (refused.length > 0) {
      throw new IceError('files.not_regular', `${JSON.stringify(place)} holds a name that is not UTF-8: ${refused[0] ?? ''} in hex`)
    }
    for (const name of names) visit(joinPath(place, name))
  }
  visit(path)
  return found
}

function notFound(path: string): IceError {
  return new IceError('files.not_found', `nothing stands at ${JSON.stringify(path)}`)
}
