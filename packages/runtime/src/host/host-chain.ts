import { brokenAssumption, canonicalize, catalogBytes, runsView } from '@ice-runtime/kernel'
import type { IceEntry, Json, RunId, RunSummary } from '@ice-runtime/kernel'
import { foldRun, newRun, readEntries } from '../load-run.ts'
import { runOf } from '../run/live-run.ts'
import { createRunWriter } from '../run/run-writer.ts'
import type { Order } from '../run/order.ts'
import type { RunWriter } from '../run/run-writer.ts'
import { toRecorded } from '../recorded.ts'
import { hostWallMs, maxHostSteps, maxLinks, maxLinkSteps, settingsOf } from './host-session.ts'
import type { HostParts, HostSession } from './host-session.ts'

/** One run of a session, as its record says it is, and the means to add to it. */
export interface HostRun {
  readonly id: RunId
  readonly writer: RunWriter
  readonly entries: readonly IceEntry[]
}

/** How many runs the session has. Links are made one after another, so the first that is missing ends them. */
export function countLinks(session: HostSession, parts: HostParts): number {
  let [found, missing] = [0, 1]
  while (missing < maxLinks && exists(session, missing - 1, parts)) {
    found = missing
    missing *= 2
  }
  while (found < missing - 1) {
    const middle = Math.floor((found + missing) / 2)
    if (exists(session, middle - 1, parts)) found = middle
    else missing = middle
  }
  return found
}

function exists(session: HostSession, link: number, { store }: HostParts): boolean {
  return store.log.head(session.runId(link)).seq > 0
}

export function openLink(session: HostSession, link: number, parts: HostParts): HostRun {
  return openHostRun(session.runId(link), parts, session.catalog.digest)
}

/** Opens a run of a host by its id alone, to end it. */
export function openHostRun(id: RunId, parts: HostParts, catalog?: HostSession['catalog']['digest']): HostRun {
  const entries = readEntries(parts.store.log, id)
  const run = foldRun(id, entries)
  const tip = entries.length === 0 ? newRun(id, parts.context).tip : { run, head: parts.store.log.head(id) }
  const writer = createRunWriter(tip, {
    log: parts.store.log,
    holding: parts.holding,
    // Somebody waits for each answer.
    heldEntries: 1,
    clock: parts.clock,
    context: parts.context,
    standing: parts.standing,
    scrubber: parts.secrets.scrubber,
    catalog: catalog ?? run.under?.catalog ?? parts.standing.now().policy.digest,
    onLost: () => undefined,
    onMoved: () => undefined,
  })
  return { id, writer, entries }
}

/**
 * The run that takes the next proposal of a session: the last one while it may, and else a new one that continues it. A run that an
 * operator holds or has ended is returned as it is.
 */
export function currentRun(session: HostSession, parts: HostParts): { readonly run: HostRun; readonly isFirst: boolean } {
  const count = countLinks(session, parts)
  if (count === 0) return { run: begin(session, 0, parts), isFirst: true }
  const last = openLink(session, count - 1, parts)
  carryOn(last, session, parts)
  const { phase } = runOf(last)
  const isOver = phase.name === 'terminated' && phase.outcome !== 'aborted'
  const isFull = phase.name === 'executing' && !suits(last, session, parts)
  return isOver || isFull ? { run: begin(session, count, parts), isFirst: false } : { run: last, isFirst: false }
}

/** A new run of the session, whatever became of the last one. */
export function begin(session: HostSession, link: number, parts: HostParts): HostRun {
  const run = openLink(session, link, parts)
  const { agent, principal, input } = session
  const order: Order = {
    type: 'RequestRun',
    principal,
    agent,
    input: toRecorded(input, parts.store.blobs),
    grants: settingsOf(session, parts).grants,
    ceilings: { steps: maxHostSteps, wallMs: hostWallMs, cost: {} },
    validators: [],
    seed: 'none',
    ...(settingsOf(session, parts).observe ? { observe: true } : {}),
    ...(session.imported === true ? { imported: true } : {}),
    ...(link === 0 ? {} : { continues: session.runId(link - 1) }),
  }
  run.writer.execute(order, 'lazy')
  carryOn(run, session, parts)
  return run
}

