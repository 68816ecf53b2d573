import { IceError, runsView } from '@ice-runtime/kernel'
import type { AgentHost, Phase, Run, RunId, RunSummary, ViewReader } from '@ice-runtime/kernel'
import { createLiveRun } from './create-live-run.ts'
import { loadRun } from './load-run.ts'
import { rejection, runOf } from './run/live-run.ts'
import type { LiveRun } from './run/live-run.ts'
import type { Order } from './run/run-writer.ts'
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
const agentless: ReadonlySet<Phase | 'none'> = new Set(['committing', 'aborting', 'terminated_by_runtime', 'tearing_down'])

/** A run that is ended or left suspended needs no agent, wherever it is. */
const anyPhase = { has: (): boolean => true }

/** What an operator can say to one run. */
export type OperatorOrder = Extract<
  Order,
  { readonly type: 'AbortRun' | 'AnswerApproval' | 'Declassify' | 'GrantCapability' | 'ResumeRun' | 'RevokeGrant' | 'SuspendRun' }
>

/**
 * Finds every unfinished run and readies it. That each was found is recorded, durably and in one sync, before anything of it is
 * done: so a run that kills its runtime is counted even if it kills this one at once.
 */
export async function findUnfinished(parts: RuntimeParts, isLive: (run: RunId) => boolean): Promise<Found> {
  const runs: LiveRun[] = []
  const setAside: SetAside[] = []
  for (const id of unfinishedRuns(parts.store.views)) {
    if (isLive(id)) continue
    try {
      runs.push(ready(id, parts))
    } catch (error) {
      if (!(error instanceof IceError) || error.code.startsWith('store.')) throw error
      setAside.push({ run: id, code: error.code, detail: error.message })
    }
  }
  await parts.store.log.flush()
  return { runs: runs.filter((run) => !runOf(run).quarantined), setAside: [...setAside, ...quarantined(runs)] }
}

/** The runs that have not ended, in the order of the view. */
export function* unfinishedRuns(views: ViewReader): Generator<RunId> {
  for (let after: string | undefined; ;) {
    const page = views.list(runsView.name, { limit: pageSize, ...(after === undefined ? {} : { after }) })
    for (const { key, value } of page) if ((value as RunSummary).phase !== 'terminated') yield key as RunId
    if (page.length < pageSize) return
    after = page.at(-1)?.key
  }
}

function ready(id: RunId, parts: RuntimeParts): LiveRun {
  const live = open(id, parts, agentless)
  const { phase } = runOf(live)
  if (phase.name !== 'suspended') live.writer.execute({ type: 'RecoverRun' }, 'lazy')
  else if (phase.cause === 'shutdown') live.writer.execute({ type: 'ResumeRun', by: 'runtime', origin: 'runtime' }, 'lazy')
  return live
}

/**
 * Readies one run with an operator's order as the first thing recorded of it: an aborted run never opens its agent, and a
 * quarantined one is released. Throws `usage.invalid` when the run does not take the order, `run.not_found`, `agent.not_found`.
 */
export function readyWithOrder(
  id: RunId,
  order: OperatorOrder,
  parts: RuntimeParts,
): { readonly run: LiveRun; readonly durable: Promise<void> } {
  if (parts.store.views.get(runsView.name, id) === undefined) throw new IceError('run.not_found', `there is no run ${id}`)
  const run = open(id, parts, order.type === 'AbortRun' || order.type === 'SuspendRun' ? anyPhase : agentless)
  const { phase, quarantined } = runOf(run)
  // What was at work when its runtime went away is not suspended: to resume it is to recover it.
  const interrupted = order.type === 'ResumeRun' && phase.name !== 'suspended' && !quarantined
  const executed = run.writer.execute(interrupted ? { type: 'RecoverRun' } : order, 'now')
  if (!executed.ok) throw rejection(executed.code, executed.detail)
  return { run, durable: executed.durable }
}

/** One run that nothing is done in: for an order that moves it nowhere. Throws `run.not_found`. */
export function readyAsItIs(id: RunId, parts: RuntimeParts): LiveRun {
  if (parts.store.views.get(runsView.name, id) === undefined) throw new IceError('run.not_found', `there is no run ${id}`)
  return open(id, parts, anyPhase)
}

function open(id: RunId, parts: RuntimeParts, agentlessIn: Pick<ReadonlySet<Phase | 'none'>, 'has'>): LiveRun {
  const loaded = loadRun(parts.store.log, id)
  const { run } = loaded.tip
  const world = parts.world(run.spec?.workspace)
  if (world === undefined) {
    const hint = 'open the workspace the run was started in'
    throw new IceError('run.not_found', `the workspace of ${id} is not served by this process`, { hint })
  }
  return createLiveRun(loaded, { host: hostOf(run, parts, agentlessIn), world }, parts)
}

/** The agent of the record, bundle and all. Another one under the same name is not the one that was allowed to act. */
function hostOf(run: Run, parts: RuntimeParts, agentlessIn: Pick<ReadonlySet<Phase | 'none'>, 'has'>): AgentHost {
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

function quarantined(runs: readonly LiveRun[]): readonly SetAside[] {
  return runs
    .filter((run) => runOf(run).quarantined)
    .map((run) => ({ run: run.id, code: 'run.quarantined', detail: 'it kept ending its runtime; an operator can resume it' }))
}
