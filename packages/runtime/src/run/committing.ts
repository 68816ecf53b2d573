import { actionKey, assert, IceError, nextRelease, openAction } from '@ice-runtime/kernel'
import type { Commit, Conflict, OpenAction, Settlement, StagedChange, Workspace } from '@ice-runtime/kernel'
import { fromRecorded } from '../recorded.ts'
import type { RuntimeParts } from '../runtime-parts.ts'
import { preparedOf, probedSettlement, repeatsSafely } from './interrupted.ts'
import { executeDurably, runOf } from './live-run.ts'
import type { LiveRun } from './live-run.ts'
import { isUnrecordable, performOnce, settledAgain, unrecordable } from './perform.ts'

/**
 * Carries a decided commit through: files, then deferred effects, one at a time. Only goes forward, every step repeats safely,
 * so a crash anywhere is answered by calling it again. The caller holds the workspace lock.
 */
export async function commit(live: LiveRun, parts: RuntimeParts): Promise<void> {
  const applied = await applyChanges(live, parts)
  if (!applied) return
  await releaseEffects(live, parts)
  const decided = commitOf(live)
  // Whoever waits for the run waits for its end, which is durable after this.
  if (decided !== undefined && decided.released.length === decided.releases.length) live.writer.execute({ type: 'CompleteCommit' }, 'lazy')
}

function commitOf(live: LiveRun): Commit | undefined {
  const { phase } = runOf(live)
  return phase.name === 'committing' ? phase.commit : undefined
}

/** The changes of a decided commit in their order. */
function plannedChanges(live: LiveRun, parts: RuntimeParts): readonly StagedChange[] {
  const decided = commitOf(live)
  if (decided === undefined) return []
  const paths = fromRecorded(decided.changes, parts.store.blobs) as readonly string[]
  const { staged } = runOf(live)
  return paths.map((path) => {
    const change = staged.get(path)
    assert(change !== undefined, 'a commit lists only what was staged')
    return change
  })
}

/**
 * Durable when it resolves, so that no effect is sent for files that a power cut takes back. False when a conflict undid the
 * commit. Once an effect has been sent the files are in place for good, and are others' to change.
 */
async function applyChanges(live: LiveRun, parts: RuntimeParts): Promise<boolean> {
  const { workspace } = live.world
  const plan = hasSent(live) ? [] : plannedChanges(live, parts)
  if (workspace === undefined || plan.length === 0) return true
  const wereInPlace = commitOf(live)?.appliedCount === plan.length
  for (const [index, change] of plan.entries()) {
    const { result, ...rest } = await workspace.apply(live.id, index, change)
    if (result === 'conflict' && 'conflict' in rest && !wereInPlace) {
      await undo(live, workspace, { plan, index, conflict: rest.conflict })
      return false
    }
    if (index >= (commitOf(live)?.appliedCount ?? 0)) live.writer.execute({ type: 'RecordApplied', index, path: change.path }, 'lazy')
  }
  // Before what could undo them is thrown away: after a crash behind this, a changed file was changed by others later.
  if (!wereInPlace) await parts.flush()
  await workspace.discard(live.id, plan)
  return true
}

function hasSent(live: LiveRun): boolean {
  const decided = commitOf(live)
  if (decided === undefined) return false
  return decided.releases.some((action) => openAction(runOf(live), action)?.stage.name !== 'deferred')
}

interface Undoing {
  readonly plan: readonly StagedChange[]
  /** The change that met the conflict, which has put itself back. */
  readonly index: number
  readonly conflict: Conflict
}

async function undo(live: LiveRun, workspace: Workspace, { plan, index, conflict }: Undoing): Promise<void> {
  const before = plan.slice(0, index)
  for (const [undoIndex, change] of [...plan.slice(0, index + 1).entries()].reverse()) await undoOne(live, workspace, { undoIndex, change })
  await workspace.discard(live.id, plan)
  const order = {
    type: 'UndoChanges',
    code: 'files.conflict',
    paths: before.map(({ path }) => path).slice(0, maxListedPaths),
    conflict: { path: conflict.path, actual: conflict.actual },
  } as const
  await executeDurably(live, order)
}

/** A file somebody edited after it was applied keeps both versions: nobody's work is thrown away to restore a base. */
async function undoOne(
  live: LiveRun,
  workspace: Workspace,
  { undoIndex, change }: { readonly undoIndex: number; readonly change: StagedChange },
): Promise<void> {
  try {
    await workspace.undo(live.id, undoIndex, change)
  } catch (error) {
    if (!(error instanceof IceError) || error.code !== 'files.conflict') throw error
  }
}

/** Paths an undo lists by name: the manifest has the rest. */
const maxListedPaths = 256

async function releaseEffects(live: LiveRun, parts: RuntimeParts): Promise<void> {
  for (let decided = commitOf(live); decided !== undefined; decided = commitOf(live)) {
    const next = nextRelease(decided)
    if (next === undefined) break
    const settled = await release(live, parts, next)
    if (!settled) break
  }
  const decided = commitOf(live)
  if (decided !== undefined && decided.released.length < decided.releases.length) {
    await executeDurably(live, { type: 'WithholdReleases', code: 'release.withheld' })
  }
}

/** Sends one effect and records what came of it. False when the rest was withheld instead. */
async function release(live: LiveRun, parts: RuntimeParts, action: number): Promise<boolean> {
  const open = openAction(runOf(live), action)
  assert(open !== undefined, 'a release that has not ended is open')
  const settlement = await sendOnce(live, parts, open)
  if (settlement === undefined) return false
  try {
    return await executeDurably(live, { type: 'SettleAction', action, settlement })
  } catch (error) {
    if (!isUnrecordable(error)) throw error
    const prepared = preparedOf(open, parts.store.blobs)
    return await executeDurably(live, { type: 'SettleAction', action, settlement: unrecordable(prepared, error) })
  }
}

/** Undefined when nothing was sent. An irreversible effect found dispatched is asked about, never sent again. */
async function sendOnce(live: LiveRun, parts: RuntimeParts, open: OpenAction): Promise<Settlement | undefined> {
  const { blobs } = parts.store
  const driver = live.world.catalog.find(open.name)
  if (driver === undefined) throw new IceError('agent.not_found', `${open.name} waits to be released and this process has no driver for it`)
  const prepared = preparedOf(open, blobs)
  if (open.stage.name === 'dispatched' && !repeatsSafely(prepared)) return await probedSettlement(live, { open, driver }, blobs)
  const sent = await executeDurably(live, { type: 'ReleaseAction', action: open.action })
  const stage = openAction(runOf(live), open.action)?.stage
  if (!sent || stage?.name !== 'dispatched') return undefined
  const { id, at, staged } = runOf(live)
  const context = { runId: id, key: actionKey({ id }, open), at, staged, blobs, signal: live.acting() }
  const performed = await performOnce({ driver, prepared }, context, { timers: parts.timers, graceMs: parts.limits.graceMs, blobs })
  return stage.attempt > 1 ? settledAgain(performed, prepared).settlement : performed.settlement
}
