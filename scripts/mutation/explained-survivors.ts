import type { Mutant } from './mutated-sources.ts'

/** One change that no case can tell from the original, word for word, so that it explains no other one. */
interface Explanation {
  readonly file: string
  readonly original: string
  readonly replacement: string
  readonly why: string
}

const text = 'a text for people, which no decision is made on'
const absent = 'comparing with what is not there is false by itself; the check is for the type'
const typed = 'the check is for the type'
const spares = 'spares work, and comes to the same'
const requested = 'what decides was requested: only a run that does not exist yet has no request'
const listed = '["Stryker was here"]'
const noId = 'what is no id is revoked by nobody'

type Row = readonly [original: string, replacement: string, why: string]

const explanations: readonly Explanation[] = [
  ...of('authority/budget.ts', [
    ['[]', listed, 'what is waived by default has a name that nobody looks for'],
    ['budget.callsLeft !== undefined', 'true', absent],
    ['moneyMicro === undefined', 'false', 'what is undefined adds nothing'],
    ['ceiling !== undefined', 'true', absent],
  ]),
  ...of('authority/cost.ts', [
    ["typeof value === 'number'", 'true', 'nothing but a number is a safe integer'],
    ['total !== 0', 'true', 'a dimension of zero and one that is absent are the same amount'],
  ]),
  ...of('authority/grant-index.ts', [
    ['right.length === 0', 'false', spares],
    ['left.length === 0', 'false', spares],
  ]),
  ...of('authority/grant.ts', [
    ['terms.notBefore !== undefined', 'true', absent],
    ['terms.expires !== undefined', 'true', absent],
    ['terms.uses !== undefined', 'true', absent],
    ['(uses ?? rate ?? sizeBytes ?? moneyMicro ?? tokens ?? computeMs) !== undefined', 'true', spares],
    ['parent.notBefore !== undefined', 'true', absent],
  ]),
  ...of('authority/grants.ts', [
    ['index.isExact && request.resources.length === 1', 'false', spares],
    ['grant === undefined', 'false', 'an index is of its own list; the check is for the type'],
  ]),
  ...of('authority/labels.ts', [['left === right', 'false', 'the rules below say the same of equal labels']]),
  ...of('authority/resource-pattern.ts', [['inner === outer', 'false', 'the rules below say the same of equal patterns']]),
  ...of('run/allowance.ts', [
    ['under?.policy', 'under.policy', 'who answers for a run answers for one that was provisioned'],
    ['[]', listed, 'a name that nobody has, on the side that only needs to hold the others'],
  ]),
  ...of('run/assumptions.ts', [
    ['under.policy.slice(0, 12)', 'under.policy', text],
    ['view.policy.digest.slice(0, 12)', 'view.policy.digest', text],
  ]),
  ...of('run/authorize.ts', [
    ['run.spec?.principal', 'run.spec.principal', requested],
    ['run.spec?.agent', 'run.spec.agent', requested],
    ['principal?.namespace', 'principal.namespace', requested],
    ['principal?.subject', 'principal.subject', requested],
    ['nearest === undefined', 'true', text],
  ]),
  ...of('run/decide-approval.ts', [
    ['({ from }) => from', '() => undefined', text],
    ["answer.type === 'denied'", 'false', typed],
  ]),
  ...of('run/decide-dispatch.ts', [
    ['run.renewedAt > stage.decided.verdict', 'run.renewedAt >= stage.decided.verdict', 'no two entries have one place'],
  ]),
  ...of('run/decide-proposal.ts', [
    ['run.spec?.imported', 'run.spec.imported', requested],
    ['run.spec?.ceilings', 'run.spec.ceilings', requested],
    ['ceilings === undefined', 'false', requested],
    ["answer.type === 'ActionRefused'", 'true', 'only a refusal is the same as the refusals before it; the check is for the type'],
    ['default: return unreachable(verdict)', 'default:', 'the types leave no other verdict'],
  ]),
  ...of('run/revocation.ts', [
    ['view.revoked.size > 0', 'true', spares],
    ['view.revoked.size > 0', 'view.revoked.size >= 0', spares],
    ['grant.parent === undefined', 'false', noId],
    ['[]', listed, noId],
  ]),
]

function of(file: string, rows: readonly Row[]): readonly Explanation[] {
  return rows.map(([original, replacement, why]) => ({ file, original, replacement, why }))
}

export function isExplained(mutant: Mutant): boolean {
  return explanations.some((known) => isOf(known, mutant))
}

/** What explains nothing that lives: it would hide the next one that does. */
export function idleExplanations(lived: readonly Mutant[]): readonly string[] {
  return explanations
    .filter((known) => !lived.some((mutant) => isOf(known, mutant)))
    .map(({ file, original, replacement }) => `${file}\n  - ${original}\n  + ${replacement}`)
}

function isOf({ file, original, replacement }: Explanation, mutant: Mutant): boolean {
  return file === mutant.file && original === mutant.original && replacement === mutant.replacement
}
