import { foldRun } from '@ice-runtime/ice/record'
import type { IceEntry } from '@ice-runtime/kernel'
import type { RecordedRun } from '../record/recorded-run.ts'
import { uncertainActions } from '../record/uncertain-actions.ts'
import type { UncertainAction } from '../record/uncertain-actions.ts'
import { titleOf } from '../story/action-names.ts'
import { createTeller } from '../story/tell.ts'
import type { StoryLine } from '../story/said.ts'

/** Why a run is where it is. */
export interface ExplainedRun {
  readonly phase: string
  readonly outcome: string | undefined
  readonly code: string | undefined
  /** The entries that brought it there, first cause first. */
  readonly because: readonly StoryLine[]
  readonly agentError: { readonly code: string; readonly message: string; readonly stack: string | undefined } | undefined
  readonly failedChecks: readonly { readonly name: string; readonly detail: string }[]
  /** What nobody knows the end of. */
  readonly uncertain: readonly UncertainAction[]
  readonly refused: readonly { readonly seq: number; readonly action: string; readonly target: string; readonly code: string }[]
}

/** Entries that can be the reason of an end, or of a wait. */
const deciding: ReadonlySet<IceEntry['type']> = new Set([
  'AgentFailed',
  'ValidationPassed',
  'ValidationFailed',
  'RunSuspended',
  'RunResumed',
  'RunRecovered',
  'RunQuarantined',
  'ActionUncertain',
  'ActionReconciled',
  'ActionWithheld',
  'RunCommitDecided',
  'ChangesUndone',
  'AbortStarted',
  'RunAborted',
  'RunTerminatedByRuntime',
  'RunCommitted',
])

export function explainRun({ id, entries }: RecordedRun): ExplainedRun {
  const folded = foldRun(id, entries)
  const { phase } = folded
  const teller = createTeller()
  const told = entries.map((entry) => ({ entry, line: teller.tell(entry) }))
  const failed = entries.find((entry) => entry.type === 'AgentFailed')
  const invalid = entries.find((entry) => entry.type === 'ValidationFailed')
  return {
    phase: phase.name,
    outcome: phase.name === 'terminated' ? phase.outcome : undefined,
    code: 'code' in phase && phase.code !== '' ? phase.code : undefined,
    because: told.filter(({ entry }) => deciding.has(entry.type)).flatMap(({ line }) => (line === undefined ? [] : [line])),
    agentError:
      failed === undefined ? undefined : { code: failed.payload.code, message: failed.payload.message, stack: failed.payload.stack },
    failedChecks: (invalid?.payload.checks ?? []).filter(({ passed }) => !passed).map(({ name, detail = '' }) => ({ name, detail })),
    uncertain: uncertainActions(folded),
    refused: entries.flatMap((entry) => (entry.type === 'ActionRefused' ? [refusalOf(entries, entry)] : [])),
  }
}

function refusalOf(entries: readonly IceEntry[], refused: Extract<IceEntry, { type: 'ActionRefused' }>): ExplainedRun['refused'][number] {
  const { action, code, prepared } = refused.payload
  const proposed = entries[action - 1]
  const title = proposed?.type === 'ActionProposed' ? titleOf(proposed, prepared?.resources) : { name: '', target: '' }
  return { seq: action, action: title.name, target: title.target, code }
}
