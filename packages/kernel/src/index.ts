export { canonicalize, maxJsonDepth } from './log/canonical.ts'
export { assert, faultCodes, IceError, unreachable } from './log/errors.ts'
export type { FaultCode } from './log/errors.ts'
export type {
  BlobRef,
  Cause,
  EncryptedField,
  Entry,
  EntryBody,
  Origin,
  SealedEntry,
  Sha256,
  StoredEntry,
  StreamHead,
} from './log/entry.ts'
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
export type {
  Appending,
  AppendOutcome,
  AppendRequest,
  LogReader,
  LogWriter,
  ReadRange,
  StreamExpectation,
} from './log/log-port.ts'
export { emptyMap } from './log/persistent-map.ts'
export type { PersistentMap } from './log/persistent-map.ts'
export { emptyHead, entryHash, genesisHash, sameBytes, seal } from './log/seal.ts'
export type { SealContext } from './log/seal.ts'
export type { Store, StoreReader } from './log/store-port.ts'
export { maxJsonChars, parseStrictJson, parseStrictJsonBytes } from './log/strict-json.ts'
export type { StrictJsonLimits } from './log/strict-json.ts'
export { emptyTree, growTree, treeRoot } from './log/tree.ts'
export type { TreeEdge } from './log/tree.ts'
export type { ViewDefinition, ViewReader } from './log/views-port.ts'

export { addCost, costDimensions, isAmount, subtractCost } from './authority/cost.ts'
export type { Cost, CostBound, CostDimension } from './authority/cost.ts'
export { effectClasses, isWithinClass } from './authority/effect-class.ts'
export type { EffectClass, Egress } from './authority/effect-class.ts'
export { joinLabels, labels, publicTrusted, splitLabel } from './authority/labels.ts'
export type { Confidentiality, Integrity, Label } from './authority/labels.ts'
export type { Fact, Facts, Obligation, PolicyAnswer, PolicyEngine, PolicyRequest, RuleId } from './authority/policy-port.ts'

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
export { isDeferred, leavesRuntime, requestDigest } from './action/prepared-action.ts'
export type { ActionName, PreparedAction, Resource } from './action/prepared-action.ts'
export type { FileState, Manifest, ReadBase, StagedChange } from './action/staged-change.ts'
export type { ApplyResult, Conflict, Workspace } from './action/workspace-port.ts'

export type {
  AgentChannel,
  AgentEnd,
  AgentHost,
  AgentIdentity,
  AgentKind,
  AgentProposal,
  AgentSession,
  AgentStart,
  AgentStatement,
  DeliveredOutcome,
  Delivery,
} from './run/agent-port.ts'
