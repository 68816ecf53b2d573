import { assert, IceError, maxDepth, parseRunId, runsView, stagedOver } from '@ice-runtime/kernel'
import type { AgentHost, LogReader, Manifest, Phase, Run, RunId, RunSummary, ViewReader } from '@ice-runtime/kernel'
import { createLiveRun } from './create-live-run.ts'
import { foldRun, loadRun, readEntries } from './load-run.ts'
import { runOf } from './run/live-run.ts'
import type { LiveRun } from './run/live-run.ts'
import type { Order } from './run/order.ts'
import type { RuntimeParts } from './runtime-parts.ts'

/** A run left alone, and why: nothing of it is lost, and no other run is kept from going on. */
export interface SetAside {
  readonly run: RunId
  readonly code: string
  readonly detail: string
}

export interface Found {
  readonly runs: readonly LiveRun[]
  readonly setAside: readonly SetAside[]
}

/** Rows of the view read at once. */
const pageSize = 1000

/** Phases that are carried to their end without the agent. */
export const agentless: ReadonlySet<Phase | 'none'> = new Set(['committing', 'aborting', 'terminated_by_runtime', 'tearing_down'])

/** A run that is ended or left suspended needs no agent, wherever it is. */
const anyPhase = { has: (): boolean => true }

/** What an operator can say to one run. */
export type OperatorOrder = Extract<
  Order,
  { readonly type: 'AbortRun' | 'AnswerApproval' | 'Declassify' | 'GrantCapability' | 'ResumeRun' | 'RevokeGrant' | 'SuspendRun' }
>

/**
 * Finds every unfinished run and readies it, parents before their children. That each was found is recorded, durably and in one sync,
 * before anything of it is done: so a run that kills its runtime is counted even if it kills this one at once. A run that cannot be
 * opened is set aside with those above and below it: none of them can end without it.
 */
export async function findUnfinished(atWork: AtWork): Promise<Found> {
  const { parts, live } = atWork
  const runs: LiveRun[] = []
  const setAside: SetAside[] = []
  for (const family of families(parts.store.views)) {
    const absent = family.filter((id) => !live.has(id))
    try {
      const opened = openAbsent(family, atWork, () => agentless)
      for (const found of opened) recordFound(found)
      runs.push(...opened)
    } catch (error) {
      if (!(error instanceof IceError) || error.code.startsWith('store.')) throw error
      setAside.push(...absent.map((run) => ({ run, code: error.code, detail: error.message })))
    }
  }
  await parts.flush()
  return { runs: runs.filter((run) => !runOf(run).quarantined), setAside: [...setAside, ...quarantined(runs)] }
}

/** The runs that have not ended, in the order of the view. A host's are not among them: they go on when it asks again. */
export function* unfinishedRuns(views: ViewReader): Generator<RunId> {
  for (let after: string | undefined; ;) {
    const page = views.list(runsView.name, { limit: pageSize, ...(after === undefined ? {} : { after }) })
    for (const { key, value } of page) {
      const { phase, kind } = value as RunSummary
      if (phase !== 'terminated' && kind !== 'host') yield key as RunId
    }
    if (page.length < pageSize) return
    after = page.at(-1)?.key
  }
}

/** Records that a run is gone on with here. */
export function recordFound(live: LiveRun): void {
  const { phase } = runOf(live)
  if (phase.name !== 'suspended') live.writer.execute({ type: 'RecoverRun' }, 'lazy')
  else if (phase.cause === 'shutdown' || isLifted(live))
    live.writer.execute({ type: 'ResumeRun', by: 'runtime', origin: 'runtime' }, 'lazy')
}

/** One run readied with those it cannot go on without. */
export interface Readied {
  readonly run: LiveRun
  /** All of them that are not at work here already, parents first. */
  readonly family: readonly LiveRun[]
}

/** What is at work in this process. */
export interface AtWork {
  readonly parts: RuntimeParts
  readonly live: ReadonlyMap<RunId, { readonly run: LiveRun }>
}

/** Held by a lockdown that is over. */
function isLifted(live: LiveRun): boolean {
  const { phase } = runOf(live)
  return phase.name === 'suspended' && phase.cause === 'lockdown' && !live.writer.view().lockdown
}

/**
 * Readies one run for an operator's order to be the first thing recorded of it: an aborted run never opens its agent, and a quarantined
 * one is released. The runs above and below it are found with it. Throws `run.not_found`, `agent.not_found`.
 */
export function readyForOrder(id: RunId, order: OperatorOrder, { parts, live }: AtWork): Readied {
  const { views } = parts.store
  if (views.get(runsView.name, id) === undefined) throw new IceError('run.not_found', `there is no run ${id}`)
  const ids = [...families(views)].find((family) => family.includes(id)) ?? [id]
  const needsNoAgent = order.type === 'AbortRun' || order.type === 'SuspendRun'
  const isBelow = (other: RunId): boolean => ancestors(other, views).includes(id)
  const family = openAbsent(ids, { parts, live }, (other) => (needsNoAgent && (other === id || isBelow(other)) ? anyPhase : agentless))
  const run = family.find((member) => member.id === id)
  assert(run !== undefined, 'a run is one of its family')
  return { run, family }
}

