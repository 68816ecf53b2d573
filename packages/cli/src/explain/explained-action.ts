import { describeTerms, foldRun, policyChanges, recordedPolicy } from '@ice-runtime/ice/record'
import type { RecordedPolicy } from '@ice-runtime/ice/record'
import { decisionStages, findGrant, IceError, policyRequest } from '@ice-runtime/kernel'
import type {
  ActionRequest,
  BlobReader,
  DecisionStage,
  GrantMiss,
  IceEntry,
  Obligation,
  PolicyRequest,
  PreparedRecord,
  RuleExplanation,
  Run,
} from '@ice-runtime/kernel'
import { pageAnswers } from '../approvals/approval-page.ts'
import type { AnswerParts, PageAnswer } from '../approvals/approval-page.ts'
import { answersTo } from '../approvals/recorded-approval.ts'
import { ruleSentence } from '../record/rule-sentence.ts'
import type { RecordedRun } from '../record/recorded-run.ts'
import { findChange } from './find-change.ts'

type Entry<Type extends IceEntry['type']> = Extract<IceEntry, { type: Type }>
/** The last word so far: the question, where people have not answered yet. */
export type Verdict = Entry<'ActionAuthorized' | 'ActionRefused' | 'ApprovalRequested'>

export interface StageResult {
  readonly stage: DecisionStage
  readonly result: 'passed' | 'refused' | 'waits' | 'not asked'
  readonly code?: string
  readonly detail?: string
}

export interface Rule {
  readonly id: string
  readonly sentence: string | undefined
}

export interface NearestGrant {
  readonly grant: number
  readonly terms: string
  readonly missed: GrantMiss
}

export interface ExplainedPeople {
  readonly approval: number
  readonly obligations: readonly Obligation[]
  readonly expires: number
  readonly answers: readonly PageAnswer[]
}

/** Everything an operator can be told about one verdict. */
export interface ExplainedAction {
  readonly proposed: Entry<'ActionProposed'>
  readonly verdict: Verdict
  /** What people were asked, and what they said; undefined where nobody was asked about this action. */
  readonly people: ExplainedPeople | undefined
  /** Facts the verdict was about; undefined when preparation did not come that far. */
  readonly prepared: PreparedRecord | undefined
  readonly stages: readonly StageResult[]
  readonly rules: readonly Rule[]
  /** What policy said no for: every rule that could have matched, the nearest permit first. Empty where policy did not refuse. */
  readonly considered: readonly RuleExplanation[]
  /** The grant that covered it. */
  readonly grant: { readonly grant: number; readonly terms: string } | undefined
  readonly nearest: NearestGrant | undefined
  /** One change with which the same proposal would be allowed, confirmed by deciding again; undefined when none was found. */
  readonly change: string | undefined
  /** False when the policy of the run is not one that can be asked here, so that no change could be confirmed. */
  readonly policyKnown: boolean
  /** What came of it after the verdict, in order. */
  readonly outcomes: readonly IceEntry[]
}

/** `seq` is the proposal's, or that of any entry about the action. Throws `run.not_found` for an entry about no action. */
export function explainAction(recorded: RecordedRun, seq: number, parts: AnswerParts & { readonly blobs: BlobReader }): ExplainedAction {
  const { entries, id } = recorded
  const proposed = proposalOf(entries, seq)
  const verdict = entries.findLast((entry) => isVerdictOn(entry, proposed.seq))
  if (verdict === undefined || !isVerdict(verdict))
    throw new IceError('integrity.broken', `${id}#${proposed.seq} has no verdict`, { hint: 'run: ice verify' })
  // The state the verdict was made in: everything before the proposal.
  const before = foldRun(id, entries.slice(0, proposed.seq - 1))
  const { prepared } = verdict.payload
  const request = prepared === undefined ? undefined : { action: proposed.payload.action, facts: {}, cost: {}, ...prepared }
  const asked = request === undefined ? undefined : policyRequest({ request, atOnce: proposed.payload.atOnce === true }, before)
  const policy = recordedPolicy(parts.blobs, before.under)
  return {
    proposed,
    verdict,
    people: peopleOf(entries, proposed.seq, parts),
    prepared,
    stages: stagesOf(verdict),
    rules: (verdict.payload.rules ?? []).map((rule) => ({ id: rule, sentence: ruleSentence(rule, policy, asked) })),
    considered: asked === undefined ? [] : considered(verdict, policy, asked),
    grant: coveringGrant(verdict, before),
    nearest: request === undefined || verdict.type !== 'ActionRefused' ? undefined : nearestGrant(before, request, proposed.at),
    change:
      verdict.type === 'ActionRefused' && policy !== undefined
        ? findChange({
            proposed,
            refused: verdict,
            before,
            policy: policy.engine,
            changes: asked === undefined ? [] : policyChanges(policy, asked),
          })
        : undefined,
    policyKnown: policy !== undefined,
    outcomes: entries.slice(verdict.seq).filter((entry) => actionOf(entry) === proposed.seq),
  }
}

