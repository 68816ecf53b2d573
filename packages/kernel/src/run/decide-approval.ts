import { approvalStatement, counts, maxAnswers, unfulfilled } from '../authority/approval.ts'
import type { ActionRequest } from '../authority/action-request.ts'
import type { Obligation } from '../authority/policy-port.ts'
import { brokenAssumption } from './assumptions.ts'
import { authorize, requesterOf } from './authorize.ts'
import { accepted, rejected } from './commands.ts'
import type { AuthorityView, Decision, RejectionCode, RunCommand } from './commands.ts'
import { openAction } from './run.ts'
import type { AskedAction, OpenAction, Run } from './run.ts'
import type { NewEvent } from './taxonomy.ts'

type Command<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>
type AnswerApproval = Command<'AnswerApproval'>
type AskedOpen = OpenAction & { readonly stage: { readonly name: 'asked'; readonly asked: AskedAction } }

/**
 * Records what an operator said. Who they are is proved here, by their key over the whole answer; an answer that comes late, or a
 * second one of the same person, is recorded and changes nothing.
 */
export function answerApproval(command: AnswerApproval, run: Run, view: AuthorityView): Decision {
  const known = run.approvals.get(String(command.approval))
  if (known === undefined) return rejected('approval.not_found', `#${command.approval} asks nobody`)
  if (command.binds !== known.binds) return rejected('approval.altered', `the answer is to something else than #${command.approval} asks`)
  if (known.answers >= maxAnswers) return rejected('approval.flood', `#${command.approval} has had ${maxAnswers} answers`)
  const waiting = askedAction(run, known.action)
  const objection = answerObjection(command, run, { view, obligations: waiting?.stage.asked.obligations })
  return objection ?? accepted(answerEvent(command))
}

function answerObjection(
  { answer, approval, binds, by, signature }: AnswerApproval,
  run: Run,
  { view, obligations }: { readonly view: AuthorityView; readonly obligations: readonly Obligation[] | undefined },
): Decision | undefined {
  const operator = view.operators.get(by)
  if (operator === undefined) return rejected('approval.not_operator', `${by} is no operator`)
  const text = approvalStatement({ run: run.id, approval, binds, by }, answer)
  if (!view.proofs.verifies({ publicKey: operator.publicKey, text, signature }))
    return rejected('approval.signature', `the signature is not that of ${by} over this answer`)
  if (obligations === undefined) return undefined
  const who = { operators: view.operators, requester: requesterOf(run) }
  if (!obligations.some((obligation) => counts(by, obligation, who)))
    return rejected('approval.not_role', `${by} may not answer for ${obligations.map(({ from }) => from).join(', ')}`)
  if (answer.type === 'given' && answer.edited !== undefined && unfulfilled(obligations, [by], who) !== undefined)
    return rejected('approval.edit_alone', 'what several people must approve is not changed by one of them')
  return undefined
}

function answerEvent({ answer, approval, binds, by, signature, comment }: AnswerApproval): NewEvent {
  const said = { approval, binds, by, signature, ...(comment === undefined ? {} : { comment }) }
  const causes = [approval]
  if (answer.type === 'denied') return { type: 'ApprovalDenied', origin: 'operator', causes, payload: said }
  const { scope, edited } = answer
  const payload = { ...said, scope, ...(edited === undefined ? {} : { edited }) }
  return { type: 'ApprovalGiven', origin: 'operator', causes, payload }
}

/** The final verdict on what people were asked: they have answered, so the whole pipeline runs again over what they agreed to. */
export function settleApproval(command: Command<'SettleApproval'>, run: Run, view: AuthorityView): Decision {
  const open = askedAction(run, command.action)
  if (open === undefined) return rejected('action.not_open', `#${command.action} waits for nobody`)
  const phase = settlingPhase(run)
  if (phase !== undefined) return rejected(phase, `${run.phase.name} settles no request`)
  const { asked } = open.stage
  if (asked.denied) return accepted(refusedFinally(open, { code: 'approval.denied', stage: 'approval', detail: 'an operator said no' }))
  if (command.at >= asked.expires) return rejected('approval.waiting', `#${asked.approval} has expired`)
  if (!isAnswered(asked, run, view)) return rejected('approval.waiting', `#${asked.approval} waits for more people`)
  return accepted(finalVerdict(open, run, { view, at: command.at }))
}

