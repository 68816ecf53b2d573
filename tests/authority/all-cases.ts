import type { AuthorityCase } from './authority-case.ts'
import type { AuthorityClaim } from './authority-claim.ts'
import { actionCases } from './cases/actions.ts'
import { amountCases } from './cases/amounts.ts'
import { approvalCases } from './cases/approvals.ts'
import { classCases } from './cases/classes.ts'
import { labelCases } from './cases/labels.ts'
import { lockdownCases } from './cases/lockdowns.ts'
import { policyCases } from './cases/policies.ts'
import { resourceCases } from './cases/resources.ts'
import { timeCases } from './cases/times.ts'
import { allowanceClaims } from './claims/allowances.ts'
import { answerClaims } from './claims/answers.ts'
import { childClaims } from './claims/children.ts'
import { dispatchClaims } from './claims/dispatches.ts'
import { formClaims } from './claims/forms.ts'
import { hostClaims } from './claims/hosts.ts'
import { lookupClaims } from './claims/lookups.ts'
import { patternClaims } from './claims/patterns.ts'
import { peopleClaims } from './claims/people.ts'
import { proposalClaims } from './claims/proposals.ts'
import { ruleClaims } from './claims/rules.ts'
import { settlementClaims } from './claims/settlements.ts'
import { termClaims } from './claims/terms.ts'

/** Every case, by what it is about. */
export const allCases: { readonly [subject: string]: readonly AuthorityCase[] } = {
  actions: actionCases,
  resources: resourceCases,
  classes: classCases,
  times: timeCases,
  amounts: amountCases,
  policies: policyCases,
  labels: labelCases,
  lockdowns: lockdownCases,
  approvals: approvalCases,
}

/** What is claimed of single functions, where no run could tell the difference. */
export const allClaims: { readonly [subject: string]: readonly AuthorityClaim[] } = {
  people: peopleClaims,
  answers: answerClaims,
  settlements: settlementClaims,
  rules: ruleClaims,
  terms: termClaims,
  patterns: patternClaims,
  forms: formClaims,
  lookups: lookupClaims,
  allowances: allowanceClaims,
  children: childClaims,
  hosts: hostClaims,
  proposals: proposalClaims,
  dispatches: dispatchClaims,
}