/** Rules are looked at one by one only where policy is what refused: then an operator wants to know why none permitted. */
function considered(verdict: Verdict, policy: RecordedPolicy | undefined, request: PolicyRequest): readonly RuleExplanation[] {
  const isPolicys = verdict.type === 'ActionRefused' && verdict.payload.stage === 'policy'
  return isPolicys ? (policy?.engine.explain?.(request) ?? []).slice(0, maxConsidered) : []
}

/** Rules shown of one decision: the nearest ones say what is missing. */
const maxConsidered = 8

function isVerdict(entry: IceEntry): entry is Verdict {
  return entry.type === 'ActionAuthorized' || entry.type === 'ActionRefused' || entry.type === 'ApprovalRequested'
}

function isVerdictOn(entry: IceEntry, action: number): boolean {
  return isVerdict(entry) && entry.payload.action === action
}

function peopleOf(entries: readonly IceEntry[], action: number, parts: AnswerParts): ExplainedPeople | undefined {
  const asked = entries[action]
  if (asked?.type !== 'ApprovalRequested') return undefined
  const { obligations, expires } = asked.payload
  return { approval: asked.seq, obligations, expires, answers: pageAnswers(answersTo(entries, asked), parts) }
}

function proposalOf(entries: readonly IceEntry[], seq: number): Entry<'ActionProposed'> {
  const entry = entries[seq - 1]
  const proposed = entry?.type === 'ActionProposed' ? entry : entries[(entry === undefined ? 0 : (actionOf(entry) ?? 0)) - 1]
  if (proposed?.type === 'ActionProposed') return proposed
  const what = entry === undefined ? `there is no entry #${seq}` : `#${seq} is ${entry.type}, which is about no action`
  throw new IceError('run.not_found', what, { hint: 'ice show lists the actions with their #' })
}

function actionOf(entry: IceEntry): number | undefined {
  return entry.type.startsWith('Action') && 'action' in entry.payload && typeof entry.payload.action === 'number'
    ? entry.payload.action
    : undefined
}

function stagesOf(verdict: Verdict): readonly StageResult[] {
  const stoppedAt = verdict.type === 'ActionRefused' ? decisionStages.indexOf(verdict.payload.stage) : decisionStages.length
  return decisionStages.map((stage, index): StageResult => {
    if (stage === 'approval' && verdict.type === 'ApprovalRequested') return { stage, result: 'waits' }
    if (stage === 'approval' && verdict.type === 'ActionAuthorized' && verdict.payload.approval !== undefined)
      return { stage, result: 'passed' }
    if (index > stoppedAt || (stage === 'approval' && index < stoppedAt)) return { stage, result: 'not asked' }
    if (verdict.type !== 'ActionRefused' || index < stoppedAt) return { stage, result: 'passed' }
    const { code, detail } = verdict.payload
    return { stage, result: 'refused', code, ...(detail === undefined ? {} : { detail }) }
  })
}

function coveringGrant(verdict: Verdict, before: Run): ExplainedAction['grant'] {
  if (verdict.type === 'ActionRefused') return undefined
  const found = before.grants.get(verdict.payload.grant)
  return found === undefined ? undefined : { grant: found.id, terms: describeTerms(found.terms) }
}

/** The grant that came nearest, and the first dimension in which it missed. */
function nearestGrant(before: Run, request: ActionRequest, at: number): NearestGrant | undefined {
  const found = findGrant({ grants: before.grants, uses: before.grantUses, at, needed: 'public' }, request)
  if ('grant' in found || found.nearest === undefined) return undefined
  return { grant: found.nearest.id, terms: describeTerms(found.nearest.terms), missed: found.miss }
}
