import type { Entry } from '../log/entry.ts'
import { entryId, splitEntryId } from '../log/ids.ts'
import type { EntryId, Seq } from '../log/ids.ts'
import type { Json } from '../log/json.ts'
import type { ViewDefinition, ViewReader } from '../log/views-port.ts'
import type { EffectClass } from '../authority/effect-class.ts'
import type { Obligation } from '../authority/policy-port.ts'
import { undoablePhases } from './phases.ts'
import { runsView } from './run-summary.ts'
import type { RunSummary } from './run-summary.ts'
import { isEventType } from './taxonomy.ts'
import type { IceEntry } from './taxonomy.ts'

/** A question to people in one row: what a list of open requests shows, over all runs. The whole of it is in the run's entries. */
export type ApprovalSummary = {
  readonly run: string
  /** `seq` of the `ApprovalRequested`: with the run it is the request's id. */
  readonly approval: Seq
  readonly action: Seq
  readonly request: string
  readonly binds: string
  readonly class: EffectClass
  readonly resources: readonly string[]
  readonly destinations: readonly string[]
  readonly obligations: readonly Obligation[]
  readonly rules: readonly string[]
  readonly deferred: boolean
  readonly askedAt: number
  readonly expires: number
  /** Who agreed, each once. */
  readonly given: readonly string[]
  /** Answers on record, late and repeated ones included. */
  readonly answers: number
  /** `open` until its final verdict; a run that ends before has asked in vain. */
  readonly state: 'open' | 'allowed' | 'refused'
}

type Row = ApprovalSummary & Json

export const approvalsView: ViewDefinition<Row> = {
  name: 'approvals',
  version: 1,
  key: (entry) => requestOf(entry),
  step: (summary, entry) => summarize(summary ?? unasked(entry), entry) as Row,
}

/** Requests of runs that can still use an answer, in the order of their runs. */
export function* openApprovals(views: ViewReader): Generator<ApprovalSummary> {
  for (let after: string | undefined; ;) {
    const page = views.list(approvalsView.name, { limit: pageSize, ...(after === undefined ? {} : { after }) })
    for (const { value } of page) if (isOpen(value as Row, views)) yield value as Row
    if (page.length < pageSize) return
    after = page.at(-1)?.key
  }
}

/** Rows of the view read at once. */
const pageSize = 1000

/** True while an answer can still have an effect. What has expired is refused as soon as its run can move. */
export function isOpen({ state, run }: ApprovalSummary, views: ViewReader): boolean {
  if (state !== 'open') return false
  const summary = views.get(runsView.name, run) as RunSummary | undefined
  return summary !== undefined && undoablePhases.includes(summary.phase)
}

/** The request an entry is about. A verdict names it as its second cause, and only one that was waited for has two. */
function requestOf(entry: Entry): EntryId | undefined {
  switch (entry.type) {
    case 'ApprovalRequested':
      return entryId(entry.stream, entry.seq)
    case 'ApprovalGiven':
    case 'ApprovalDenied':
    case 'ActionAuthorized':
    case 'ActionRefused': {
      const cause = entry.type.startsWith('Action') ? entry.causes[1] : entry.causes[0]
      return typeof cause === 'number' ? entryId(entry.stream, cause) : undefined
    }
    default:
      return undefined
  }
}

function unasked(entry: Entry): ApprovalSummary {
  const { seq } = splitEntryId(requestOf(entry) ?? entryId(entry.stream, entry.seq))
  return {
    run: entry.stream,
    approval: seq,
    action: seq,
    request: '',
    binds: '',
    class: 'irreversible',
    resources: [],
    destinations: [],
    obligations: [],
    rules: [],
    deferred: false,
    askedAt: entry.at,
    expires: entry.at,
    given: [],
    answers: 0,
    state: 'open',
  }
}

function summarize(summary: ApprovalSummary, entry: Entry): ApprovalSummary {
  if (!isEventType(entry.type)) return summary
  const known = entry as IceEntry
  switch (known.type) {
    case 'ApprovalRequested':
      return asked(summary, known)
    case 'ApprovalGiven':
      return { ...summary, answers: summary.answers + 1, given: withPerson(summary, known.payload.by, known.at) }
    case 'ApprovalDenied':
      return { ...summary, answers: summary.answers + 1 }
    case 'ActionAuthorized':
      return { ...summary, state: 'allowed' }
    case 'ActionRefused':
      return { ...summary, state: 'refused' }
    default:
      return summary
  }
}

function asked(summary: ApprovalSummary, { payload, at }: Extract<IceEntry, { type: 'ApprovalRequested' }>): ApprovalSummary {
  const { action, request, binds, prepared, obligations, rules, deferred = false, expires } = payload
  const { class: effectClass, resources, egress } = prepared
  const what = { class: effectClass, resources, destinations: egress?.destinations ?? [] }
  return { ...summary, action, request, binds, ...what, obligations, rules, deferred, askedAt: at, expires }
}

function withPerson({ given, state, expires }: ApprovalSummary, by: string, at: number): readonly string[] {
  return state !== 'open' || at >= expires || given.includes(by) ? given : [...given, by]
}