/** Takes a run to where it takes proposals. A hook that was killed on the way leaves the rest to the next one. */
export function carryOn(run: HostRun, { catalog }: Pick<HostSession, 'catalog'>, parts: HostParts): void {
  if (runOf(run).phase.name === 'requested') run.writer.execute({ type: 'StartProvisioning' }, 'lazy')
  if (runOf(run).phase.name === 'provisioning') {
    const policy = parts.standing.now().policy.digest
    // Its digest is the blob's: what a policy could be asked about then, for whoever asks again later.
    parts.store.blobs.put(catalogBytes(catalog.list()))
    // A host isolates nothing that anybody here could vouch for.
    run.writer.execute({ type: 'CompleteProvisioning', policy, catalog: catalog.digest, runtime: parts.runtimeName, isolation: [] }, 'lazy')
  }
  if (runOf(run).phase.name === 'loading_context') run.writer.execute({ type: 'LoadContext', items: [] }, 'lazy')
  if (isEnding(run)) finish(run)
}

/** True while the run was requested under what holds now. */
function suits(run: HostRun, session: HostSession, parts: HostParts): boolean {
  const { spec, steps } = runOf(run)
  const { observe, grants } = settingsOf(session, parts)
  if (spec === undefined || steps >= maxLinkSteps || (spec.observe === true) !== observe) return false
  if (canonicalize(spec.grants as unknown as Json) !== canonicalize(grants as unknown as Json)) return false
  return brokenAssumption(runOf(run), run.writer.view(), run.writer.now()) === undefined
}

function isEnding(run: HostRun): boolean {
  const { name } = runOf(run).phase
  return name !== 'none' && name !== 'requested' && name !== 'provisioning' && name !== 'loading_context' && name !== 'executing'
}

/** Takes a run that is on its way to its end there. Nothing is staged and nothing waits, so there is nothing to judge or to apply. */
export function finish({ writer }: Pick<HostRun, 'writer'>): void {
  for (let order = nextOrder(writer); order !== undefined; order = nextOrder(writer)) if (!writer.execute(order, 'lazy').ok) return
}

function nextOrder(writer: RunWriter): Order | undefined {
  const run = writer.run()
  switch (run.phase.name) {
    case 'validating':
      return run.validated > 0
        ? { type: 'DecideCommit', changes: { value: [] }, changesCount: 0, conflicts: [] }
        : { type: 'RecordValidation', checks: [] }
    case 'committing':
      return { type: 'CompleteCommit' }
    case 'aborting':
      return { type: 'CompleteAbort' }
    case 'terminated_by_runtime':
      return { type: 'StartTeardown' }
    case 'tearing_down':
      return { type: 'TearDown' }
    default:
      return undefined
  }
}

/** Ends a run at work: what the host never reported, nobody will ever know. One that an operator holds stays held. */
export function endRun(run: HostRun): void {
  const { writer } = run
  if (writer.run().phase.name !== 'executing') return finish(run)
  for (const [, { action, stage }] of writer.run().open.entries()) {
    if (stage.name !== 'dispatched' && stage.name !== 'observed') continue
    const settlement = { type: 'uncertain', code: 'effect.uncertain', message: 'the session ended without a report of it' } as const
    writer.execute({ type: 'SettleAction', action, settlement }, 'lazy')
  }
  writer.execute({ type: 'EndAgent', end: { type: 'completed', output: { value: null } } }, 'lazy')
  finish(run)
}

export function summaryOf(id: RunId, { store }: HostParts): RunSummary | undefined {
  return store.views.get(runsView.name, id) as RunSummary | undefined
}
