import type { ApprovalDescription } from '@ice-runtime/ice'
import { recordedPolicy } from '@ice-runtime/ice/record'
import { canonicalize, policyRequest } from '@ice-runtime/kernel'
import type {
  BlobReader,
  CostBound,
  Digest,
  EffectClass,
  Json,
  Label,
  Obligation,
  PolicyRequest,
  PreparedAction,
} from '@ice-runtime/kernel'
import { answerableOf, decryptedName } from '../record/answerable.ts'
import type { Answerable } from '../record/answerable.ts'
import { ruleSentence } from '../record/rule-sentence.ts'
import type { RecordedApproval, TimedAnswer } from './recorded-approval.ts'

/** Everything an operator is shown before an answer: whole, unescaped, and what is signed. */
export interface ApprovalPage {
  /** `run_…#12` */
  readonly id: string
  readonly run: string
  readonly approval: number
  readonly action: number
  /** `files.write` */
  readonly name: string
  readonly state: 'open' | 'allowed' | 'refused' | 'ended'
  /** Of the verdict, where there is one that refuses. */
  readonly code?: string
  readonly agent: { readonly name: string; readonly version: string; readonly kind: string }
  /** On whose account. */
  readonly answerable: Answerable
  /** Why, in the agent's words: nothing that anybody checked. */
  readonly reason?: string
  readonly askedAt: number
  readonly expires: number
  readonly happens: 'at once' | 'at the commit' | 'in staging'
  /** The driver's words; undefined when no driver could be asked. */
  readonly description?: string
  /** What it would make of the workspace. */
  readonly diff?: string
  readonly class: EffectClass
  readonly destinations: readonly string[]
  readonly resources: readonly string[]
  readonly cost: CostBound
  readonly labels: { readonly result: Label; readonly seen: Label }
  readonly rules: readonly { readonly id: string; readonly sentence?: string }[]
  readonly obligations: readonly Obligation[]
  readonly answers: readonly PageAnswer[]
  /** What is done if it is allowed, to the last byte: canonical, so that its SHA-256 is `request`. */
  readonly exactly: string
  readonly request: Digest
  /** What an answer is signed for: the request, the policy, the grant and who must agree, in one digest. */
  readonly binds: Digest
  /** True when this is what an operator made of it, not what the agent asked for. */
  readonly edited: boolean
  /** Why an answer binds nobody who does not want to be bound; absent where it does. */
  readonly advisory?: string
}

export interface PageAnswer {
  readonly by: string
  readonly name: string | undefined
  readonly said: 'approved' | 'approved for the run' | 'approved edited' | 'denied'
  readonly at: number
  /** It came after the verdict or the expiry, and changed nothing. */
  readonly late: boolean
  readonly comment?: string
}

/** What it takes to name who answered, and to read their comments. */
export interface AnswerParts {
  readonly data: string
  /** Of operators by subject, also of those who are none any more. */
  readonly names: ReadonlyMap<string, string>
}

export interface PageParts extends AnswerParts {
  readonly blobs: BlobReader
  /** What its driver says; absent where none could be asked. */
  readonly described?: ApprovalDescription
}

/** `described` is the request as it was asked, or what an operator would make of it. */
export function approvalPage(approval: RecordedApproval, parts: PageParts): ApprovalPage {
  const { data, described } = parts
  const { recorded, asked, proposed, before } = approval
  const { edited } = described ?? {}
  const prepared = edited === undefined ? approval.prepared : (described?.prepared ?? approval.prepared)
  const { kind, name, version } = recorded.request.agent
  const { reason } = proposed.payload
  return {
    id: approval.id,
    run: recorded.id,
    approval: asked.seq,
    action: proposed.seq,
    name: proposed.payload.action,
    ...stateOf(approval),
    agent: { name, version, kind },
    answerable: answerableOf(recorded.request.principal, data),
    ...(reason === undefined ? {} : { reason }),
    askedAt: asked.at,
    expires: asked.payload.expires,
    happens: happens(approval, prepared),
    ...(described === undefined ? {} : { description: described.description }),
    ...(described === undefined || described.diff === '' ? {} : { diff: described.diff }),
    class: prepared.class,
    destinations: prepared.egress?.destinations ?? [],
    resources: prepared.resources,
    cost: prepared.cost,
    labels: { result: prepared.label ?? 'trusted/public', seen: before.label },
    rules: rulesOf(approval, parts.blobs),
    obligations: asked.payload.obligations,
    answers: pageAnswers(approval.answers, parts),
    exactly: canonicalize(prepared as unknown as Json),
    request: edited?.request ?? asked.payload.request,
    binds: asked.payload.binds,
    edited: edited !== undefined,
    ...advice(kind),
  }
}

function stateOf({ verdict, isOpen }: RecordedApproval): Pick<ApprovalPage, 'state' | 'code'> {
  if (verdict?.type === 'ActionAuthorized') return { state: 'allowed' }
  if (verdict?.type === 'ActionRefused') return { state: 'refused', code: verdict.payload.code }
  return { state: isOpen ? 'open' : 'ended' }
}

function happens({ asked }: RecordedApproval, { class: effectClass }: PreparedAction): ApprovalPage['happens'] {
  if (asked.payload.deferred === true) return 'at the commit'
  return effectClass === 'staged' ? 'in staging' : 'at once'
}

function rulesOf(approval: RecordedApproval, blobs: BlobReader): ApprovalPage['rules'] {
  const { asked, verdict, before } = approval
  const policy = recordedPolicy(blobs, before.under)
  const request = requestOf(approval)
  return (verdict?.payload.rules ?? asked.payload.rules).map((id) => {
    const sentence = ruleSentence(id, policy, request)
    return sentence === undefined ? { id } : { id, sentence }
  })
}

export function pageAnswers(answers: readonly TimedAnswer[], parts: AnswerParts): readonly PageAnswer[] {
  return answers.map((answer) => pageAnswer(answer, parts))
}

function pageAnswer({ entry: { type, at, payload }, isLate }: TimedAnswer, { data, names }: AnswerParts): PageAnswer {
  const comment = payload.comment === undefined ? undefined : decryptedName(payload.comment, data)
  return {
    by: payload.by,
    name: names.get(payload.by),
    said: type === 'ApprovalDenied' ? 'denied' : saidOf(payload),
    at,
    late: isLate,
    ...(comment === undefined ? {} : { comment }),
  }
}

/** What policy was asked. */
export function requestOf({ prepared, proposed, before }: RecordedApproval): PolicyRequest {
  return policyRequest({ request: prepared, atOnce: proposed.payload.atOnce === true }, before)
}

function saidOf({ scope, edited }: Extract<TimedAnswer['entry'], { type: 'ApprovalGiven' }>['payload']): PageAnswer['said'] {
  if (edited !== undefined) return 'approved edited'
  return scope === 'run' ? 'approved for the run' : 'approved'
}

/** Who runs as the operator, with nothing around it, can read the key that answers are signed with. */
function advice(kind: string): Pick<ApprovalPage, 'advisory'> {
  if (kind !== 'function' && kind !== 'host') return {}
  const what = kind === 'host' ? 'the agent is another program' : 'the agent is code of the program that runs it'
  return { advisory: `${what}, under your account and in no box: it could sign as you, so what you answer is advice to it` }
}
