import type { ActionRequest } from '../authority/action-request.ts'
import { approvalBinds, approvalLifeMs, maxWaitingApprovals } from '../authority/approval.ts'
import { isAmount } from '../authority/cost.ts'
import type { PreparedRecord } from '../authority/prepared-record.ts'
import type { Refusal } from '../authority/refusal.ts'
import { unreachable } from '../log/errors.ts'
import type { Digest, Seq } from '../log/ids.ts'
import { brokenAssumption } from './assumptions.ts'
import { authorize } from './authorize.ts'
import type { Authority } from './authorize.ts'
import { accepted, rejected } from './commands.ts'
import type { AuthorityView, Decision, Preparation, RunCommand } from './commands.ts'
import { handedOver, mayPassOver } from './decide-host.ts'
import { undoablePhases } from './phases.ts'
import { deferredAsks } from './run.ts'
import type { Run } from './run.ts'
import { refusedInCircle } from './suspend-in-circle.ts'
import { stepsTaken } from './run-budget.ts'
import { childrenRefusal } from './spawning.ts'
import type { NewEvent } from './taxonomy.ts'

/** Actions under way at once in one run: what an agent can have in flight, and what a decision has to keep in mind. */
export const maxOpenActions = 256
/** Effects one commit can release: each is sent alone, so their number bounds how long a commit takes. */
export const maxDeferredActions = 256
/** Proposals nobody could read before a run is ended: enough for a model to correct itself, too few to flood a log. */
export const maxMalformedProposals = 32

type ProposeAction = Extract<RunCommand, { type: 'ProposeAction' }>
type Prepared = Extract<Preparation, { type: 'prepared' }>

/** Never rejected while the run lives: what an agent asks for leaves a record, whatever the answer. */
export function proposeAction(command: ProposeAction, run: Run, view: AuthorityView): Decision {
  if (run.phase.name === 'none' || run.phase.name === 'terminated') return rejected('run.phase', `${run.phase.name} takes no proposal`)
  if (run.spec?.imported === true) return rejected('run.phase', 'nothing is decided in a run that was imported')
  const action = run.seq + 1
  const answer = verdictEvent(judge(command, run, view), { command, action, run, view })
  const broken = brokenCeiling(command, run)
  if (broken !== undefined) return accepted(proposed(command, run), answer, terminated(action, broken))
  if (command.proposed.performer === 'host') return accepted(proposed(command, run), answer, ...handedOver(answer, run))
  const inCircle = answer.type === 'ActionRefused' ? refusedInCircle(answer, run, run.seq + 2) : undefined
  return inCircle === undefined ? accepted(proposed(command, run), answer) : accepted(proposed(command, run), answer, inCircle)
}

/** `asks` and `allowed` are only said of what was prepared. */
type Verdict =
  | (Exclude<Authority, { type: 'refused' }> & { readonly prepared: Prepared; readonly deferred: boolean })
  | Extract<Authority, { type: 'refused' }>

/** The stages of a verdict, in their one order. The first that says no is the answer. */
function judge(command: ProposeAction, run: Run, view: AuthorityView): Verdict {
  const { preparation, proposed: proposal, at } = command
  if (preparation.type === 'malformed') return { type: 'refused', code: 'proposal.malformed', stage: 'parse', detail: preparation.code }
  if (preparation.type === 'refused') return { type: 'refused', code: preparation.code, stage: 'prepare', detail: preparation.detail }
  // Here and not at the budget: what is no amount cannot be recorded, so nothing after this may see it.
  if (!isCostBound(preparation.record.cost))
    return { type: 'refused', code: 'cost.invalid', stage: 'prepare', detail: 'the cost bound holds what is no amount' }
  const misplaced = misplacedSpawn(preparation.record, proposal)
  if (misplaced !== undefined) return { type: 'refused', code: 'effect.prepare_failed', stage: 'prepare', detail: misplaced }
  const deferred = waitsForCommit(preparation.record, proposal)
  const phase = phaseRefusal(command, run, { view, deferred, spawn: preparation.record.spawn })
  if (phase !== undefined) return { type: 'refused', stage: 'phase', ...phase }
  const request: ActionRequest = { action: proposal.action, facts: {}, cost: {}, ...preparation.record }
  const authority = authorize({ request, atOnce: proposal.atOnce === true, byHost: proposal.performer === 'host', at }, run, view)
  if (authority.type === 'refused') return authority
  if (authority.type === 'asks' && run.waiting.length >= maxWaitingApprovals) {
    const detail = `${maxWaitingApprovals} requests wait for people`
    return { type: 'refused', code: 'approval.queue_full', stage: 'approval', detail, rules: authority.rules }
  }
  return { ...authority, prepared: preparation, deferred }
}

function phaseRefusal(
  command: ProposeAction,
  run: Run,
  { view, deferred, spawn }: { readonly view: AuthorityView; readonly deferred: boolean; readonly spawn: PreparedRecord['spawn'] },
): Pick<Refusal, 'code' | 'detail'> | undefined {
  const ceiling = brokenCeiling(command, run)
  if (ceiling !== undefined) return { code: ceiling, detail: 'the run has used what it may' }
  if (run.phase.name !== 'executing') return { code: 'run.not_executing', detail: `the run is ${run.phase.name}` }
  // The shell suspends before it asks; a shell that does not is refused here.
  const broken = brokenAssumption(run, view, command.at)
  if (broken !== undefined) return { code: 'assumption.broken', detail: broken.code }
  // What a host has in flight nobody here keeps in mind; its steps are bounded.
  if (command.proposed.performer !== 'host' && run.open.size - run.deferred.length >= maxOpenActions) {
    return { code: 'limit.open_actions', detail: `${maxOpenActions} actions are under way` }
  }
  if (deferred && run.deferred.length + deferredAsks(run).length >= maxDeferredActions) {
    return { code: 'limit.deferred_actions', detail: `${maxDeferredActions} effects wait for the commit` }
  }
  return spawn === undefined ? undefined : childrenRefusal(run)
}

