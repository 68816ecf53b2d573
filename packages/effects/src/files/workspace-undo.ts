import { IceError } from '@ice-runtime/kernel'
import { fileStateAt, sameState } from './file-state.ts'
import { editedName, keptPrefix } from './kept-names.ts'
import { putBack } from './workspace-apply.ts'
import { cleanUp, inodeAt, interference, markedInode, removeKept } from './workspace-step.ts'
import type { Step } from './workspace-step.ts'

/**
 * Puts back what a change replaced, and removes only what the change itself made: the mark says which thing that is. What
 * others edited since is left as it is, with `files.conflict`.
 */
export function undoChange(step: Step): void {
  const { directory, name, kept, change } = step
  if (change.to.kind === 'absent') {
    if (directory.status(kept) !== undefined) putBack(step)
    return
  }
  const marked = markedInode(step)
  if (marked === undefined) return removeKept(step, kept)
  if (inodeAt(step, kept) === marked) return cleanUp(step)
  if (inodeAt(step, name) !== marked) throw interference(step, 'it was replaced by others after the commit changed it')
  if (change.to.kind === 'directory' && isInhabited(step, name)) {
    if (change.base.kind !== 'absent') throw interference(step, 'others put files into the directory the commit made')
    // Others use the directory by now: it stays, and is no longer ours.
    return directory.remove(step.mark)
  }
  if (!sameState(fileStateAt(directory, name), change.to)) throw interference(step, 'it was edited by others after the commit changed it')
  swapBack(step, marked)
  cleanUp(step)
}

/**
 * Removes what was kept for undoing. What came out of the swap and was edited since, through a descriptor someone still held,
 * is the only copy of those edits: it stays, as `<kept name>.edited`.
 */
export function discardChange(step: Step): void {
  const { directory, kept, change } = step
  const marked = markedInode(step)
  const isOurs = marked === undefined ? change.to.kind !== 'absent' : inodeAt(step, kept) === marked
  if (!isOurs && directory.status(kept) !== undefined && !sameState(fileStateAt(directory, kept), change.base)) {
    directory.rename(kept, editedName(kept))
  }
  cleanUp(step)
}

function swapBack(step: Step, marked: string): void {
  const { directory, name, kept, change } = step
  const swap = (from: string, to: string): void =>
    change.base.kind === 'absent' ? directory.rename(from, to) : directory.exchange(from, to)
  try {
    swap(name, kept)
  } catch (error) {
    if (error instanceof IceError && error.code === 'files.not_found') throw interference(step, 'it was removed by others')
    throw error
  }
  if (inodeAt(step, kept) === marked) return
  swap(kept, name)
  throw interference(step, 'it was replaced by others while it was put back')
}

function isInhabited({ directory, applyId }: Step, name: string): boolean {
  const { names, refused } = directory.list(name)
  return refused.length > 0 || names.some((child) => !child.startsWith(keptPrefix(applyId)))
}
