export {
  checkPolicy,
  placeOf,
  policyBundle,
  policyBytes,
  policyCoverage,
  policyDigest,
  readPolicyBundle,
  runPolicyTests,
} from '@ice-runtime/policy'
export type { CaseResult, Finding, PolicyBundle, PolicyFile, RuleCoverage } from '@ice-runtime/policy'
export { knownActions } from '../answerable/known-actions.ts'