/** Nobody answered in time: silence is a refusal. */
export function expireApproval(command: Command<'ExpireApproval'>, run: Run): Decision {
  const open = askedAction(run, command.action)
  if (open === undefined) return rejected('action.not_open', `#${command.action} waits for nobody`)
  const { approval, expires } = open.stage.asked
  if (command.at < expires) return rejected('approval.waiting', `#${approval} waits until ${expires}`)
  const phase = settlingPhase(run)
  if (phase !== undefined) return rejected(phase, `${run.phase.name} settles no request`)
  const expired: NewEvent = { type: 'ApprovalExpired', origin: 'runtime', causes: [approval], payload: { approval } }
  return accepted(expired, refusedFinally(open, { code: 'approval.expired', stage: 'approval', detail: 'nobody answered in time' }))
}

/** True once people have said all that is needed, or one of them has said no. */
export function isAnswered(asked: AskedAction, run: Run, view: Pick<AuthorityView, 'operators'>): boolean {
  const who = { operators: view.operators, requester: requesterOf(run) }
  return asked.denied || unfulfilled(asked.obligations, asked.given, who) === undefined
}

function settlingPhase(run: Run): RejectionCode | undefined {
  return run.phase.name === 'executing' || run.phase.name === 'validating' ? undefined : 'run.phase'
}

function finalVerdict(open: AskedOpen, run: Run, now: { readonly view: AuthorityView; readonly at: number }): NewEvent {
  const { asked } = open.stage
  const { view, at } = now
  const broken = brokenAssumption(run, view, at)
  // The answer was given to a request under a policy; under another one it is an answer to something else.
  if (broken !== undefined) return refusedFinally(open, { code: 'approval.stale', stage: 'approval', detail: broken.detail })
  const { request: digest, prepared } = asked.edited ?? asked
  const request: ActionRequest = { action: open.name, facts: {}, cost: {}, ...prepared }
  const who = { operators: view.operators, requester: requesterOf(run) }
  const isFulfilled = (obligations: readonly Obligation[]): boolean => unfulfilled(obligations, asked.given, who) === undefined
  const authority = authorize({ request, atOnce: open.atOnce, at, approved: { approval: asked.approval, isFulfilled } }, run, view)
  if (authority.type === 'refused' && authority.code !== 'approval.unavailable') return refusedFinally(open, authority)
  if (authority.type !== 'allowed')
    return refusedFinally(open, { code: 'approval.stale', stage: 'approval', detail: 'the rules now ask for more than was answered' })
  const payload = {
    action: open.action,
    request: digest,
    grant: authority.grant.id,
    rules: authority.rules,
    prepared,
    ...(asked.deferred ? { deferred: true } : {}),
    approval: asked.approval,
    ...(asked.edited === undefined ? {} : { edited: true }),
  }
  return { type: 'ActionAuthorized', origin: 'runtime', causes: [open.action, asked.approval], payload }
}

interface Final {
  readonly code: string
  readonly stage: Extract<NewEvent, { type: 'ActionRefused' }>['payload']['stage']
  readonly detail: string
  readonly rules?: readonly string[]
}

function refusedFinally(open: AskedOpen, { code, stage, detail, rules }: Final): NewEvent<'ActionRefused'> {
  const { asked } = open.stage
  const { request, prepared } = asked.edited ?? asked
  const payload = { action: open.action, code, stage, detail, rules: rules ?? asked.rules, request, prepared }
  return { type: 'ActionRefused', origin: 'runtime', causes: [open.action, asked.approval], payload }
}

function askedAction(run: Run, action: number): AskedOpen | undefined {
  const open = openAction(run, action)
  return open !== undefined && isAsked(open) ? open : undefined
}

function isAsked(open: OpenAction): open is AskedOpen {
  return open.stage.name === 'asked'
}
