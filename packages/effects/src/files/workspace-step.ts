import { IceError } from '@ice-runtime/kernel'
import type { ApplyResult, BlobReader, Conflict, FileState, StagedChange } from '@ice-runtime/kernel'
import type { Directory, Root } from '@ice-runtime/isolation'
import { joinPath, nameOf, parentOf } from '@ice-runtime/isolation'
import { absent, fileStateAt, sameState } from './file-state.ts'
import { keptNames, keptPrefix } from './kept-names.ts'

/** One change in hand: its directory, opened once, and the names beside its target. */
export interface Step {
  readonly root: Root
  readonly blobs: BlobReader
  readonly applyId: string
  readonly change: StagedChange
  readonly parent: string
  readonly directory: Directory
  readonly name: string
  readonly kept: string
  readonly mark: string
}

export interface StepRequest {
  readonly root: Root
  readonly blobs: BlobReader
  readonly applyId: string
  readonly index: number
  readonly change: StagedChange
}

export const applied: ApplyResult = { result: 'applied' }

/** Opens the change's directory for `use`; answers `missing` when there is none. */
export async function inStep<Result>(
  { root, blobs, applyId, index, change }: StepRequest,
  missing: (parent: string) => Result,
  use: (step: Step) => Result | Promise<Result>,
): Promise<Result> {
  const parent = parentOf(change.path)
  using directory = root.directory(parent)
  if (directory === undefined) return missing(parent)
  return await use({ root, blobs, applyId, change, parent, directory, name: nameOf(change.path), ...keptNames(applyId, index) })
}

/** Inode of what stands at a name of the step's directory. The device is the directory's own and may be renumbered by a reboot. */
export function inodeAt(step: Step, name: string): string | undefined {
  return step.directory.status(name)?.identity.split(':')[1]
}

/** Inode of the completed new content, undefined while it is being built, after it was discarded, and for removals. */
export function markedInode(step: Step): string | undefined {
  return step.directory.status(step.mark)?.target
}

/** What differs from the base at `name`, undefined when nothing does. A directory must hold nothing but what this commit keeps. */
export function mismatch(step: Step, name: string): Conflict | undefined {
  const { path, base } = step.change
  const actual = fileStateAt(step.directory, name)
  if (!sameState(actual, base)) return { path, expected: base, actual }
  if (base.kind !== 'directory') return undefined
  const prefix = keptPrefix(step.applyId)
  const { names, refused } = step.directory.list(name)
  const foreign = names.find((child) => !child.startsWith(prefix))
  if (foreign !== undefined) {
    return { path: joinPath(path, foreign), expected: absent, actual: fileStateAt(step.directory, `${name}/${foreign}`) }
  }
  return refused.length === 0 ? undefined : { path, expected: base, actual: { kind: 'other' } }
}

/** Builds the new content under the kept name, complete and on disk, then marks it. */
export async function build(step: Step): Promise<void> {
  const { directory, change, kept, mark } = step
  // Without a mark, whatever has the kept name is a part that an earlier attempt left.
  removeKept(step, kept)
  await create(step, change.to)
  const inode = inodeAt(step, kept)
  if (inode === undefined) throw interference(step, 'the new content vanished while it was built')
  directory.createLink(mark, inode)
}

/** Drops the mark first: without it, what has the kept name counts as a leftover, whenever the machine stops. */
export function cleanUp(step: Step): void {
  if (step.directory.status(step.mark) !== undefined) step.directory.remove(step.mark)
  removeKept(step, step.kept)
}

/** Removes a file, a link, or a directory with what this commit kept in it. Anything else in it stays, and so does the directory. */
export function removeKept(step: Pick<Step, 'root' | 'directory' | 'parent' | 'applyId'>, name: string): void {
  const status = step.directory.status(name)
  if (status === undefined) return
  if (status.kind !== 'directory') return step.directory.remove(name)
  const parent = joinPath(step.parent, name)
  using inner = step.root.directory(parent)
  if (inner === undefined) return
  const { names, refused } = inner.list('.')
  const own = names.filter((child) => child.startsWith(keptPrefix(step.applyId)))
  for (const child of own) removeKept({ ...step, parent, directory: inner }, child)
  if (own.length === names.length && refused.length === 0) step.directory.removeDirectory(name)
}

/** Someone else changed what this commit had in hand. Nothing is removed: both versions are left for a person. */
export function interference(step: Step, what: string): IceError {
  return new IceError('files.conflict', `${JSON.stringify(step.change.path)}: ${what}`, {
    hint: `what the commit kept is in ${JSON.stringify(joinPath(step.parent, step.kept))}`,
  })
}

async function create({ directory, blobs, kept, change }: Step, to: FileState): Promise<void> {
  switch (to.kind) {
    case 'file':
      return directory.createFile(kept, { bytes: blobs.get(to.blob), mode: to.mode })
    case 'symlink':
      return directory.createLink(kept, to.target)
    case 'directory':
      return directory.createDirectory(kept)
    case 'absent':
    case 'other':
      throw new IceError('invariant.violated', `${JSON.stringify(change.path)} cannot be made ${to.kind}`)
  }
}
