import type { Conflict, FileState, ReadBase, StagedChange } from '@ice-runtime/kernel'
import { joinPath, parentOf } from '@ice-runtime/isolation'
import { absent, sameState } from './file-state.ts'

/** A tree as it stands. */
export interface Looking {
  look(path: string): FileState
  /** Names in a directory, none for anything else. */
  names(path: string): readonly string[]
}

/** What stands in the way of the planned changes, and which reads no longer hold: at most one conflict a path, in path order. */
export function findConflicts(tree: Looking, planned: readonly StagedChange[], reads: readonly ReadBase[]): readonly Conflict[] {
  const staged = new Map(planned.map((change) => [change.path, change.to]))
  const found = new Map<string, FileState>()
  const conflicts = new Map<string, Conflict>()
  for (const { path, base } of [...planned, ...reads]) {
    const actual = found.get(path) ?? tree.look(path)
    found.set(path, actual)
    if (!sameState(actual, base)) conflicts.set(path, { path, expected: base, actual })
  }
  for (const change of planned) for (const conflict of aroundChange(tree, change, staged)) conflicts.set(conflict.path, conflict)
  return [...conflicts.values()].sort((left, right) => (left.path < right.path ? -1 : 1))
}

/** What must hold beside the base: a place to put the new thing, and nothing unseen inside a directory that goes. */
function aroundChange(tree: Looking, change: StagedChange, staged: ReadonlyMap<string, FileState>): readonly Conflict[] {
  const { path, to, base } = change
  if (base.kind === 'directory') {
    const unseen = tree
      .names(path)
      .map((name) => joinPath(path, name))
      .filter((child) => staged.get(child)?.kind !== 'absent')
    return unseen.map((child) => ({ path: child, expected: absent, actual: tree.look(child) }))
  }
  const parent = parentOf(path)
  if (to.kind === 'absent' || parent === '.' || staged.get(parent)?.kind === 'directory') return []
  const actual = tree.look(parent)
  return actual.kind === 'directory' ? [] : [{ path: parent, expected: { kind: 'directory' }, actual }]
}
