export { canonicalize, maxJsonDepth } from './log/canonical.ts'
export { assert, faultCodes, IceError, unreachable } from './log/errors.ts'
export type { FaultCode } from './log/errors.ts'
export type { BlobRef, Cause, EncryptedField, Entry, EntryBody, Origin, SealedEntry, Sha256, StoredEntry, StreamHead } from './log/entry.ts'
export type { EventCategory, EventDefinition, EventOf, EventTable } from './log/event-definition.ts'
export {
  digestFromBytes,
  entryId,
  isDigest,
  parseDigest,
  parseEntryId,
  parseLogId,
  parseRunId,
  parseStreamId,
  parseSubjectId,
  splitEntryId,
  systemStream,
} from './log/ids.ts'
export type { Digest, EntryId, LogId, Position, RunId, Seq, StreamId, SubjectId } from './log/ids.ts'
export type { Json, JsonObject } from './log/json.ts'
export { maxBlobBytes } from './log/blobs-port.ts'
export type { BlobReader, Blobs, BlobWriter } from './log/blobs-port.ts'
export { maxEntryBytes, maxPageEntries, maxPendingEntries } from './log/log-port.ts'
export type { Appending, AppendOutcome, AppendRequest, LogReader, LogWriter, ReadRange, StreamExpectation } from './log/log-port.ts'
export type { EntryProblemCode, LogProblem, TreeProblemCode } from './log/log-problem.ts'
export { emptyMap } from './log/persistent-map.ts'
export type { PersistentMap } from './log/persistent-map.ts'
export { emptyHead, entryHash, genesisHash, sameBytes, seal } from './log/seal.ts'
export { createByteText } from './log/byte-text.ts'
export type { ByteText } from './log/byte-text.ts'
export type { SealContext } from './log/seal.ts'
export type { Store, StoreReader } from './log/store-port.ts'
export { maxJsonChars, parseStrictJson, parseStrictJsonBytes } from './log/strict-json.ts'
export type { StrictJsonLimits } from './log/strict-json.ts'
export { emptyTree, growTree, treeRoot } from './log/tree.ts'
export type { TreeEdge } from './log/tree.ts'
export { createUpcasts } from './log/upcast.ts'
export type { KnownType, Upcast, Upcaster, Upcasts } from './log/upcast.ts'
export { createLogVerifier, maxLogProblems } from './log/verify-log.ts'
export type { LogReport, LogVerifier, VerifyLogOptions } from './log/verify-log.ts'
export type { ViewDefinition, ViewReader } from './log/views-port.ts'

export { addCost, costDimensions, isAmount, subtractCost } from './authority/cost.ts'
export type { Cost, CostBound, CostDimension } from './authority/cost.ts'
export {
  agreedTo,
  approvalBinds,
  approvalLifeMs,
  approvalStatement,
  hopeless,
  maxAnswers,
  maxWaitingApprovals,
  unfulfilled,
} from './authority/approval.ts'
export type { Agreed, Agreement, Answerers, Answering, ApprovalAnswer, Bound } from './authority/approval.ts'
export type { Operator, Operators } from './authority/operator.ts'
export type { EditedRequest } from './authority/events.ts'
export { labelMiss } from './authority/label-rule.ts'
export { effectClasses, isWithinClass } from './authority/effect-class.ts'
export type { EffectClass, Egress } from './authority/effect-class.ts'
export { declarationsProblem, factsProblem, factTypes, isFact, maxFactBytes, reservedFactPrefix } from './authority/fact-declarations.ts'
export { confidentialities, isMoreConfidential, joinLabels, labels, publicTrusted, splitLabel } from './authority/labels.ts'
export type { Confidentiality, Integrity, Label } from './authority/labels.ts'
export type {
  Fact,
  FactDeclaration,
  FactDeclarations,
  Facts,
  FactType,
  Obligation,
  PolicyAnswer,
  PolicyCondition,
  PolicyEngine,
  PolicyRequest,
  RuleExplanation,
  RuleId,
  Waiver,
} from './authority/policy-port.ts'

export { maxInlineResultBytes } from './action/driver-port.ts'
export type {
  ActionCatalog,
  Driver,
  JsonSchema,
  PerformContext,
  PrepareContext,
  PrepareRefusal,
  ProbeAnswer,
  Receipt,
  Recorded,
} from './action/driver-port.ts'
export { catalogBytes, readCatalog } from './action/recorded-catalog.ts'
export type { RecordedAction } from './action/recorded-catalog.ts'
export { createScrubber, minSecretChars, scrubbedText } from './action/secret-scrubber.ts'
export type { SecretScrubber } from './action/secret-scrubber.ts'
export type { Secrets } from './action/secrets-port.ts'
export { changesOutside, leavesRuntime, requestDigest } from './action/prepared-action.ts'
export type { ActionName, PreparedAction, Resource } from './action/prepared-action.ts'
export { isSecretShaped } from './action/secret-shaped.ts'
export type { FileState, Manifest, ReadBase, StagedChange } from './action/staged-change.ts'
export type { ApplyResult, Conflict, Workspace } from './action/workspace-port.ts'

export { agentKinds } from './authority/agent-identity.ts'
export type { AgentIdentity, AgentKind } from './authority/agent-identity.ts'
export type {
  AgentChannel,
  AgentEnd,
  AgentHost,
  AgentProposal,
  AgentSession,
  AgentStart,
  AgentStatement,
  DeliveredOutcome,
  Delivery,
} from './run/agent-port.ts'

