import type { Mutant } from './mutated-sources.ts'

interface Explanation {
  readonly file: string
  /** What stood there, or a part of it. */
  readonly original: string
  readonly why: string
}

const text = 'a text for people, which no decision is made on'
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
  {
    file: 'authority/grant.ts',
    original: '(uses ?? rate ?? sizeBytes ?? moneyMicro ?? tokens ?? computeMs) !== undefined',
    why: 'says whether counting can be spared, never whether it fits',
  },
  { file: 'authority/resource-pattern.ts', original: 'inner === outer', why: 'the rules below say the same of equal patterns' },
  { file: 'run/allowance.ts', original: '[]', why: 'a destination that nobody has, on the side that only needs to hold the others' },
  { file: 'run/assumptions.ts', original: '.slice(0, 12)', why: text },
  { file: 'run/authorize.ts', original: 'nearest === undefined', why: text },
  { file: 'run/decide-approval.ts', original: '({ from }) => from', why: text },
]

export function explained({ file, original }: Mutant): boolean {
  return explanations.some((known) => known.file === file && original.includes(known.original))
}
