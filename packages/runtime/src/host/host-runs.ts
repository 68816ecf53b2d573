import { canonicalize, IceError, runsView } from '@ice-runtime/kernel'
import type { IceEntry, Json, Preparation, ProposedAction, RunId, RunSummary, Settlement, UnaskedCode } from '@ice-runtime/kernel'
import { fromRecorded } from '../recorded.ts'
import { runOf } from '../run/live-run.ts'
import { preparationOf, prepareSafely, proposedAction } from '../run/preparation.ts'
import type { Order } from '../run/order.ts'
import { begin, countLinks, currentRun, endRun, openHostRun, openLink, summaryOf } from './host-chain.ts'
import type { HostRun } from './host-chain.ts'
import type { HostDecision, HostParts, HostSession, HostUse } from './host-session.ts'

/** The uses of tools of foreign programs, judged and recorded. One call at a time: each reads the log and adds to it. */
export interface HostRuns {
  /** Judges what a host is about to do. What it says is durable. */
  before(session: HostSession, use: HostUse): Promise<HostDecision>
  /** Records what a host says it did, whether or not it had asked. Durable; told twice, recorded once. */
  after(session: HostSession, use: HostUse, settlement: Settlement): Promise<void>
  /** Ends the session's runs. */
  end(session: HostSession): Promise<void>
}

/** A session that nobody has heard of for so long has ended without saying so. */
export const hostIdleMs: number = 24 * 60 * 60 * 1000
/** Left sessions ended by one that begins, so that its first use of a tool waits for a few and not for all. */
const maxEndedAtOnce = 8
/** Times a call is made again because somebody else wrote to the run. */
const maxAttempts = 4

export function openHostRuns(parts: HostParts): HostRuns {
  let last: Promise<unknown> = Promise.resolve()
  const next = <Result>(call: () => Promise<Result>): Promise<Result> => {
    const called = last.then(() => again(call))
    last = called.catch(() => undefined)
    return called
  }
  return {
    before: (session, use) => next(() => before(session, scrubbed(use, parts), parts)),
    after: (session, use, settlement) => next(() => after(session, scrubbed({ ...use, settlement }, parts), parts)),
    end: (session) => next(() => end(session, parts)),
  }
}

/** Before anything is digested of it, so that what is announced and what is reported stay comparable. */
function scrubbed<Said extends HostUse>(said: Said, { secrets }: HostParts): Said {
  return secrets.scrubber.json(said)
}

/** Somebody else may have been at the same run, an operator for one: then what was decided is decided again over what they wrote. */
async function again<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof IceError) || error.code !== 'store.conflict' || count >= maxAttempts) throw error
    }
  }
}

async function before(session: HostSession, use: HostUse, parts: HostParts): Promise<HostDecision> {
  const { run, isFirst } = currentRun(session, parts)
  if (isFirst) endLeftRuns(parts)
  const { phase } = runOf(run)
  if (phase.name === 'terminated') return { type: 'ended', run: run.id, detail: `${run.id} was ended by an operator` }
  const prepared = await prepare(session, use, { run, parts })
  const executed = run.writer.execute({ type: 'ProposeAction', ...prepared }, 'now')
  if (!executed.ok) throw new IceError('usage.invalid', `${executed.code}: ${executed.detail}`)
  await executed.durable
  return decisionOf(run.id, executed.entries)
}

function decisionOf(run: RunId, entries: readonly IceEntry[]): HostDecision {
  const verdict = entries.find(({ type }) => type === 'ActionAuthorized' || type === 'ActionRefused')
  if (verdict?.type === 'ActionAuthorized') return { type: 'allowed', run, action: verdict.payload.action, rules: verdict.payload.rules }
  if (verdict?.type !== 'ActionRefused') throw new IceError('invariant.violated', 'a proposal of a host has a verdict')
  const { action, code, detail = '', rules = [], observed } = verdict.payload
  const asks = code === 'approval.required' && verdict.payload.stage === 'approval'
  const type = observed !== true ? 'refused' : asks ? 'asks' : 'observed'
  return { type, run, action, code, detail, rules }
}

interface Prepared {
  readonly proposed: ProposedAction
  readonly preparation: Preparation
}

async function prepare(
  session: HostSession,
  { use, action, args }: HostUse,
  { run, parts }: { readonly run: HostRun; readonly parts: HostParts },
): Promise<Prepared> {
  const { blobs } = parts.store
  const { steps: key, ended, id, at, staged } = runOf(run)
  const message = { action, args, argsText: canonicalize(args), reason: undefined, atOnce: false }
  const proposed = { ...proposedAction({ key, after: ended, message }, blobs), performer: 'host', use } as const
  const driver = session.catalog.find(action)
  if (driver === undefined)
    return { proposed, preparation: { type: 'refused', code: 'action.unknown', detail: 'no driver has this action' } }
  const context = { runId: id, at, staged, blobs, signal: new AbortController().signal }
  const prepared = await prepareSafely(driver, args, context)
  if ('refused' in prepared) return { proposed, preparation: { type: 'refused', code: prepared.refused, detail: prepared.detail } }
  return { proposed, preparation: preparationOf(prepared, message, { blobs, context: parts.context }) }
}

type Report = HostUse & { readonly settlement: Settlement }