export { builtinPolicy, describeBuiltinRule } from './authority/builtin-policy.ts'
export { budgetMiss, reservation } from './authority/budget.ts'
export type { Budget } from './authority/budget.ts'
export { grantMiss, malformedTerm, neverUsed, widerThan } from './authority/grant.ts'
export type { Grant, GrantMiss, GrantMoment, GrantUse } from './authority/grant.ts'
export type { GrantTerms } from './authority/grant-terms.ts'
export type { Rate } from './authority/grant-rate.ts'
export { findGrant, grantsOf } from './authority/grants.ts'
export type { FoundGrant, Grants, GrantsNow } from './authority/grants.ts'
export type { ActionRequest } from './authority/action-request.ts'
export type { Principal } from './authority/principal.ts'
export { decisionStages, refusalCodes } from './authority/refusal.ts'
export type { DecisionStage, Refusal, RefusalCode } from './authority/refusal.ts'
export {
  actionMatches,
  destinationMatches,
  isActionPattern,
  isResourcePattern,
  patternWithin,
  resourceMatches,
} from './authority/resource-pattern.ts'
export { decideSystem, isPublicKey, maxOperators, systemRejectionCodes } from './authority/decide-system.ts'
export type { SystemCommand, SystemDecision, SystemEvent, SystemOrder, SystemRejectionCode } from './authority/decide-system.ts'
export { evolveSystem, initialSystem, isLocked } from './authority/system.ts'
export type { HostSettings, SystemState } from './authority/system.ts'

export type { PreparedRecord } from './authority/prepared-record.ts'
export type { LentUse } from './authority/lending.ts'
export { maxChildren, maxDepth, maxLentGrants } from './authority/spawn-terms.ts'
export type { SpawnTerms } from './authority/spawn-terms.ts'

export { rejectionCodes } from './run/commands.ts'
export { brokenAssumption } from './run/assumptions.ts'
export type { BrokenAssumption } from './run/assumptions.ts'
export { policyRequest } from './run/authorize.ts'
export { isAnswered } from './run/decide-approval.ts'
export { maxGrants } from './run/decide-lifecycle.ts'
export { maxIdenticalRepeats } from './run/repetition.ts'
export type {
  AuthorityView,
  Decision,
  Inheritance,
  Preparation,
  Proofs,
  ProposedAction,
  RejectionCode,
  RunCommand,
  Settlement,
  SignedAnswer,
  UnaskedCode,
  UnaskedReport,
  StatedEnd,
  StatementEvent,
} from './run/commands.ts'
export { childEnd, childRequest } from './run/child-orders.ts'
export { decide } from './run/decide.ts'
export { nextRelease } from './run/decide-commit.ts'
export { maxRecoveries } from './run/decide-lifecycle.ts'
export { maxDeferredActions, maxMalformedProposals, maxOpenActions, waitsForCommit } from './run/decide-proposal.ts'
export { decodeBody, decodeEntry } from './run/decode.ts'
export { suspensionCauses } from './run/events.ts'
export type { Ceilings, Check, ContextItem, Parentage, Renewal, RunEvents, SuspensionCause } from './run/events.ts'
export { evolve } from './run/evolve.ts'
export { agentsOf } from './run/lineage.ts'
export { byteLaws } from './run/laws/log-laws.ts'
export { brokenKinLaw, kinLaws } from './run/laws/kin-laws.ts'
export type { KinLaw } from './run/laws/kin-laws.ts'
export { brokenLaw, laws } from './run/laws/laws.ts'
export { brokenStandingLaw, standingLaws } from './run/laws/standing-laws.ts'
export type { StandingLaw } from './run/laws/standing-laws.ts'
export { brokenSystemLaw, systemLaws } from './run/laws/system-laws.ts'
export type { SystemLaw } from './run/laws/system-laws.ts'
export type { ByteLaw, Law, Violation } from './run/laws/law.ts'
export { isPhaseEvent, phaseEvents, phases, transitionFor, transitions, undoablePhases } from './run/phases.ts'
export type { Outcome, Phase, PhaseEvent, Transition } from './run/phases.ts'
export { mergeConflict, stagedOver } from './run/merge-conflict.ts'
export type { Merging } from './run/merge-conflict.ts'
export { record } from './run/record.ts'
export type { Recording, RunTip } from './run/record.ts'
export { recordSystem } from './run/record-system.ts'
export type { SystemTip } from './run/record-system.ts'
export { approvalsView, isOpen, openApprovals } from './run/approval-summary.ts'
export type { ApprovalSummary } from './run/approval-summary.ts'
export { runsView } from './run/run-summary.ts'
export type { RunSummary } from './run/run-summary.ts'
export { actionKey, deferredAsks, hasChild, initialRun, isTerminated, openAction } from './run/run.ts'
export type {
  ActionStage,
  Allowance,
  Approval,
  Approved,
  AskedAction,
  Child,
  Commit,
  Decided,
  OpenAction,
  Run,
  RunPhase,
} from './run/run.ts'
export { stateHash, stateVersion } from './run/state-hash.ts'
export { views } from './run/views.ts'
export { categoryOf, checkEvent, isEventType, taxonomy, taxonomyVersion } from './run/taxonomy.ts'
export type { EventPayloads, EventType, IceEntry, IceEvent, NewEvent } from './run/taxonomy.ts'

export { describeMatch, matchProposal, recordedDeliveries, recordedProposals } from './replay/agent-replay.ts'
export type { ProposalMatch, RecordedDelivery, RecordedProposal, ReplayedProposal } from './replay/agent-replay.ts'
export { replayDecisions } from './replay/decision-replay.ts'
export type { DecisionReplay, Divergence, RecordedStanding } from './replay/decision-replay.ts'