/** What was at work when its runtime went away is not suspended: to resume it is to recover it. */
export function asFound(order: OperatorOrder, { phase, quarantined }: Run): Order {
  const isInterrupted = order.type === 'ResumeRun' && phase.name !== 'suspended' && !quarantined
  return isInterrupted ? { type: 'RecoverRun' } : order
}

/** One run that nothing is done in: for an order that moves it nowhere. Throws `run.not_found`. */
export function readyAsItIs(id: RunId, parts: RuntimeParts): LiveRun {
  if (parts.store.views.get(runsView.name, id) === undefined) throw new IceError('run.not_found', `there is no run ${id}`)
  return openRun(id, parts, { agentlessIn: anyPhase })
}

type Agentless = Pick<ReadonlySet<Phase | 'none'>, 'has'>

/** Opens those that are not at work yet, parents before children, so that each child finds the run it is a part of. */
function openAbsent(ids: readonly RunId[], { parts, live }: AtWork, agentlessIn: (id: RunId) => Agentless): readonly LiveRun[] {
  const relatives = new Map<RunId, LiveRun>()
  const opened: LiveRun[] = []
  for (const id of ids) {
    const known = live.get(id)?.run
    const run = known ?? openRun(id, parts, { agentlessIn: agentlessIn(id), relatives })
    if (known === undefined) opened.push(run)
    relatives.set(id, run)
  }
  return opened
}

export interface Opening {
  readonly agentlessIn: Agentless
  /** Where the run above it is found, if it is opened too. */
  readonly relatives?: ReadonlyMap<RunId, LiveRun>
  /** The run as this process has it already, with its agent and its world. */
  readonly known?: Pick<LiveRun, 'host' | 'world'> | undefined
}

/** Puts a run to life as the log has it. Throws `run.not_found` where its workspace is not served, `agent.not_found`. */
export function openRun(id: RunId, parts: RuntimeParts, { agentlessIn, relatives = new Map(), known }: Opening): LiveRun {
  const loaded = loadRun(parts.store.log, id)
  const { run } = loaded.tip
  const world = known?.world ?? parts.world(run.spec?.workspace)
  if (world === undefined) {
    const hint = 'open the workspace the run was started in'
    throw new IceError('run.not_found', `the workspace of ${id} is not served by this process`, { hint })
  }
  const parent = run.spec === undefined ? undefined : relatives.get(run.spec.parent?.run ?? id)
  const above = parent === undefined ? {} : { above: { live: parent, staged: stagedAtSpawn(parent, id, parts.store.log) } }
  return createLiveRun(loaded, { host: known?.host ?? hostOf(run, parts, agentlessIn), world, ...above }, parts)
}

/** The tree as a parent saw it when it started a child. */
function stagedAtSpawn(parent: LiveRun, child: RunId, log: LogReader): Manifest {
  const entries = readEntries(log, parent.id)
  const spawned = entries.findIndex((entry) => entry.type === 'ChildSpawned' && entry.payload.child === child)
  const { staged } = foldRun(parent.id, entries.slice(0, spawned + 1))
  return parent.above === undefined ? staged : stagedOver(parent.above.staged, staged)
}

/** The agent of the record, bundle and all. Another one under the same name is not the one that was allowed to act. */
function hostOf(run: Run, parts: RuntimeParts, agentlessIn: Agentless): AgentHost {
  const identity = run.spec?.agent
  if (identity === undefined) throw new IceError('integrity.broken', `${run.id} has no request`)
  const host = parts.agent(identity)
  if (host !== undefined && host.identity.digest === identity.digest) return host
  const missing = new IceError(
    'agent.not_found',
    `this process does not have ${identity.name} ${identity.version} (${identity.digest.slice(0, 12)})`,
  )
  if (!agentlessIn.has(run.phase.name)) throw missing
  return { identity, requests: [], open: () => Promise.reject(missing) }
}

/** Unfinished runs that end together, each with all its unfinished relatives: the root first, children after their parents. */
function* families(views: ViewReader): Generator<readonly RunId[]> {
  const byRoot = new Map<RunId, { readonly id: RunId; readonly depth: number }[]>()
  for (const id of unfinishedRuns(views)) {
    const above = ancestors(id, views)
    const root = above.at(-1) ?? id
    byRoot.set(root, [...(byRoot.get(root) ?? []), { id, depth: above.length }])
  }
  for (const members of byRoot.values()) yield members.toSorted((left, right) => left.depth - right.depth).map(({ id }) => id)
}

/** The unfinished runs below one, parents before their children. */
export function unfinishedBelow(id: RunId, views: ViewReader): readonly RunId[] {
  const family = [...families(views)].find((members) => members.includes(id)) ?? []
  return family.filter((other) => ancestors(other, views).includes(id))
}

/** The runs above one, the nearest first. */
function ancestors(id: RunId, views: ViewReader): readonly RunId[] {
  const above: RunId[] = []
  for (let run = id; above.length <= maxDepth;) {
    const parent = (views.get(runsView.name, run) as RunSummary | undefined)?.parent
    if (parent === undefined) return above
    run = parseRunId(parent)
    above.push(run)
  }
  return above
}

function quarantined(runs: readonly LiveRun[]): readonly SetAside[] {
  return runs
    .filter((run) => runOf(run).quarantined)
    .map((run) => ({ run: run.id, code: 'run.quarantined', detail: 'it kept ending its runtime; an operator can resume it' }))
}
