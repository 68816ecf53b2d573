import type { Mutant } from './mutated-sources.ts'

interface Explanation {
  readonly file: string
  /** What stood there, or a part of it. */
  readonly original: string
  /** What stands there instead, where another change of the same is one that a case must tell. */
  readonly instead?: string
  readonly why: string
}

const text = 'a text for people, which no decision is made on'
const requested = 'what decides was requested: only a run that does not exist yet has no request'
const absent = 'comparing with what is not there is false by itself; the check is for the type'

/** Mutants that no case can tell from the original, and why. */
const explanations: readonly Explanation[] = [
  { file: 'authority/approval.ts', original: 'operators.get(by)?.roles', why: 'who has not been an operator is not asked about' },
  { file: 'authority/budget.ts', original: '[]', why: 'what is waived by default has a name that nobody looks for' },
  { file: 'authority/budget.ts', original: 'budget.callsLeft !== undefined', why: absent },
  { file: 'authority/budget.ts', original: 'moneyMicro === undefined', why: 'what is undefined adds nothing' },
  { file: 'authority/budget.ts', original: 'ceiling !== undefined', why: absent },
  { file: 'authority/cost.ts', original: "typeof value === 'number'", why: 'nothing but a number is a safe integer' },
  { file: 'authority/cost.ts', original: 'total !== 0', why: 'a dimension of zero and one that is absent are the same amount' },
  { file: 'authority/grant.ts', original: 'terms.notBefore !== undefined', why: absent },
  { file: 'authority/grant.ts', original: 'terms.expires !== undefined', why: absent },
  { file: 'authority/grant.ts', original: 'terms.uses !== undefined', why: absent },
  { file: 'authority/grant.ts', original: 'parent.notBefore !== undefined', why: absent },
  { file: 'authority/grant-index.ts', original: 'right.length === 0', instead: 'false', why: 'only spares a copy' },
  { file: 'authority/grant-index.ts', original: 'left.length === 0', instead: 'false', why: 'only spares a copy' },
  {
    file: 'authority/grants.ts',
    original: 'index.isExact && request.resources.length === 1',
    instead: 'false',
    why: 'what names the action and the resource names them still when it is looked at again',
  },
  { file: 'authority/grants.ts', original: 'grant === undefined', instead: 'false', why: 'an index is of its own list' },
  { file: 'authority/labels.ts', original: 'left === right', instead: 'false', why: 'the rules below say the same of equal labels' },
  {
    file: 'authority/grant.ts',
    original: '(uses ?? rate ?? sizeBytes ?? moneyMicro ?? tokens ?? computeMs) !== undefined',
    why: 'says whether counting can be spared, never whether it fits',
  },
  { file: 'authority/resource-pattern.ts', original: 'inner === outer', why: 'the rules below say the same of equal patterns' },
  { file: 'run/allowance.ts', original: '[]', why: 'a destination that nobody has, on the side that only needs to hold the others' },
  { file: 'run/allowance.ts', original: 'under?.policy', why: 'who answers for a run answers for one that was provisioned' },
  { file: 'run/assumptions.ts', original: '.slice(0, 12)', why: text },
  { file: 'run/authorize.ts', original: 'nearest === undefined', why: text },
  { file: 'run/authorize.ts', original: 'run.spec?.', why: requested },
  { file: 'run/authorize.ts', original: 'principal?.', why: requested },
  { file: 'run/decide-approval.ts', original: '({ from }) => from', why: text },
  {
    file: 'run/decide-approval.ts',
    original: "answer.type === 'denied'",
    instead: 'false',
    why: 'a no holds no edit; the check is for the type',
  },
  {
    file: 'run/decide-dispatch.ts',
    original: 'run.renewedAt > stage.decided.verdict',
    instead: 'run.renewedAt >= stage.decided.verdict',
    why: 'no two entries have one place',
  },
  { file: 'run/decide-proposal.ts', original: 'run.spec?.', why: requested },
  { file: 'run/decide-proposal.ts', original: 'ceilings === undefined', instead: 'false', why: requested },
  {
    file: 'run/decide-proposal.ts',
    original: "answer.type === 'ActionRefused'",
    instead: 'true',
    why: 'only a refusal is the same as the refusals before it; the check is for the type',
  },
  { file: 'run/decide-proposal.ts', original: 'unreachable(verdict)', why: 'the types leave no other verdict' },
  { file: 'run/revocation.ts', original: 'view.revoked.size > 0', instead: 'true', why: 'only spares a search for what is not there' },
  {
    file: 'run/revocation.ts',
    original: 'view.revoked.size > 0',
    instead: 'view.revoked.size >= 0',
    why: 'only spares a search for what is not there',
  },
  { file: 'run/revocation.ts', original: 'grant.parent === undefined', instead: 'false', why: 'what is no id is revoked by nobody' },
  { file: 'run/revocation.ts', original: '[]', why: 'what is no id is revoked by nobody' },
]

export function explained({ file, original, replacement }: Mutant): boolean {
  return explanations.some(
    (known) => known.file === file && original.includes(known.original) && (known.instead === undefined || known.instead === replacement),
  )
}
