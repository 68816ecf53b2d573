import type { Agreement } from '../authority/approval.ts'
import { unreachable } from '../log/errors.ts'
import type { SubjectId } from '../log/ids.ts'
import { openAction } from './run.ts'
import type { Approved, AskedAction, Run, RunDraft } from './run.ts'
import type { IceEntry } from './taxonomy.ts'

type Verdict = Extract<IceEntry, { type: 'ActionAuthorized' }>['payload']
export type ApprovalEntry = Extract<IceEntry, { type: `Approval${string}` }>

/** Folds a question to people, or an answer, into the copy of a run that is being folded. */
export function evolveApproval(run: RunDraft, entry: ApprovalEntry): void {
  switch (entry.type) {
    case 'ApprovalRequested':
      return requested(run, entry)
    case 'ApprovalGiven': {
      const { by, scope, edited } = entry.payload
      const agreement: Agreement = { by, scope, ...(edited === undefined ? {} : { edited }) }
      return answered(run, entry, (asked) => (hasAgreed(asked, by) ? asked : { ...asked, agreed: [...asked.agreed, agreement] }))
    }
    case 'ApprovalDenied':
      return answered(run, entry, (asked) => ({ ...asked, denied: true }))
    case 'ApprovalExpired':
      return
    default:
      return unreachable(entry)
  }
}

function requested(run: RunDraft, entry: Extract<ApprovalEntry, { type: 'ApprovalRequested' }>): void {
  const { payload, seq } = entry
  const { action, request, binds, grant, prepared, obligations, rules, expires, deferred = false } = payload
  const open = openAction(run, action)
  if (open === undefined) return
  const unanswered = { agreed: [], denied: false }
  const asked: AskedAction = { approval: seq, binds, request, grant, prepared, obligations, rules, deferred, expires, ...unanswered }
  run.open = run.open.with(String(action), { ...open, stage: { name: 'asked', asked } })
  run.waiting = [...run.waiting, action]
  run.approvals = run.approvals.with(String(seq), { action, binds, answers: 0 })
  if (!deferred) return
  run.ended += 1
  run.lastOutcome = seq
}

function hasAgreed({ agreed }: AskedAction, by: SubjectId): boolean {
  return agreed.some((agreement) => agreement.by === by)
}

/** An answer has an effect while its request waits and has not expired; it is counted as an answer in any case. */
function answered(
  run: RunDraft,
  { at, payload: { approval } }: Extract<ApprovalEntry, { type: 'ApprovalGiven' | 'ApprovalDenied' }>,
  hear: (asked: AskedAction) => AskedAction,
): void {
  const known = run.approvals.get(String(approval))
  if (known === undefined) return
  run.approvals = run.approvals.with(String(approval), { ...known, answers: known.answers + 1 })
  const open = openAction(run, known.action)
  if (open?.stage.name !== 'asked' || open.stage.asked.approval !== approval || at >= open.stage.asked.expires) return
  run.open = run.open.with(String(known.action), { ...open, stage: { name: 'asked', asked: hear(open.stage.asked) } })
}

/** What an action that was asked about leaves behind once it is allowed: it waits no more, and its answer may hold for the run. */
export function answerFor(run: RunDraft, { action, request, prepared }: Verdict): void {
  const open = openAction(run, action)
  if (open?.stage.name !== 'asked') return
  const { asked } = open.stage
  const { approval, rules, obligations } = asked
  const forThis = asked.agreed.filter(({ edited }) => (edited?.request ?? asked.request) === request)
  const forRun = forThis.length > 0 && forThis.every(({ scope }) => scope === 'run')
  const { name, atOnce } = open
  const allowance = { approval, action: name, atOnce, policy: run.under?.policy, prepared, rules, obligations }
  run.waiting = run.waiting.filter((other) => other !== action)
  if (forRun) run.allowances = [...run.allowances, allowance]
}

/** What people answered for an authorization: for this action, or earlier for the run. */
export function approvedBy(run: Run, verdict: Pick<Verdict, 'action' | 'approval'>): Approved | undefined {
  const { action, approval } = verdict
  if (approval === undefined) return undefined
  const stage = openAction(run, action)?.stage
  const own = stage?.name === 'asked' ? stage.asked : run.allowances.find((allowance) => allowance.approval === approval)
  return { approval, obligations: own?.obligations ?? [] }
}
