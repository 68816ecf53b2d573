export {
  checkPolicy,
  openCedarPolicy,
  placeOf,
  policyBundle,
  policyBytes,
  policyCoverage,
  policyDigest,
  readPolicyBundle,
  runPolicyTests,
  simulatePolicy,
  suggestPolicy,
  worstRefusals,
} from '@ice-runtime/policy'
export type {
  CaseResult,
  Finding,
  PolicyBundle,
  PolicyFile,
  RecordedRequest,
  RefusedKind,
  RuleCoverage,
  Simulation,
  Suggestion,
} from '@ice-runtime/policy'
export { knownActions } from '../answerable/known-actions.ts'
export { decidedRequests } from '../answerable/decided-requests.ts'
export type { DecidedRequest } from '../answerable/decided-requests.ts'
export { policyInForce } from '../answerable/policy-in-force.ts'
export { importedRequests } from '../host/imported-requests.ts'
export type { ImportedRequest } from '../host/imported-requests.ts'
