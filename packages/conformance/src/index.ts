export { agentHostContract } from './agent/agent-host-contract.ts'
export type { AgentBehaviours, AgentHostContract } from './agent/agent-host-contract.ts'
export type { AgentWorld } from './agent/agent-stage.ts'
export { driverContract } from './effect/driver-contract.ts'
export type { DriverContract, DriverWorld } from './effect/driver-laws.ts'
export { openMemoryBlobs } from './effect/memory-blobs.ts'
export { policyContract } from './policy/policy-contract.ts'
export type { PolicyContract } from './policy/policy-contract.ts'
export { commitScenarios } from './workspace/commit-scenarios.ts'
export type { CommitScenario } from './workspace/commit-scenarios.ts'
export { changesBetween, directory, file, link, stateOf } from './workspace/tree.ts'
export type { Tree, TreeNode } from './workspace/tree.ts'
export { applyAll, undoAll, workspaceContract } from './workspace/workspace-contract.ts'
export type { WorkspaceContract, WorkspaceWorld } from './workspace/workspace-contract.ts'
export { blobsContract } from './store/blobs-contract.ts'
export { appendMany, chainEntries } from './store/entry-chain.ts'
export type { EntryChain } from './store/entry-chain.ts'
export { logContract } from './store/log-contract.ts'
export type { StoreContract, StoreWorld } from './store/store-world.ts'
export { viewsContract } from './store/views-contract.ts'
export { ordersAt } from './kernel/every-order.ts'
export {
  abortOrder,
  ask,
  askingLater,
  askingNow,
  childEndOrder,
  commitOrder,
  committing,
  doubt,
  emptyHistory,
  endOrder,
  executing,
  fail,
  fetching,
  finalLater,
  finalNow,
  hosted,
  importing,
  keyedLater,
  keyedNow,
  lastEntry,
  lastProposal,
  passOrder,
  preparedFor,
  propose,
  reportOn,
  reported,
  reportOf,
  provisioned,
  resumeOrder,
  spawning,
  staging,
  succeed,
  suspendOrder,
  tell,
  tellAll,
  timed,
  toldChild,
  wish,
} from './kernel/run-history.ts'
export type { Order, RunHistory, Telling, Wish } from './kernel/run-history.ts'
export {
  digestOf,
  lendableGrant,
  nothingUnusual,
  obliging,
  requestOf,
  tellingContext,
  tellingStart,
  toldCeilings,
  toldParentage,
  toldProofs,
  toldRequest,
  toldRun,
  viewWith,
  wideGrant,
} from './kernel/run-world.ts'
export { answerOf, denied, forRun, once, signedAnswer } from './kernel/told-answer.ts'
export { addOperators } from './runtime/add-operators.ts'
export { agreedBy, askingPolicy } from './runtime/asking-policy.ts'
export type { Asks } from './runtime/asking-policy.ts'
export { answerTo, approvalIn, askedIn, obliges, settledApproval, toldQuestion } from './kernel/told-approval.ts'
export type { ToldQuestion } from './kernel/told-approval.ts'
export { divergence } from './kernel/told-divergence.ts'
export { ada, bea, cay, operatorsOf, publicKeyOf, verifies } from './kernel/told-operators.ts'
export type { ToldOperator } from './kernel/told-operators.ts'
export { wander } from './kernel/wander.ts'
export type { Step } from './kernel/wander.ts'
export { cutStore } from './runtime/cut-store.ts'
export type { CutStore } from './runtime/cut-store.ts'
export { countedIds, plainGrant, plainPrincipal } from './runtime/plain-request.ts'
export { steppedTime } from './runtime/stepped-time.ts'
export type { SteppedTime } from './runtime/stepped-time.ts'