async function after(session: HostSession, report: Report, parts: HostParts): Promise<void> {
  const asked = findAsked(session, report.use, parts)
  if (asked === undefined) return await unasked(session, report, { parts, code: 'host.unasked', detail: 'no hook was asked about it' })
  const { run, proposal } = asked
  if (asked.isReported) return
  const place = `${run.id}#${proposal.seq}`
  const args = { ...(report.args as object), ...cwdOf(proposal, parts) } as Json
  if (canonicalize(args) !== canonicalize(argsOf(proposal, parts))) {
    await settle(run, proposal.seq, somethingElse)
    return await unasked(session, { ...report, args }, { parts, code: 'host.edited', detail: `${place} was asked about` })
  }
  if (await settle(run, proposal.seq, report.settlement)) return
  const why = asked.isHeldBack
    ? ({ code: 'host.defied', detail: `${place} was refused` } as const)
    : ({ code: 'host.unasked', detail: `${place} was given up` } as const)
  await unasked(session, { ...report, args }, { parts, ...why })
}

const somethingElse: Settlement = { type: 'failed', code: 'effect.not_done', message: 'the host did something else', reported: true }

/** False where nothing waits for a report any more. */
async function settle(run: HostRun, action: number, settlement: Settlement): Promise<boolean> {
  const executed = run.writer.execute({ type: 'SettleAction', action, settlement }, 'now')
  if (executed.ok) await executed.durable
  return executed.ok
}

/** Where the host is may have changed by what it did; what it was asked to do has not. */
function cwdOf(proposal: ProposalEntry, parts: HostParts): object {
  const args = argsOf(proposal, parts)
  return typeof args === 'object' && args !== null && 'cwd' in args ? { cwd: args['cwd'] } : {}
}

function argsOf({ payload }: ProposalEntry, { store }: HostParts): Json {
  return payload.args === undefined ? null : fromRecorded(payload.args, store.blobs)
}

type ProposalEntry = Extract<IceEntry, { type: 'ActionProposed' }>

interface Asked {
  readonly run: HostRun
  readonly proposal: ProposalEntry
  /** Something has been told of it. */
  readonly isReported: boolean
  /** It was refused, and not only observed. */
  readonly isHeldBack: boolean
}

/** The latest proposal of this use, newest run first. */
function findAsked(session: HostSession, use: string, parts: HostParts): Asked | undefined {
  const last = countLinks(session, parts) - 1
  for (let link = last; link >= 0 && link > last - maxSearchedLinks; link -= 1) {
    const run = openLink(session, link, parts)
    const proposal = run.entries.findLast((entry) => entry.type === 'ActionProposed' && entry.payload.use === use)
    if (proposal?.type !== 'ActionProposed') continue
    const { seq } = proposal
    const isReported = run.entries.some((entry) => isReportOf(entry, seq))
    const isHeldBack = run.entries.some((entry) => isRefusalOf(entry, seq))
    return { run, proposal, isReported, isHeldBack }
  }
  return undefined
}

function isReportOf(entry: IceEntry, action: number): boolean {
  return (entry.type === 'ActionSucceeded' || entry.type === 'ActionFailed') && entry.payload.action === action
}

function isRefusalOf(entry: IceEntry, action: number): boolean {
  return entry.type === 'ActionRefused' && entry.payload.action === action && entry.payload.observed !== true
}

/** A report follows its proposal closely: one that is further back is taken for none. */
const maxSearchedLinks = 8

/** Recorded in a run that takes it; an operator who ended the session does not end what is told of it. */
async function unasked(
  session: HostSession,
  report: Report,
  { parts, code, detail }: { readonly parts: HostParts; readonly code: UnaskedCode; readonly detail: string },
): Promise<void> {
  const current = currentRun(session, parts).run
  const run = runOf(current).phase.name === 'terminated' ? begin(session, countLinks(session, parts), parts) : current
  const prepared = await prepare(session, report, { run, parts })
  const order: Order = { type: 'ReportAction', ...prepared, code, detail, settlement: report.settlement }
  const executed = run.writer.execute(order, 'now')
  if (!executed.ok) throw new IceError('usage.invalid', `${executed.code}: ${executed.detail}`)
  await executed.durable
}

async function end(session: HostSession, parts: HostParts): Promise<void> {
  for (let link = countLinks(session, parts) - 1; link >= 0; link -= 1) {
    if (summaryOf(session.runId(link), parts)?.phase !== 'terminated') endRun(openLink(session, link, parts))
  }
  await parts.store.log.flush()
}

/** Ends runs of sessions that went away without a word. Those that an operator holds stay. */
function endLeftRuns(parts: HostParts): void {
  let left = maxEndedAtOnce
  for (const { run, movedAt } of unfinishedHostRuns(parts)) {
    if (left === 0) return
    const last = Math.max(movedAt, parts.store.log.head(run).at)
    if (parts.clock.now() - last < hostIdleMs) continue
    endRun(openHostRun(run, parts))
    left -= 1
  }
}

function* unfinishedHostRuns({ store }: HostParts): Generator<{ readonly run: RunId; readonly movedAt: number }> {
  for (let after: string | undefined; ;) {
    const page = store.views.list(runsView.name, { limit: pageSize, ...(after === undefined ? {} : { after }) })
    for (const { key, value } of page) {
      const { kind, phase, movedAt } = value as RunSummary
      if (kind === 'host' && phase !== 'terminated' && phase !== 'suspended') yield { run: key as RunId, movedAt }
    }
    if (page.length < pageSize) return
    after = page.at(-1)?.key
  }
}

/** Rows of the view read at once. */
const pageSize = 1000
