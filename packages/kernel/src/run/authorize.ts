import { budgetMiss } from '../authority/budget.ts'
import type { ActionRequest } from '../authority/action-request.ts'
import { hopeless } from '../authority/approval.ts'
import { grantMiss, neverUsed } from '../authority/grant.ts'
import type { Grant } from '../authority/grant.ts'
import { findGrant } from '../authority/grants.ts'
import type { FoundGrant } from '../authority/grants.ts'
import { clearanceNeeded, labelMiss } from '../authority/label-rule.ts'
import type { Obligation, PolicyAnswer, PolicyRequest } from '../authority/policy-port.ts'
import type { Refusal } from '../authority/refusal.ts'
import type { Seq, SubjectId } from '../log/ids.ts'
import { findAllowance } from './allowance.ts'
import type { AuthorityView } from './commands.ts'
import { isRevoked } from './revocation.ts'
import type { Run } from './run.ts'
import { budgetOf } from './run-budget.ts'
import { ceilingsLent, grantsLent } from './spawning.ts'

/** What the stages are asked about. */
export interface Asking {
  readonly request: ActionRequest
  readonly atOnce: boolean
  /** Performed by a host, which waits for nobody but the person at it. */
  readonly byHost?: boolean
  readonly at: number
  /** The grant whose use is counted for this action already, when it is decided again before the commit. */
  readonly counted?: Seq
  /** The grant that people were told of, when they were asked: no other one stands in for it. */
  readonly bound?: Seq
  /** What people have agreed to for this very action. */
  readonly approved?: { readonly approval: Seq; readonly isFulfilled: (obligations: readonly Obligation[]) => boolean }
}

/** Every stage says yes; `asks` is what only people can add to it. */
export type Authority =
  | { readonly type: 'allowed'; readonly grant: Grant; readonly rules: readonly string[]; readonly approval?: Seq }
  | { readonly type: 'asks'; readonly grant: Grant; readonly rules: readonly string[]; readonly obligations: readonly Obligation[] }
  | ({ readonly type: 'refused' } & Refusal)

/**
 * From lockdown to approval: what does not depend on the run's phase. Asked at the proposal, again when people have answered, and
 * again for every deferred effect before the commit point.
 */
export function authorize(asking: Asking, run: Run, view: AuthorityView): Authority {
  if (view.lockdown) return refuse('lockdown.on', 'lockdown', 'an operator has stopped all actions')
  const { request } = asking
  const found = coveringGrant(asking, run, view)
  if ('miss' in found) return refuse(found.miss, 'grant', missDetail(found.nearest))
  const lending = lendingRefusal(asking, run, { view, covering: found.grant })
  if (lending !== undefined) return lending
  const answer = policyAnswer(asking, run, view)
  if (answer.effect === 'error') return refuse('policy.error', 'policy', answer.detail)
  if (answer.effect === 'forbid') return { ...refuse('policy.forbidden', 'policy', 'a rule forbids it'), rules: answer.rules }
  const { grant } = found
  const label = labelMiss(run.label, request.egress, grant.terms.clearance)
  if (label !== undefined) return { ...refuse(label, 'labels', `what the run has seen is ${run.label}`), rules: answer.rules }
  const budget = budgetRefusal(asking, run, answer)
  if (budget !== undefined) return { ...budget, rules: answer.rules }
  const { rules } = answer
  if (answer.effect === 'allow') return { type: 'allowed', grant, rules }
  return asking.byHost === true ? askedByHost(answer) : obliged(asking, { run, view }, { ...answer, grant })
}

/** The host asks whoever sits at it. Who that is, nobody proves: what one yes does not fulfil, whoever says it, is refused. */
function askedByHost({ rules, obligations }: Extract<PolicyAnswer, { effect: 'oblige' }>): Authority {
  const isEnough = obligations.every(({ count, notRequester }) => count <= 1 && notRequester !== true)
  const refusal = isEnough
    ? refuse('approval.required', 'approval', 'the person at the host has to say')
    : refuse('approval.unavailable', 'approval', 'it takes more than the yes of whoever sits at the host')
  return { ...refusal, rules }
}

function obliged(
  { request, atOnce, approved }: Asking,
  { run, view }: { readonly run: Run; readonly view: AuthorityView },
  answer: { readonly grant: Grant; readonly rules: readonly string[]; readonly obligations: readonly Obligation[] },
): Authority {
  const { grant, rules, obligations } = answer
  if (approved?.isFulfilled(obligations) === true) return { type: 'allowed', grant, rules, approval: approved.approval }
  const allowance = findAllowance(run, { request, atOnce, rules, obligations })
  if (allowance !== undefined) return { type: 'allowed', grant, rules, approval: allowance.approval }
  const missing = hopeless(obligations, { operators: view.operators, requester: requesterOf(run) })
  if (missing !== undefined)
    return { ...refuse('approval.unavailable', 'approval', 'people must approve it, and there are not enough operators who may'), rules }
  return { type: 'asks', grant, rules, obligations }
}

