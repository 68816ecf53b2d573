import { agreedTo, approvalBinds, approvalStatement, counts, coversObligation, maxAnswers, unfulfilled } from '../authority/approval.ts'
import type { Agreed, Answerers } from '../authority/approval.ts'
import type { ActionRequest } from '../authority/action-request.ts'
import type { Obligation } from '../authority/policy-port.ts'
import type { DecisionStage } from '../authority/refusal.ts'
import { brokenAssumption } from './assumptions.ts'
import { authorize, requesterOf } from './authorize.ts'
import { accepted, rejected } from './commands.ts'
import type { AuthorityView, Decision, RejectionCode, RunCommand } from './commands.ts'
import { waitsForCommit } from './decide-proposal.ts'
import { openAction } from './run.ts'
import type { AskedAction, OpenAction, Run } from './run.ts'
import { refusedInCircle } from './suspend-in-circle.ts'
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
  const objection =
    proofObjection(command, run, view) ?? (waiting === undefined ? undefined : roleObjection(command, waiting, answerersOf(run, view)))
  return objection ?? accepted(answerEvent(command))
}

/** Whoever answers is an operator, and said exactly this. */
function proofObjection({ answer, signature, ...said }: AnswerApproval, run: Run, view: AuthorityView): Decision | undefined {
  const { by } = said
  const operator = view.operators.get(by)
  if (operator === undefined) return rejected('approval.not_operator', `${by} is no operator`)
  const text = approvalStatement({ run: run.id, ...said }, answer)
  if (view.proofs.verifies({ publicKey: operator.publicKey, text, signature })) return undefined
  return rejected('approval.signature', `the signature is not that of ${by} over this answer`)
}

/** What still waits is answered by those it was put to. */
function roleObjection({ answer, by }: AnswerApproval, open: AskedOpen, who: Answerers): Decision | undefined {
  const { obligations, request, deferred } = open.stage.asked
  if (!obligations.some((obligation) => counts(by, obligation, who)))
    return rejected('approval.not_role', `${by} may not answer for ${obligations.map(({ from }) => from).join(', ')}`)
  if (answer.type === 'denied' || answer.edited === undefined) return undefined
  const { edited } = answer
  if (unfulfilled(obligations, [by], who) !== undefined)
    return rejected('approval.edit_alone', 'what several people must approve is not changed by one of them')
  if (edited.request === request) return rejected('approval.edit_same', 'the edited request is the one that was asked about')
  if (waitsForCommit(edited.prepared, open) !== deferred)
    return rejected('approval.edit_timing', 'an edit does not change whether an effect waits for the commit')
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
  if (asked.denied) return refusedAtLast(run, open, { code: 'approval.denied', stage: 'approval', detail: 'an operator said no' })
  if (command.at >= asked.expires) return rejected('approval.waiting', `#${asked.approval} has expired`)
  const agreed = agreedTo(asked, answerersOf(run, view))
  if (agreed === undefined) return rejected('approval.waiting', `#${asked.approval} waits for more people`)
  const verdict = finalVerdict({ ...open, agreed, at: command.at }, run, view)
  return verdict.type === 'ActionAuthorized' ? accepted(verdict) : refusedAtLast(run, open, { ...verdict, agreed })
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
  const refusal = { code: 'approval.expired', stage: 'approval', detail: 'not enough people answered in time' } as const
  return refusedAtLast(run, open, refusal, expired)
}

/** True once people have said all that is needed, or one of them has said no. */
export function isAnswered(asked: AskedAction, run: Run, view: Pick<AuthorityView, 'operators'>): boolean {
  return asked.denied || agreedTo(asked, answerersOf(run, view)) !== undefined
}

function answerersOf(run: Run, { operators }: Pick<AuthorityView, 'operators'>): Answerers {
  return { operators, requester: requesterOf(run) }
}

function settlingPhase(run: Run): RejectionCode | undefined {
  return run.phase.name === 'executing' || run.phase.name === 'validating' ? undefined : 'run.phase'
}

/** The last question about what people agreed to: the same pipeline as at the proposal, with their answer. */
function finalVerdict(
  { agreed, at, ...open }: AskedOpen & { readonly agreed: Agreed; readonly at: number },
  run: Run,
  view: AuthorityView,
): NewEvent<'ActionAuthorized'> | (Final & { readonly type: 'refused' }) {
  const { asked } = open.stage
  const broken = brokenAssumption(run, view, at)
  if (broken !== undefined) return stale(broken.code)
  // The answer was given to a request under a policy and a grant; under others it is an answer to something else.
  const { action, name, atOnce } = open
  const bound = {
    run: run.id,
    action,
    request: asked.request,
    policy: view.policy.digest,
    grant: asked.grant,
    obligations: asked.obligations,
  }
  if (approvalBinds(bound, view.proofs.sha256) !== asked.binds) return stale('another policy is in force than the one it was asked under')
  const { request: digest, prepared } = agreed.edited ?? asked
  const request: ActionRequest = { action: name, facts: {}, cost: {}, ...prepared }
  // Without enough answers there were no agreement: what those asked for covers, they have answered.
  const isFulfilled = (obligations: readonly Obligation[]): boolean =>
    obligations.every((obligation) => asked.obligations.some((known) => coversObligation(known, obligation)))
  const approved = { approval: asked.approval, isFulfilled }
  // What an operator changed is no longer what the grant was found for.
  const grant = agreed.edited === undefined ? { bound: asked.grant } : {}
  const authority = authorize({ request, atOnce, at, approved, ...grant }, run, view)
  if (authority.type === 'refused' && authority.code !== 'approval.unavailable') return authority
  if (authority.type !== 'allowed') return stale('the rules now ask for more than was answered')
  const payload = {
    action,
    request: digest,
    grant: authority.grant.id,
    rules: authority.rules,
    prepared,
    ...(asked.deferred ? { deferred: true } : {}),
    approval: asked.approval,
    ...(agreed.edited === undefined ? {} : { edited: true }),
  }
  return { type: 'ActionAuthorized', origin: 'runtime', causes: [action, asked.approval], payload }
}

interface Final {
  readonly code: string
  readonly stage: DecisionStage
  readonly detail: string
  readonly rules?: readonly string[]
}

function stale(detail: string): Final & { readonly type: 'refused' } {
  return { type: 'refused', code: 'approval.stale', stage: 'approval', detail }
}

/** A refusal after people were asked: of what they agreed to, where they did. The same one too often holds the run. */
function refusedAtLast(run: Run, open: AskedOpen, final: Final & { readonly agreed?: Agreed }, ...before: readonly NewEvent[]): Decision {
  const { asked } = open.stage
  const { request, prepared } = final.agreed?.edited ?? asked
  const { code, stage, detail, rules = asked.rules } = final
  const payload = { action: open.action, code, stage, detail, rules, request, prepared }
  const refusal: NewEvent<'ActionRefused'> = { type: 'ActionRefused', origin: 'runtime', causes: [open.action, asked.approval], payload }
  const events = [...before, refusal]
  const inCircle = refusedInCircle(refusal, run, run.seq + events.length)
  return inCircle === undefined ? accepted(...events) : accepted(...events, inCircle)
}

function askedAction(run: Run, action: number): AskedOpen | undefined {
  const open = openAction(run, action)
  return open !== undefined && isAsked(open) ? open : undefined
}

function isAsked(open: OpenAction): open is AskedOpen {
  return open.stage.name === 'asked'
}
