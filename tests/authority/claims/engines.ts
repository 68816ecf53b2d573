import { createCatalog } from '@ice-runtime/effects'
import { openCedarPolicy, policyBundle } from '@ice-runtime/policy'
import type { AuthorityClaim } from '../authority-claim.ts'
import { canaryDrivers } from '../canary-drivers.ts'
import { sha256 } from '../fixture.ts'

const keep = 'action == Ice::Action::"test.keep"'

/** The code that a policy is refused with when it is opened, or that it was taken. */
function opened(text: string): unknown {
  const actions = createCatalog(
    canaryDrivers(() => undefined),
    sha256,
  ).list()
  try {
    openCedarPolicy({ bundle: policyBundle([{ name: 'case.cedar', text }]), actions, sha256 })
    return 'taken'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

/** What is no policy at all: it is refused before anything is proposed, and never read as one that allows. */
export const engineClaims: readonly AuthorityClaim[] = [
  {
    name: 'a policy is taken that says what there is',
    holds: () =>
      opened(`@approval("1 of ops") forbid (principal, ${keep}, resource) when { context.facts has mark && context.facts.mark == "a" };`),
    is: 'taken',
  },
  ...Object.entries({
    'misspells an annotation': `@aproval("1 of ops") forbid (principal, ${keep}, resource);`,
    'puts an annotation where it says nothing': `@approval("1 of ops") permit (principal, ${keep}, resource);`,
    'asks nobody for an approval': `@approval("0 of ops") forbid (principal, ${keep}, resource);`,
    'waives what nobody knows': `@waive("everything") permit (principal, ${keep}, resource);`,
    'misspells a fact': `permit (principal, ${keep}, resource) when { context.facts.marc == "a" };`,
    'rests on a fact that may be absent': `permit (principal, ${keep}, resource) when { context.facts.mark == "a" };`,
    'compares a fact with another type': `permit (principal, ${keep}, resource) when { context.facts has count && context.facts.count == "many" };`,
    'forbids an action that there is not': 'forbid (principal, action == Ice::Action::"test.keeep", resource);',
    'is no Cedar': 'allow everything',
  }).map(([what, text]) => ({ name: `a policy that ${what} is not taken`, holds: () => opened(text), is: 'policy.invalid' })),
]
