import type { ApplyResult, BlobReader, StagedChange, Workspace } from '@ice-runtime/kernel'
import { parentOf } from '@ice-runtime/isolation'
import type { Root } from '@ice-runtime/isolation'
import { absent, fileStateAt } from './file-state.ts'
import { openTurns, workspaceBusy } from './turns.ts'
import type { Turns } from './turns.ts'
import { applyChange } from './workspace-apply.ts'
import { planChanges } from './workspace-plan.ts'
import { findConflicts } from './workspace-recheck.ts'
import type { Looking } from './workspace-recheck.ts'
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
  const turns = openTurns()
  return {
    identity: root.identity,
    lock: () => lockWithin(turns, root, lockWaitMs),
    look: (path) => attempt(() => fileStateAt(root, path)),
    recheck: (changes, reads) => attempt(() => findConflicts(lookingAt(root), planChanges(changes), reads)),
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

/** Runs of this process take turns without polling; only the one at the head waits for other processes. */
async function lockWithin(turns: Turns, root: Root, waitMs: number): Promise<AsyncDisposable> {
  const turn = await turns.take(waitMs)
  try {
    for (let waitedMs = 0; ; waitedMs += lockPollMs) {
      const held = root.tryLock()
      if (held !== undefined) return releasing(held, turn)
      if (waitedMs >= waitMs) throw workspaceBusy(waitMs)
      await new Promise((resolve) => setTimeout(resolve, lockPollMs))
    }
  } catch (error) {
    turn[Symbol.dispose]()
    throw error
  }
}

function releasing(held: Disposable, turn: Disposable): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      held[Symbol.dispose]()
      turn[Symbol.dispose]()
    },
  }
}

function lookingAt(root: Root): Looking {
  return {
    look: (path) => fileStateAt(root, path),
    names: (path) => (root.status(path)?.kind === 'directory' ? root.list(path).names : []),
  }
}

/** What is in a directory that is gone is gone; nothing else can be done in it. */
function missingParent(change: StagedChange): (parent: string) => ApplyResult {
  return (parent) => {
    if (change.to.kind === 'absent') return applied
    return { result: 'conflict', conflict: { path: parent, expected: { kind: 'directory' }, actual: absent } }
  }
}

/** Turns what is thrown into a rejection. */
async function attempt<Result>(work: () => Result): Promise<Result> {
  return work()
}
