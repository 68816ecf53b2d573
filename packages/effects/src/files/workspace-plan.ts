import type { StagedChange } from '@ice-runtime/kernel'
import { sameState } from './file-state.ts'

/**
 * Removals first, what is inside before what holds it; then everything else, what holds before what is inside. A change back to
 * its base is left out. The same changes give the same plan in whatever order they come.
 */
export function planChanges(changes: readonly StagedChange[]): readonly StagedChange[] {
  const effective = changes.filter((change) => !sameState(change.to, change.base))
  // A directory's path is a prefix of what it holds, so plain text order puts it first, and the reverse puts it last.
  const removals = effective.filter((change) => change.to.kind === 'absent').sort((left, right) => byPath(right, left))
  const others = effective.filter((change) => change.to.kind !== 'absent').sort(byPath)
  return [...removals, ...others]
}

function byPath(left: StagedChange, right: StagedChange): number {
  if (left.path === right.path) return 0
  return left.path < right.path ? -1 : 1
}
