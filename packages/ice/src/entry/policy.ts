export {
  checkPolicy,
  placeOf,
  policyBundle,
  policyBytes,
  policyCoverage,
  policyDigest,
  readPolicyBundle,
  runPolicyTests,
  suggestPolicy,
} from '@ice-runtime/policy'
export type { CaseResult, Finding, PolicyBundle, PolicyFile, RuleCoverage, Suggestion } from '@ice-runtime/policy'
export { knownActions } from '../answerable/known-actions.ts'
export { decidedRequests } from '../answerable/decided-requests.ts'
export type { DecidedRequest } from '../answerable/decided-requests.ts'
