import { catalogBytes, undoablePhases, unreachable } from '@ice-runtime/kernel'
import type { Phase } from '@ice-runtime/kernel'
import type { Place } from '../admission.ts'
import { maxKept } from '../runtime-parts.ts'
import type { RuntimeParts } from '../runtime-parts.ts'
import { settleApprovals } from './approvals.ts'
import { endUnmerged, mergeChild } from './children.ts'
import { commit } from './committing.ts'
import { loadContext } from './context.ts'
import { execute } from './executing.ts'
import { executeDurably, runOf, stopped } from './live-run.ts'
import type { LiveRun } from './live-run.ts'
import { peopleAsked } from './people-asked.ts'
import { decideCommit, noLock, validate } from './validating.ts'
import type { WorkspaceLock } from './validating.ts'

/**
 * Takes a run from wherever its record says it is to its end. Returns when it has ended, or when this process has let go of it;
 * the record says which.
 */
export async function drive(live: LiveRun, parts: RuntimeParts, place: Place): Promise<void> {
  let lock: WorkspaceLock | undefined
  using _ceiling = wallCeiling(live, parts)
  try {
    for (let stays = 0; live.failure() === undefined;) {
      const { name } = runOf(live).phase
      if (name === 'terminated') return
      if (runOf(live).quarantined || isParked(live)) return
      if (isEnding(name) && !(await childrenEnded(live))) return
      // One that waits for somebody holds no place.
      const entering = name === 'suspended' ? place.leave() : place.enter()
      if (entering !== undefined) await entering
      if (name === 'validating') lock = (await judge(live, parts)) ?? lock
      else if (name === 'committing' && lock === undefined) lock = (await live.world.workspace?.lock()) ?? noLock
      else {
        // Several phases only record that they are over: nothing comes between them, and they reach the log together.
        const stepping = step(live, parts, place)
        if (stepping !== undefined) await stepping
      }
      stays = runOf(live).phase.name === name ? stays + 1 : 0
      // A phase that neither moves nor fails would spin for ever; that is a bug, and it must not look like work.
      if (stays > maxStays) return live.fail(new Error(`the run does not leave ${name}`))
    }
  } finally {
    await lock?.[Symbol.asyncDispose]()
  }
}

function isEnding(name: Phase | 'none'): boolean {
  return name === 'aborting' || name === 'terminated_by_runtime'
}

/** False when a child was let go of by this process: its parent cannot end before it. */
async function childrenEnded(live: LiveRun): Promise<boolean> {
  while (runOf(live).children.size > 0) {
    if (live.children.size === 0 || live.failure() !== undefined) return false
    await live.moved()
  }
  return true
}

/** Ends the run when its time is up, whatever it is doing, up to its commit point. */
function wallCeiling(live: LiveRun, parts: RuntimeParts): Disposable {
  const { requestedAt, spec } = runOf(live)
  const left = Math.max(0, requestedAt + (spec?.ceilings.wallMs ?? 0) - parts.clock.now())
  return parts.timers.after(left, () => {
    const isUndoable = undoablePhases.some((phase) => phase === runOf(live).phase.name)
    if (isUndoable && live.failure() === undefined) live.writer.execute({ type: 'TerminateRun', code: 'limit.wall' }, 'lazy')
  })
}

/** Rounds in one phase without a move: the lock takes one, a suspension in `validating` a few. */
const maxStays = 8

/** Stopped by the runtime's close where nothing has to be carried through: the next runtime goes on from here. */
function isParked(live: LiveRun): boolean {
  return live.stopping.signal.aborted && undoablePhases.some((phase) => phase === runOf(live).phase.name)
}

function step(live: LiveRun, parts: RuntimeParts, place: Place): Promise<unknown> | undefined {
  const { phase } = runOf(live)
  switch (phase.name) {
    case 'none':
    case 'terminated':
    case 'validating':
      return undefined
    case 'requested':
      live.writer.execute({ type: 'StartProvisioning' }, 'lazy')
      return undefined
    case 'provisioning':
      return provision(live, parts)
    case 'loading_context':
      return enterContext(live, parts)
    case 'executing':
      return execute(live, parts, place)
    case 'suspended':
      // Found suspended: nothing of it is opened before it is resumed. One suspended at work waits in `execute`. One that was let go of
      // while it waited for room moves no more.
      return live.stopping.signal.aborted ? undefined : live.moved()
    case 'committing':
      return commit(live, parts)
    case 'aborting':
      return executeDurably(live, { type: 'CompleteAbort' })
    case 'terminated_by_runtime':
      live.stopping.abort(stopped)
      live.writer.execute({ type: 'StartTeardown' }, 'lazy')
      return undefined
    case 'tearing_down':
      return tearDown(live, parts)
    default:
      return unreachable(phase)
  }
}

async function judge(live: LiveRun, parts: RuntimeParts): Promise<WorkspaceLock | undefined> {
  await validate(live, parts)
  const run = runOf(live)
  // Nothing waits for a person after the commit point, so the commit waits before it.
  if (run.phase.name === 'validating' && run.waiting.length > 0) {
    live.writer.execute({ type: 'SuspendRun', ...peopleAsked }, 'lazy')
    settleApprovals(live, parts.timers)
    return undefined
  }
  if (runOf(live).phase.name !== 'validating' || runOf(live).validated === 0) return undefined
  if (live.above === undefined) return await decideCommit(live, parts)
  await mergeChild(live, live.above, parts)
  return undefined
}

function provision(live: LiveRun, parts: RuntimeParts): undefined {
  const { isolation, runtimeName } = parts
  const order = { policy: parts.standing.now().policy.digest, catalog: live.world.catalog.digest, runtime: runtimeName, isolation }
  keepCatalog(live, parts)
  live.writer.execute({ type: 'CompleteProvisioning', ...order }, 'lazy')
  return undefined
}

/** What a policy could be asked about then, for whoever asks again later: the catalog's digest is that of the blob. */
function keepCatalog({ world }: LiveRun, { kept, store }: RuntimeParts): void {
  const { catalog } = world
  if (kept.has(catalog.digest)) return
  const blob = store.blobs.put(catalogBytes(catalog.list()))
  if (kept.size < maxKept) kept.set(catalog.digest, blob)
}

function enterContext(live: LiveRun, parts: RuntimeParts): undefined {
  live.writer.execute({ type: 'LoadContext', items: loadContext(live, parts) }, 'lazy')
  return undefined
}

/** Everything acting for the run is told to stop; the workspace holds nothing of it any more. */
async function tearDown(live: LiveRun, parts: RuntimeParts): Promise<void> {
  live.stopping.abort(stopped)
  if (live.above !== undefined) await endUnmerged(live, live.above, parts)
  else await executeDurably(live, { type: 'TearDown' })
}