/** A child's work is staged in its parent, by this runtime. */
function misplacedSpawn({ spawn, class: effectClass }: PreparedRecord, { performer }: ProposeAction['proposed']): string | undefined {
  if (spawn === undefined) return undefined
  if (performer === 'host') return 'a host starts no run here'
  return effectClass === 'staged' ? undefined : `an action that starts a run is staged, not ${effectClass}`
}

function isCostBound(cost: PreparedRecord['cost']): boolean {
  const { moneyMicro, ...amounts } = cost ?? {}
  return (moneyMicro === undefined || moneyMicro === 'unknown' || isAmount(moneyMicro)) && Object.values(amounts).every(isAmount)
}

/** External changes wait for the commit, unless asked for at once or performed by a host, which waits for nobody. */
export function waitsForCommit(
  record: Pick<PreparedRecord, 'class'>,
  asked: { readonly atOnce?: boolean; readonly performer?: 'host' | 'runtime' },
): boolean {
  return (record.class === 'keyed' || record.class === 'irreversible') && asked.atOnce !== true && asked.performer !== 'host'
}

type Ceiling = 'limit.steps' | 'limit.wall' | 'limit.malformed'

/** Also of a run that is not executing: what it may not do it can still flood the log with. */
function brokenCeiling(command: ProposeAction, run: Run): Ceiling | undefined {
  const ceilings = run.spec?.ceilings
  if (ceilings === undefined || !undoablePhases.some((phase) => phase === run.phase.name)) return undefined
  if (stepsTaken(run) >= ceilings.steps) return 'limit.steps'
  if (command.at - run.requestedAt > ceilings.wallMs) return 'limit.wall'
  if (command.preparation.type === 'malformed' && run.malformed + 1 >= maxMalformedProposals) return 'limit.malformed'
  return undefined
}

function proposed(command: ProposeAction, run: Run): NewEvent<'ActionProposed'> {
  const { preparation, proposed: proposal } = command
  const malformed = preparation.type === 'malformed' ? { malformed: { code: preparation.code, raw: preparation.raw } } : {}
  const origin = proposal.performer === 'host' ? 'host' : 'agent'
  return {
    type: 'ActionProposed',
    origin,
    causes: [run.lastOutcome === 0 ? run.seq : run.lastOutcome],
    payload: { ...proposal, ...malformed },
  }
}

interface Judged {
  readonly command: ProposeAction
  readonly action: Seq
  readonly run: Run
  readonly view: AuthorityView
}

function verdictEvent(verdict: Verdict, judged: Judged): NewEvent<'ActionAuthorized' | 'ActionRefused' | 'ApprovalRequested'> {
  switch (verdict.type) {
    case 'allowed':
      return authorized(verdict, judged.action)
    case 'asks':
      return requested(verdict, judged)
    case 'refused':
      return refused(verdict, judged)
    default:
      return unreachable(verdict)
  }
}

function authorized(verdict: Extract<Verdict, { type: 'allowed' }>, action: Seq): NewEvent<'ActionAuthorized'> {
  const { grant, rules, approval, prepared, deferred } = verdict
  const payload = {
    action,
    request: prepared.request,
    grant: grant.id,
    rules,
    prepared: prepared.record,
    ...(deferred ? { deferred: true } : {}),
    ...(approval === undefined ? {} : { approval }),
  }
  return { type: 'ActionAuthorized', origin: 'runtime', causes: [action], payload }
}

/** The question to people, bound to all that the answer is valid for. */
function requested(
  { grant, rules, obligations, prepared, deferred }: Extract<Verdict, { type: 'asks' }>,
  { command, action, run, view }: Judged,
): NewEvent<'ApprovalRequested'> {
  const bound = { run: run.id, action, request: prepared.request, policy: view.policy.digest, grant: grant.id, obligations }
  const payload = {
    action,
    request: prepared.request,
    binds: approvalBinds(bound, view.proofs.sha256),
    grant: grant.id,
    obligations,
    rules,
    prepared: prepared.record,
    ...(deferred ? { deferred: true } : {}),
    expires: approvalEnd(command.at, run),
  }
  return { type: 'ApprovalRequested', origin: 'runtime', causes: [action], payload }
}

/** A request is worth an answer as long as its run can still use it. */
function approvalEnd(at: number, run: Run): number {
  const wallMs = run.spec?.ceilings.wallMs ?? 0
  return Math.min(at + approvalLifeMs, Math.max(at, run.requestedAt + wallMs))
}

function refused(
  { type: _type, ...refusal }: Extract<Verdict, { type: 'refused' }>,
  { command, action, run }: Judged,
): NewEvent<'ActionRefused'> {
  const { preparation, proposed: proposal } = command
  const decided: { readonly request?: Digest; readonly prepared?: PreparedRecord } =
    preparation.type === 'prepared' && refusal.stage !== 'prepare' ? { request: preparation.request, prepared: preparation.record } : {}
  const observed = proposal.performer === 'host' && preparation.type !== 'malformed' && mayPassOver(refusal, run)
  const payload = { action, ...refusal, ...decided, ...(observed ? { observed: true } : {}) }
  return { type: 'ActionRefused', origin: 'runtime', causes: [action], payload }
}

/** Caused by the proposal that was one too many: a termination from outside names the entry before it, so replay tells them apart. */
function terminated(action: Seq, code: Ceiling): NewEvent {
  return { type: 'RunTerminatedByRuntime', origin: 'runtime', causes: [action], payload: { code } }
}
