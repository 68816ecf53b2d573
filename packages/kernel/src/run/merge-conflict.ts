import { canonicalize } from '../log/canonical.ts'
import type { PersistentMap } from '../log/persistent-map.ts'
import type { FileState, Manifest, ReadBase } from '../action/staged-change.ts'

/** What a child did to the tree, and the tree above it when it was started and now. */
export interface Merging {
  readonly staged: Manifest
  readonly reads: PersistentMap<ReadBase>
  readonly before: Manifest
  readonly now: Manifest
}

/**
 * The first path at which a child and what was staged above it since do not go together: both changed it, the child read what is
 * something else now, or one removed what the other put something into. To make the same directory is no conflict.
 */
export function mergeConflict({ staged, reads, before, now }: Merging): string | undefined {
  const moved = now.entries().filter(([path, { to }]) => !isSame(before.get(path)?.to, to))
  for (const [path, { to }] of moved) {
    const own = staged.get(path)
    if (own !== undefined && !(own.to.kind === 'directory' && to.kind === 'directory')) return path
    if (reads.has(path)) return path
    const holder = ancestorsOf(path).find((above) => isNoDirectory(staged.get(above)?.to))
    if (holder !== undefined && to.kind !== 'absent') return path
  }
  const gone = new Set(moved.filter(([, { to }]) => isNoDirectory(to)).map(([path]) => path))
  const found = staged.entries().find(([path, { to }]) => to.kind !== 'absent' && ancestorsOf(path).some((above) => gone.has(above)))
  return found?.[0]
}

/** What a child sees: its own changes over those above it. */
export function stagedOver(above: Manifest, own: Manifest): Manifest {
  return own.entries().reduce((manifest, [path, change]) => manifest.with(path, change), above)
}

function isNoDirectory(state: FileState | undefined): boolean {
  return state !== undefined && state.kind !== 'directory'
}

function isSame(left: FileState | undefined, right: FileState): boolean {
  return left === right || (left !== undefined && canonicalize(left) === canonicalize(right))
}

function ancestorsOf(path: string): readonly string[] {
  const above: string[] = []
  for (let slash = path.lastIndexOf('/'); slash !== -1; slash = path.lastIndexOf('/', slash - 1)) above.push(path.slice(0, slash))
  return above
}
