import { budgetMiss } from '../authority/budget.ts'
import { findGrant } from '../authority/grant.ts'
import type { Grant } from '../authority/grant.ts'
import type { ActionRequest } from '../authority/action-request.ts'
import type { PolicyAnswer, PolicyRequest } from '../authority/policy-port.ts'
import type { Refusal } from '../authority/refusal.ts'
import { entryId } from '../log/ids.ts'
import type { Seq } from '../log/ids.ts'
import type { PreparedRecord } from '../action/events.ts'
import { isAmount } from '../authority/cost.ts'
import { accepted, rejected } from './commands.ts'
import type { AuthorityView, Decision, RunCommand } from './commands.ts'
import { undoablePhases } from './phases.ts'
import type { Run } from './run.ts'
import type { NewEvent } from './taxonomy.ts'

/** Actions under way at once in one run: what an agent can have in flight, and what a decision has to keep in mind. */
export const maxOpenActions = 256
/** Effects one commit can release: each is sent alone, so their number bounds how long a commit takes. */
export const maxDeferredActions = 256
/** Proposals nobody could read before a run is ended: enough for a model to correct itself, too few to flood a log. */
export const maxMalformedProposals = 32

type ProposeAction = Extract<RunCommand, { type: 'ProposeAction' }>

/** Never rejected while the run lives: what an agent asks for leaves a record, whatever the answer. */
export function proposeAction(command: ProposeAction, run: Run, view: AuthorityView): Decision {
  if (run.phase.name === 'none' || run.phase.name === 'terminated') return rejected('run.phase', `${run.phase.name} takes no proposal`)
  const action = run.seq + 1
  const verdict = judge(command, run, view)
  const answer = 'grant' in verdict ? authorized(command, action, verdict) : refused(command, action, verdict)
  const broken = brokenCeiling(command, run)
  return broken === undefined
    ? accepted(proposed(command, run), answer)
    : accepted(proposed(command, run), answer, terminated(action, broken))
}

interface Allowed {
  readonly grant: Grant
  readonly rules: readonly string[]
  readonly deferred: boolean
}

/** The stages of a verdict, in their one order. The first that says no is the answer. */
function judge(command: ProposeAction, run: Run, view: AuthorityView): Allowed | Refusal {
  const { preparation, proposed: proposal, at } = command
  if (preparation.type === 'malformed') return { code: 'proposal.malformed', stage: 'parse', detail: preparation.code }
  if (preparation.type === 'refused') return { code: preparation.code, stage: 'prepare', detail: preparation.detail }
  // Here and not at the budget: what is no amount cannot be recorded, so nothing after this may see it.
  if (!isCostBound(preparation.record.cost))
    return { code: 'cost.invalid', stage: 'prepare', detail: 'the cost bound holds what is no amount' }
  const ceiling = brokenCeiling(command, run)
  if (ceiling !== undefined) return { code: ceiling, stage: 'phase', detail: 'the run has used what it may' }
  if (run.phase.name !== 'executing') return { code: 'run.not_executing', stage: 'phase', detail: `the run is ${run.phase.name}` }
  if (run.open.size - run.deferred.length >= maxOpenActions) {
    return { code: 'limit.open_actions', stage: 'phase', detail: `${maxOpenActions} actions are under way` }
  }
  const deferred = waitsForCommit(preparation.record, proposal)
  if (deferred && run.deferred.length >= maxDeferredActions) {
    return { code: 'limit.deferred_actions', stage: 'phase', detail: `${maxDeferredActions} effects wait for the commit` }
  }
  const request: ActionRequest = { action: proposal.action, facts: {}, cost: {}, ...preparation.record }
  const authority = authorize({ request, atOnce: proposal.atOnce === true, at }, run, view)
  return 'grant' in authority ? { ...authority, deferred } : authority
}

interface Asked {
  readonly request: ActionRequest
  readonly atOnce: boolean
  readonly at: number
  /** What the run has reserved for this action already, when it is decided again. */
  readonly grant?: Seq
}

/**
 * From lockdown to budget: what does not depend on the run's phase. Asked at the proposal, and again for every deferred effect
 * before the commit point, then with the use already counted.
 */
