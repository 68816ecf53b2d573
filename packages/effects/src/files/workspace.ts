import { IceError } from '@ice-runtime/kernel'
import type { ApplyResult, BlobReader, Conflict, FileState, ReadBase, StagedChange, Workspace } from '@ice-runtime/kernel'
import { joinPath, parentOf } from '@ice-runtime/isolation'
import type { Root } from '@ice-runtime/isolation'
import { absent, fileStateAt, sameState } from './file-state.ts'
import { applyChange } from './workspace-apply.ts'
import { planChanges } from './workspace-plan.ts'
import { applied, inStep } from './workspace-step.ts'
import { discardChange, undoChange } from './workspace-undo.ts'

/** Between two tries for the lock. */
const lockPollMs = 50
/** Long enough for another commit of ordinary size, short enough that a stuck holder is reported. */
const defaultLockWaitMs = 10_000

/**
 * The real files beneath a root; content of new files comes from `blobs`.
 *
 * A change is durable only when `discard` has resolved: `apply` syncs each new file's content, and `discard` syncs each touched
 * directory once. After a crash, call `apply` again from the first change on, then `discard`.
 *
 * Parents are not made in passing: a new directory is a change of its own, so that the record says what undoing may remove.
 */
export function openWorkspace(options: { readonly root: Root; readonly blobs: BlobReader; readonly lockWaitMs?: number }): Workspace {
  const { root, blobs, lockWaitMs = defaultLockWaitMs } = options
  return {
    identity: root.identity,
    lock: () => lockWithin(root, lockWaitMs),
    look: (path) => attempt(() => fileStateAt(root, path)),
    recheck: (changes, reads) => attempt(() => findConflicts(root, planChanges(changes), reads)),
    plan: planChanges,
    apply: (applyId, index, change) => inStep({ root, blobs, applyId, index, change }, missingParent(change), applyChange),
    undo: (applyId, index, change) => inStep({ root, blobs, applyId, index, change }, () => undefined, undoChange),
    discard: async (applyId, changes) => {
      const planned = planChanges(changes)
      for (const [index, change] of planned.entries()) {
        await inStep({ root, blobs, applyId, index, change }, () => undefined, discardChange)
      }
      for (const parent of new Set(planned.map((change) => parentOf(change.path)))) {
        using directory = root.directory(parent)
        await directory?.sync()
      }
    },
  }
}

async function lockWithin(root: Root, waitMs: number): Promise<AsyncDisposable> {
  for (let waitedMs = 0; ; waitedMs += lockPollMs) {
    const held = root.tryLock()
    if (held !== undefined) return { [Symbol.asyncDispose]: async () => held[Symbol.dispose]() }
    if (waitedMs >= waitMs) {
      throw new IceError('workspace.busy', `another commit holds the workspace for more than ${waitMs} ms`, {
        hint: 'try again when the other run has ended',
      })
    }
    await new Promise((resolve) => setTimeout(resolve, lockPollMs))
  }
}

/** What is in a directory that is gone is gone; nothing else can be done in it. */
function missingParent(change: StagedChange): (parent: string) => ApplyResult {
  return (parent) => {
    if (change.to.kind === 'absent') return applied
    return { result: 'conflict', conflict: { path: parent, expected: { kind: 'directory' }, actual: absent } }
  }
}

function findConflicts(root: Root, planned: readonly StagedChange[], reads: readonly ReadBase[]): readonly Conflict[] {
  const staged = new Map(planned.map((change) => [change.path, change.to]))
  const found = new Map<string, FileState>()
  const conflicts = new Map<string, Conflict>()
  for (const { path, base } of [...planned, ...reads]) {
    const actual = found.get(path) ?? fileStateAt(root, path)
    found.set(path, actual)
    if (!sameState(actual, base)) conflicts.set(path, { path, expected: base, actual })
  }
  for (const change of planned) for (const conflict of aroundChange(root, change, staged)) conflicts.set(conflict.path, conflict)
  return [...conflicts.values()].sort((left, right) => (left.path < right.path ? -1 : 1))
}

/** What must hold beside the base: a place to put the new thing, and nothing unseen inside a directory that goes. */
function aroundChange(root: Root, change: StagedChange, staged: ReadonlyMap<string, FileState>): readonly Conflict[] {
  const { path, to, base } = change
  if (base.kind === 'directory') {
    if (root.status(path)?.kind !== 'directory') return []
    const unseen = root
      .list(path)
      .names.map((name) => joinPath(path, name))
      .filter((child) => staged.get(child)?.kind !== 'absent')
    return unseen.map((child) => ({ path: child, expected: absent, actual: fileStateAt(root, child) }))
  }
  const parent = parentOf(path)
  if (to.kind === 'absent' || parent === '.' || staged.get(parent)?.kind === 'directory') return []
  const actual = fileStateAt(root, parent)
  return actual.kind === 'directory' ? [] : [{ path: parent, expected: { kind: 'directory' }, actual }]
}

/** Turns what is thrown into a rejection. */
async function attempt<Result>(work: () => Result): Promise<Result> {
  return work()
}