function budgetRefusal(asking: Asking, run: Run, answer: Extract<PolicyAnswer, { effect: 'allow' | 'oblige' }>): Authority | undefined {
  if (asking.counted !== undefined) return undefined
  const miss = budgetMiss(budgetOf(run), asking.request.cost, answer.waives)
  if (miss !== undefined) return refuse(miss, 'budget', 'the bound does not fit in what the run may still spend')
  const { spawn } = asking.request
  // A request that people were asked about is a step already; a call it becomes with its verdict.
  const uncounted = { steps: asking.bound === undefined ? 1 : 0, calls: 1 }
  return spawn === undefined || ceilingsLent(spawn, run, { at: asking.at, uncounted }) !== undefined
    ? undefined
    : refuse('budget.escrow', 'budget', 'the child would be given more than the run has left')
}

/** A child is lent no more than this run may do itself. */
function lendingRefusal(
  { request: { spawn }, at }: Asking,
  run: Run,
  { view, covering }: { readonly view: AuthorityView; readonly covering: Grant },
): Authority | undefined {
  if (spawn === undefined) return undefined
  const lent = grantsLent(spawn, run, { view, at, covering })
  return 'refused' in lent ? refuse('grant.delegation', 'grant', lent.refused) : undefined
}

/** An engine that throws has not allowed, and neither has one that answers nothing. */
function policyAnswer(asking: Asking, run: Run, view: AuthorityView): PolicyAnswer {
  try {
    const answer: unknown = view.policy.evaluate(policyRequest(asking, run))
    return isAnswer(answer) ? answer : { effect: 'error', detail: 'the policy gave no answer that is known' }
  } catch (error) {
    return { effect: 'error', detail: error instanceof Error ? error.message.slice(0, maxPolicyDetailChars) : 'the policy threw' }
  }
}

/** An engine is code of others: an answer of any other shape allows nothing. */
function isAnswer(answer: unknown): answer is PolicyAnswer {
  if (typeof answer !== 'object' || answer === null || !('effect' in answer)) return false
  if (answer.effect === 'error') return 'detail' in answer && typeof answer.detail === 'string'
  const known = answer.effect === 'allow' || answer.effect === 'forbid' || answer.effect === 'oblige'
  return known && 'rules' in answer && Array.isArray(answer.rules) && (answer.effect !== 'oblige' || hasObligations(answer))
}

function hasObligations(answer: object): boolean {
  return 'obligations' in answer && Array.isArray(answer.obligations) && answer.obligations.length > 0
}

const maxPolicyDetailChars = 512

/** The grant that covers the request now. What was decided about one grant, or asked about it, stays with that one. */
function coveringGrant(asking: Asking, run: Run, view: AuthorityView): FoundGrant {
  const { request, at, counted, bound } = asking
  const one = counted ?? bound
  if (one === undefined) {
    const needed = clearanceNeeded(run.label, request.egress)
    return findGrant({ grants: run.grants, uses: run.grantUses, at, needed, isRevoked: (grant) => isRevoked(grant, run, view) }, request)
  }
  const grant = run.grants.get(one)
  if (grant === undefined) return { miss: 'grant.none', nearest: undefined }
  const use = counted === undefined ? (run.grantUses.get(String(one)) ?? neverUsed) : 'counted'
  const miss = grantMiss(grant, request, { at, use, revoked: isRevoked(grant, run, view) })
  return miss === undefined ? { grant } : { miss, nearest: grant }
}

/** What policy is asked about a request of this run. */
export function policyRequest({ request, atOnce }: Pick<Asking, 'request' | 'atOnce'>, run: Run): PolicyRequest {
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
    atOnce,
  }
}

function missDetail(nearest: Grant | undefined): string {
  return nearest === undefined ? 'no grant names this action' : `grant #${nearest.id} comes nearest`
}

function refuse(code: string, stage: Refusal['stage'], detail: string): Extract<Authority, { type: 'refused' }> {
  return { type: 'refused', code, stage, detail }
}

/** Whoever started the run: an obligation may say that they do not count. */
export function requesterOf(run: Run): SubjectId | undefined {
  return run.spec?.principal.subject
}
