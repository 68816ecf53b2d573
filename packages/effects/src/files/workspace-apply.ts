import { IceError } from '@ice-runtime/kernel'
import type { ApplyResult, Conflict } from '@ice-runtime/kernel'
import { absent, fileStateAt, sameState } from './file-state.ts'
import { applied, build, cleanUp, inodeAt, interference, markedInode, mismatch } from './workspace-step.ts'
import type { Step } from './workspace-step.ts'

/**
 * Puts a change in place. What stands there tells how far an earlier call came:
 *
 * | mark    | kept name         | target      | what was done          | what is left to do                    |
 * | ------- | ----------------- | ----------- | ---------------------- | ------------------------------------- |
 * | none    | anything          | base        | nothing, or half built | build, mark, swap, look               |
 * | none    | nothing           | new content | all, and discarded     | nothing                               |
 * | present | the marked inode  | anything    | built                  | swap, look                            |
 * | present | base, or nothing  | marked inode| swapped                | look at what came out                 |
 * | present | anything else     | marked inode| swapped over a change  | swap back, report the conflict        |
 */
export async function applyChange(step: Step): Promise<ApplyResult> {
  if (step.change.to.kind === 'absent') return applyRemoval(step)
  const marked = markedInode(step)
  if (marked === undefined) {
    const conflict = mismatch(step, step.name)
    if (conflict !== undefined) return sameState(conflict.actual, step.change.to) ? applied : refused(conflict)
    await build(step)
    return swap(step)
  }
  if (inodeAt(step, step.kept) === marked) return swap(step)
  if (inodeAt(step, step.name) === marked) return inspect(step, marked)
  // Swapped, then replaced by someone else: what came out still says whether the swap was right.
  if (cameOut(step) === undefined) return applied
  throw interference(step, 'it was replaced twice by others during the commit')
}

/** Swaps the new content in. Whether the base still stood there shows afterwards, when nobody can change it in between. */
function swap(step: Step): ApplyResult {
  const { directory, name, kept, change } = step
  try {
    if (change.base.kind === 'absent') directory.rename(kept, name)
    else directory.exchange(kept, name)
  } catch (error) {
    const taken = error instanceof IceError && (error.code === 'files.conflict' || error.code === 'files.not_found')
    if (!taken) throw error
    return giveUp(step, { path: change.path, expected: change.base, actual: fileStateAt(directory, name) })
  }
  return inspect(step, markedInode(step))
}

/** Looks at what the swap brought out; anything but the base goes back. */
function inspect(step: Step, marked: string | undefined): ApplyResult {
  const conflict = cameOut(step)
  if (conflict === undefined) return applied
  step.directory.exchange(step.kept, step.name)
  if (inodeAt(step, step.kept) !== marked) throw interference(step, 'it was replaced by others while a conflict was put back')
  return giveUp(step, conflict)
}

function cameOut(step: Step): Conflict | undefined {
  const { base, path } = step.change
  if (base.kind !== 'absent') return mismatch(step, step.kept)
  const kept = fileStateAt(step.directory, step.kept)
  return kept.kind === 'absent' ? undefined : { path, expected: base, actual: kept }
}

function giveUp(step: Step, conflict: Conflict): ApplyResult {
  cleanUp(step)
  return refused(conflict)
}

/** A removal is a rename to the kept name: whatever has that name is what was removed. */
function applyRemoval(step: Step): ApplyResult {
  const { directory, name, kept } = step
  if (directory.status(kept) === undefined) {
    if (directory.status(name) === undefined) return applied
    const before = mismatch(step, name)
    if (before !== undefined) return refused(before)
    try {
      directory.rename(name, kept)
    } catch (error) {
      if (error instanceof IceError && error.code === 'files.not_found') {
        return refused({ path: step.change.path, expected: step.change.base, actual: absent })
      }
      throw error
    }
  }
  const conflict = mismatch(step, kept)
  if (conflict === undefined) return applied
  putBack(step)
  return refused(conflict)
}

/** Gives what was removed its name again. Throws `files.conflict` when someone has taken the name. */
export function putBack(step: Step): void {
  try {
    step.directory.rename(step.kept, step.name)
  } catch (error) {
    if (!(error instanceof IceError && error.code === 'files.conflict')) throw error
    throw interference(step, 'its name was taken by others, so it cannot be put back')
  }
}

function refused(conflict: Conflict): ApplyResult {
  return { result: 'conflict', conflict }
}
