export { argumentFacts, factShapes, shapeDeclarations } from './argument-facts.ts'
export type { FactShape } from './argument-facts.ts'
export { createCatalog, isActionName, maxCatalogActions } from './catalog.ts'
export { defineEffect } from './define-effect.ts'
export { defaultDeadlineMs, maxDeadlineMs } from './effect-definition.ts'
export type { EffectContext, EffectDefinition, EffectProbe, EffectReceipt, FromArgs } from './effect-definition.ts'
export { maxTreeEntries } from './files/changing-drivers.ts'
export { maxWriteBytes } from './files/file-args.ts'
export type { FileDriverOptions } from './files/file-driver.ts'
export { fileDrivers } from './files/file-drivers.ts'
export { maxListEntries, maxReadBytes, unwalkedDirectories } from './files/reading-drivers.ts'
export { escapeControls, renderDiff } from './files/render-diff.ts'
export { maxSearchMatches } from './files/search-driver.ts'
export { stagedTree, treeBelow } from './files/staged-tree.ts'
export type { Glance, StagedTree } from './files/staged-tree.ts'
export { openVolatileWorkspace } from './files/volatile-workspace.ts'
export { openWorkspace } from './files/workspace.ts'
export { ledgerDrivers } from './ledger/ledger-drivers.ts'
export { readLedger } from './ledger/ledger-file.ts'
export type { LedgerRecord } from './ledger/ledger-file.ts'
export { defaultOutputTokens, modelDriver } from './model/model-driver.ts'
export type { ModelDriverOptions } from './model/model-driver.ts'
export type { Fetch, Timers } from './model/http-exchange.ts'
export { malformedCodes, modelFinishes } from './model/model-provider.ts'
export type {
  MalformedCode,
  ModelContext,
  ModelFinish,
  ModelMessage,
  ModelPrice,
  ModelProvider,
  ModelReply,
  ModelRequest,
  ModelTool,
  ModelToolCall,
  ModelUsage,
} from './model/model-provider.ts'
export { maxReplyBytes, openaiProvider } from './model/openai-provider.ts'
export type { OpenAiOptions } from './model/openai-provider.ts'
export { scriptedProvider } from './model/scripted-provider.ts'
export { maxArgumentBytes } from './prepare-effect.ts'
export { maxRandomBytes, randomDriver } from './random-driver.ts'
export { defaultChildSteps, spawnDriver } from './spawn-driver.ts'
export type { SpawnDriverOptions } from './spawn-driver.ts'
export { timeDriver } from './time-driver.ts'