export function authorize(asked: Asked, run: Run, view: AuthorityView): Omit<Allowed, 'deferred'> | Refusal {
  if (view.lockdown) return { code: 'lockdown.on', stage: 'lockdown', detail: 'an operator has stopped all actions' }
  const found = findGrant(grantsNow(asked, run, view), asked.request, asked.at)
  if ('miss' in found) return { code: found.miss, stage: 'grant', detail: missDetail(found.nearest) }
  const answer = policyAnswer(asked, run, view)
  if (answer.effect === 'error') return { code: 'policy.error', stage: 'policy', detail: answer.detail }
  if (answer.effect === 'forbid') return { code: 'policy.forbidden', stage: 'policy', detail: 'a rule forbids it', rules: answer.rules }
  if (asked.grant === undefined) {
    const ceiling = run.spec?.ceilings.cost ?? {}
    const miss = budgetMiss({ ceiling, spent: run.spent, reserved: run.reserved }, asked.request.cost)
    if (miss !== undefined) return { code: miss, stage: 'budget', detail: 'the bound does not fit in what the run may still spend' }
  }
  if (answer.effect === 'oblige') {
    return { code: 'approval.unavailable', stage: 'approval', detail: 'this version cannot ask a person', rules: answer.rules }
  }
  // An engine is code of others: an answer that is none of these allows nothing.
  if (answer.effect !== 'allow') return { code: 'policy.error', stage: 'policy', detail: 'the policy gave no answer that is known' }
  return { grant: found.grant, rules: answer.rules }
}

/** An engine that throws has not allowed. */
function policyAnswer(asked: Asked, run: Run, view: AuthorityView): PolicyAnswer {
  try {
    return view.policy.evaluate(policyRequest(asked, run))
  } catch (error) {
    return { effect: 'error', detail: error instanceof Error ? error.message.slice(0, maxPolicyDetailChars) : 'the policy threw' }
  }
}

const maxPolicyDetailChars = 512

function isCostBound(cost: PreparedRecord['cost']): boolean {
  const { moneyMicro, ...amounts } = cost ?? {}
  return (moneyMicro === undefined || moneyMicro === 'unknown' || isAmount(moneyMicro)) && Object.values(amounts).every(isAmount)
}

/** Grants as they stand at this moment; one that is asked about again is looked at without its own use. */
function grantsNow(asked: Asked, run: Run, view: AuthorityView): readonly Grant[] {
  if (asked.grant === undefined && view.revoked.size === 0) return run.grants
  const sizeBytes = asked.request.cost.sizeBytes ?? 0
  return run.grants
    .filter((grant) => asked.grant === undefined || grant.id === asked.grant)
    .map((grant) =>
      asked.grant === undefined ? grant : { ...grant, usedCount: grant.usedCount - 1, usedBytes: grant.usedBytes - sizeBytes },
    )
    .map((grant) => (isRevoked(grant, run, view) ? { ...grant, revoked: true } : grant))
}

/** A grant falls with the one it was delegated from. */
function isRevoked(grant: Grant, run: Run, view: AuthorityView): boolean {
  return view.revoked.has(entryId(run.id, grant.id)) || (grant.parent !== undefined && view.revoked.has(grant.parent))
}

function policyRequest(asked: Asked, run: Run): PolicyRequest {
  const { request } = asked
  const principal = run.spec?.principal
  return {
    principal: { agent: run.spec?.agent.name ?? '', namespace: principal?.namespace ?? '', person: principal?.subject ?? '' },
    action: request.action,
    resources: request.resources,
    class: request.class,
    egress: request.egress,
    cost: request.cost,
    labels: run.label,
    facts: request.facts,
    atOnce: asked.atOnce,
  }
}

function missDetail(nearest: Grant | undefined): string {
  return nearest === undefined ? 'no grant names this action' : `grant #${nearest.id} comes nearest`
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
  if (run.steps >= ceilings.steps) return 'limit.steps'
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

function authorized(command: ProposeAction, action: Seq, verdict: Allowed): NewEvent {
  const { preparation } = command
  if (preparation.type !== 'prepared') return refused(command, action, { code: 'effect.prepare_failed', stage: 'prepare', detail: '' })
  const deferred = verdict.deferred ? { deferred: true } : {}
  const payload = {
    action,
    request: preparation.request,
    grant: verdict.grant.id,
    rules: verdict.rules,
    prepared: preparation.record,
    ...deferred,
  }
  return { type: 'ActionAuthorized', origin: 'runtime', causes: [action], payload }
}

function refused(command: ProposeAction, action: Seq, refusal: Refusal): NewEvent {
  const { preparation } = command
  const decided =
    preparation.type === 'prepared' && refusal.stage !== 'prepare' ? { request: preparation.request, prepared: preparation.record } : {}
  return { type: 'ActionRefused', origin: 'runtime', causes: [action], payload: { action, ...refusal, ...decided } }
}

/** Caused by the proposal that was one too many: a termination from outside names the entry before it, so replay tells them apart. */
function terminated(action: Seq, code: Ceiling): NewEvent {
  return { type: 'RunTerminatedByRuntime', origin: 'runtime', causes: [action], payload: { code } }
}
