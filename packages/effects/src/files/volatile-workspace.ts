import { IceError } from '@ice-runtime/kernel'
import type { ApplyResult, Conflict, FileState, StagedChange, Workspace } from '@ice-runtime/kernel'
import { parentOf } from '@ice-runtime/isolation'
import { absent, sameState } from './file-state.ts'
import { openTurns } from './turns.ts'
import { findConflicts } from './workspace-recheck.ts'
import type { Looking } from './workspace-recheck.ts'
import { planChanges } from './workspace-plan.ts'

const defaultLockWaitMs = 10_000

/**
 * A workspace in memory, for simulations and benchmarks: `files` is the tree, and may be changed from outside as others change
 * a directory. What a commit keeps dies with the process; the steps answer as those of the real one.
 */
export function openVolatileWorkspace(options: {
  readonly identity: string
  readonly files: Map<string, FileState>
  readonly lockWaitMs?: number
}): Workspace {
  const { identity, files, lockWaitMs = defaultLockWaitMs } = options
  const turns = openTurns()
  const replaced = new Map<string, FileState>()
  const tree: Looking = {
    look: (path) => files.get(path) ?? absent,
    names: (path) => namesIn(files, path),
  }
  return {
    identity,
    lock: async () => {
      const turn = await turns.take(lockWaitMs)
      return { [Symbol.asyncDispose]: async () => turn[Symbol.dispose]() }
    },
    look: async (path) => tree.look(path),
    recheck: async (changes, reads) => findConflicts(tree, planChanges(changes), reads),
    plan: planChanges,
    apply: async (applyId, index, change) => {
      const key = `${applyId}-${index}`
      if (replaced.has(key)) return { result: 'applied' }
      const conflict = obstacle(tree, change)
      if (conflict !== undefined) return answer(conflict, change)
      replaced.set(key, change.base)
      place(files, change.path, change.to)
      return { result: 'applied' }
    },
    undo: async (applyId, index, change) => {
      const key = `${applyId}-${index}`
      const base = replaced.get(key)
      if (base === undefined) return
      if (isInhabited(tree, change) && base.kind === 'absent') {
        replaced.delete(key)
        return
      }
      if (isInhabited(tree, change) || !sameState(tree.look(change.path), change.to)) {
        throw new IceError('files.conflict', `${JSON.stringify(change.path)} was edited by others after the commit changed it`)
      }
      place(files, change.path, base)
      replaced.delete(key)
    },
    discard: async (applyId) => {
      for (const key of replaced.keys()) if (key.startsWith(`${applyId}-`)) replaced.delete(key)
    },
  }
}

/** The first thing that differs from what the change was made for. */
function obstacle(tree: Looking, { path, to, base }: StagedChange): Conflict | undefined {
  const parent = parentOf(path)
  if (to.kind !== 'absent' && parent !== '.' && tree.look(parent).kind !== 'directory') {
    return { path: parent, expected: { kind: 'directory' }, actual: tree.look(parent) }
  }
  const actual = tree.look(path)
  if (!sameState(actual, base)) return { path, expected: base, actual }
  const [inside] = base.kind === 'directory' ? tree.names(path) : []
  return inside === undefined ? undefined : { path: `${path}/${inside}`, expected: absent, actual: tree.look(`${path}/${inside}`) }
}

/** What stands there already as wanted was applied and discarded before. */
function answer(conflict: Conflict, { path, to }: StagedChange): ApplyResult {
  const isDone = conflict.path === path && sameState(conflict.actual, to)
  return isDone ? { result: 'applied' } : { result: 'conflict', conflict }
}

function isInhabited(tree: Looking, { path, to }: StagedChange): boolean {
  return to.kind === 'directory' && tree.names(path).length > 0
}

function place(files: Map<string, FileState>, path: string, state: FileState): void {
  if (state.kind === 'absent') files.delete(path)
  else files.set(path, state)
}

function namesIn(files: ReadonlyMap<string, FileState>, path: string): readonly string[] {
  const names: string[] = []
  for (const candidate of files.keys()) if (parentOf(candidate) === path) names.push(candidate.slice(path === '.' ? 0 : path.length + 1))
  return names.sort()
}
