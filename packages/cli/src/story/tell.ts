import type { Check, IceEntry } from '@ice-runtime/kernel'
import { obligationText } from '../approvals/obligation-text.ts'
import type { Tone } from '../terminal/terminal.ts'
import { countText, grouped, timeText, visible } from '../terminal/text.ts'
import { aboutChild } from './child-story.ts'
import type { Said, StoryLine } from './said.ts'
import { titleOf } from './action-names.ts'
import type { ActionTitle } from './action-names.ts'

/** Tells entries one after the other, as they are read or as they become durable. */
export interface Teller {
  /** Undefined for an entry that says nothing to a person. */
  tell(entry: IceEntry): StoryLine | undefined
}

interface Remembered {
  readonly proposed: Extract<IceEntry, { type: 'ActionProposed' }>
  readonly title: ActionTitle
  readonly leaves: boolean
}

const maxDetailChars = 160

export function createTeller(): Teller {
  const actions = new Map<number, Remembered>()
  /** Actions by the `seq` of the question about them. */
  const asked = new Map<number, number>()
  const about = (action: number): string => {
    const found = actions.get(action)
    return found === undefined ? `#${action}` : `${found.title.name}  ${found.title.target}`.trimEnd()
  }
  return {
    tell: (entry) => {
      remember(actions, entry)
      if (entry.type === 'ApprovalRequested') asked.set(entry.seq, entry.payload.action)
      const leaves = (action: number): boolean => actions.get(action)?.leaves === true
      const aboutRequest = (approval: number): string => about(asked.get(approval) ?? 0)
      const said = aboutApproval(entry, aboutRequest) ?? aboutAction(entry, { about, leaves }) ?? aboutRun(entry)
      const action = subjectOf(entry, asked)
      return said === undefined ? undefined : { about: '', detail: '', seq: entry.seq, at: entry.at, ...action, ...said }
    },
  }
}

function subjectOf({ type, payload }: IceEntry, asked: ReadonlyMap<number, number>): Pick<StoryLine, 'action'> {
  const about = 'approval' in payload && type.startsWith('Approval') ? asked.get(payload.approval ?? 0) : undefined
  if (about !== undefined) return { action: about }
  if (type === 'ApprovalRequested') return { action: payload.action }
  return type.startsWith('Action') && 'action' in payload && typeof payload.action === 'number' ? { action: payload.action } : {}
}

export function tellAll(entries: readonly IceEntry[]): readonly StoryLine[] {
  const teller = createTeller()
  return entries.map((entry) => teller.tell(entry)).filter((line) => line !== undefined)
}

function remember(actions: Map<number, Remembered>, entry: IceEntry): void {
  if (entry.type === 'ActionProposed') {
    actions.set(entry.seq, { proposed: entry, title: titleOf(entry, undefined), leaves: false })
    return
  }
  if (entry.type === 'ActionDispatched') return change(actions, entry.payload.action, { leaves: true })
  if (entry.type !== 'ActionAuthorized' && entry.type !== 'ActionRefused' && entry.type !== 'ApprovalRequested') return
  const found = actions.get(entry.payload.action)
  const resources = entry.payload.prepared?.resources
  if (found !== undefined && resources !== undefined)
    actions.set(entry.payload.action, { ...found, title: titleOf(found.proposed, resources) })
}

function change(actions: Map<number, Remembered>, action: number, to: Partial<Remembered>): void {
  const found = actions.get(action)
  if (found !== undefined) actions.set(action, { ...found, ...to })
}

interface Actions {
  about(action: number): string
  leaves(action: number): boolean
}

function aboutAction(entry: IceEntry, actions: Actions): Said | undefined {
  switch (entry.type) {
    case 'ActionProposed':
      // All others are told with their verdict, which these have none of.
      return entry.origin === 'import'
        ? { word: 'imported', tone: 'faint', about: actions.about(entry.seq), detail: statedText(entry.payload.statedAt) }
        : undefined
    case 'ActionAuthorized': {
      const { action, grant, deferred, prepared, approval, edited } = entry.payload
      const waits = deferred === true ? ', waits for the commit' : ''
      const people = approval === undefined ? '' : `, approved${edited === true ? ' as edited' : ''} (#${approval})`
      return {
        word: 'allowed',
        tone: 'good',
        about: actions.about(action),
        detail: `by grant #${grant}, ${prepared.class}${people}${waits}`,
      }
    }
    case 'ActionRefused': {
      const { action, code, rules = [], detail = '', observed } = entry.payload
      const why = rules.length > 0 ? rules.join(', ') : detail
      // A host that was not held back may have done it all the same.
      const said = observed === true ? ({ word: 'passed over', tone: 'warn' } as const) : ({ word: 'refused', tone: 'bad' } as const)
      return { ...said, about: actions.about(action), detail: visible(`${code}  ${why}`.trimEnd(), maxDetailChars) }
    }
    case 'ActionSucceeded':
      // Nobody but the host has seen it.
      if (entry.payload.reported === true)
        return { word: 'reported', tone: 'faint', about: actions.about(entry.payload.action), detail: 'done' }
      return actions.leaves(entry.payload.action)
        ? { word: 'done', tone: 'good', about: actions.about(entry.payload.action), detail: costText(entry.payload.cost) }
        : undefined
    case 'ActionFailed':
      return entry.payload.reported === true
        ? outcome('reported', 'faint', { entry, actions })
        : outcome('failed', 'warn', { entry, actions })
    case 'ActionUncertain':
      return outcome('uncertain', 'bad', { entry, actions })
    case 'ActionReconciled':
      return {
        word: 'reconciled',
        tone: 'warn',
        about: actions.about(entry.payload.action),
        detail: reconciledText(entry.payload),
      }
    case 'ActionCompensated':
      return { word: 'taken back', tone: 'warn', about: actions.about(entry.payload.action) }
    case 'ActionWithheld':
      return { word: 'withheld', tone: 'warn', about: actions.about(entry.payload.action), detail: visible(entry.payload.code) }
    default:
      return undefined
  }
}

function statedText(statedAt: number | undefined): string {
  return statedAt === undefined ? '' : `of ${timeText(statedAt)}`
}

/** What people were asked, and what they said. */
function aboutApproval(entry: IceEntry, about: (approval: number) => string): Said | undefined {
  switch (entry.type) {
    case 'ApprovalRequested': {
      const { obligations, deferred } = entry.payload
      const needs = obligations.map(obligationText).join('; ')
      const later = deferred === true ? ', its agent goes on' : ''
      return { word: 'asks', tone: 'warn', about: about(entry.seq), detail: visible(`needs ${needs}${later}`, maxDetailChars) }
    }
    case 'ApprovalGiven': {
      const { approval, by, scope, edited } = entry.payload
      const how = `${edited === undefined ? '' : ' as edited'}${scope === 'run' ? ', for the run' : ''}`
      return { word: 'approved', tone: 'good', about: about(approval), detail: `by ${by}${how}` }
    }
    case 'ApprovalDenied':
      return { word: 'denied', tone: 'bad', about: about(entry.payload.approval), detail: `by ${entry.payload.by}` }
    case 'ApprovalExpired':
      return { word: 'expired', tone: 'warn', about: about(entry.payload.approval), detail: 'not enough people answered in time' }
    default:
      return undefined
  }
}

function reconciledText({ found, how, by, reason }: Extract<IceEntry, { type: 'ActionReconciled' }>['payload']): string {
  const known = how === 'probe' ? 'as a probe found' : `says ${by ?? 'nobody'}: ${reason ?? ''}`
  return visible(`${found.replace('_', ' ')}, ${known}`, maxDetailChars)
}

interface Outcome {
  readonly entry: Extract<IceEntry, { type: 'ActionFailed' | 'ActionUncertain' }>
  readonly actions: Actions
}

function outcome(word: string, tone: Tone, { entry, actions }: Outcome): Said {
  const { action, code, message } = entry.payload
  return { word, tone, about: actions.about(action), detail: visible(`${code}  ${message}`, maxDetailChars) }
}

function aboutRun(entry: IceEntry): Said | undefined {
  switch (entry.type) {
    case 'ExecutionStarted':
      return { word: 'executing', tone: 'strong' }
    case 'PlanStated':
    case 'AssumptionDeclared':
    case 'UncertaintyDeclared':
      return { word: 'says', tone: 'faint', detail: visible(entry.payload.text, maxDetailChars) }
    case 'InferenceCompleted':
      return entry.payload.code === undefined
        ? undefined
        : { word: 'misspoke', tone: 'warn', about: 'the model', detail: visible(entry.payload.code) }
    case 'AgentFailed':
      return {
        word: 'failed',
        tone: 'bad',
        about: 'the agent',
        detail: visible(`${entry.payload.code}  ${entry.payload.message}`, maxDetailChars),
      }
    case 'LabelDeclassified': {
      const { from, to, reason } = entry.payload
      return { word: 'declassified', tone: 'warn', about: `${from} → ${to}`, detail: visible(reason, maxDetailChars) }
    }
    case 'CapabilityRevoked':
      return { word: 'revoked', tone: 'warn', about: visible(entry.payload.grant), detail: visible(entry.payload.reason, maxDetailChars) }
    case 'RunSuspended':
    case 'RunResumed':
    case 'RunRecovered':
    case 'RunQuarantined':
      return aboutHolding(entry)
    case 'ChildSpawned':
    case 'ChildEnded':
    case 'ActionInherited':
    case 'RunMerged':
      return aboutChild(entry)
    default:
      return aboutEnding(entry)
  }
}

type Holding = Extract<IceEntry, { type: 'RunSuspended' | 'RunResumed' | 'RunRecovered' | 'RunQuarantined' }>

function aboutHolding(entry: Holding): Said {
  switch (entry.type) {
    case 'RunSuspended':
      return {
        word: 'suspended',
        tone: 'warn',
        detail: visible(`${entry.payload.cause}  ${entry.payload.detail ?? ''}`.trimEnd(), maxDetailChars),
      }
    case 'RunResumed':
      return { word: 'resumed', tone: 'strong', detail: `by ${visible(entry.payload.by)}` }
    case 'RunRecovered':
      return { word: 'recovered', tone: 'warn', detail: `by a later runtime, attempt ${entry.payload.attempt}` }
    case 'RunQuarantined':
      return { word: 'quarantined', tone: 'bad', detail: `after ${countText(entry.payload.attempts, 'attempt')}` }
  }
}

function aboutEnding(entry: IceEntry): Said | undefined {
  switch (entry.type) {
    case 'ValidationStarted':
      return { word: 'validating', tone: 'strong' }
    case 'ValidationPassed':
      return { word: 'valid', tone: 'good', about: checksText(entry.payload.checks) }
    case 'ValidationFailed':
      return { word: 'invalid', tone: 'bad', about: checksText(entry.payload.checks), detail: failedText(entry.payload.checks) }
    case 'RunCommitDecided': {
      const { changesCount, releases } = entry.payload
      return {
        word: 'committing',
        tone: 'strong',
        about: `${countText(changesCount, 'change')}, ${countText(releases.length, 'release')}`,
        detail: 'from here it only goes forward',
      }
    }
    case 'ChangeApplied':
      return { word: 'applied', tone: 'good', about: visible(entry.payload.path) }
    case 'ChangesUndone':
      return { word: 'undone', tone: 'bad', about: countText(entry.payload.paths.length, 'change'), detail: conflictText(entry.payload) }
    case 'RunCommitted':
      return { word: 'committed', tone: 'good', detail: entry.payload.releases === 'none' ? '' : `releases ${entry.payload.releases}` }
    case 'AbortStarted': {
      const { code, detail = '', by } = entry.payload
      return { word: 'aborting', tone: 'bad', detail: visible(`${code}  ${detail}  by ${by}`.replaceAll('    ', '  '), maxDetailChars) }
    }
    case 'RunAborted':
      return { word: 'aborted', tone: 'bad', detail: leftText(entry.payload.left.length) }
    case 'RunTerminatedByRuntime':
      return {
        word: 'terminated',
        tone: 'bad',
        detail: visible(`${entry.payload.code}  ${entry.payload.detail ?? ''}`.trimEnd(), maxDetailChars),
      }
    default:
      return undefined
  }
}

function leftText(count: number): string {
  return count === 0
    ? 'the workspace is as it was, and nothing had left'
    : `the workspace is as it was; ${countText(count, 'effect')} had left`
}

function conflictText({ code, conflict }: { readonly code: string; readonly conflict?: { readonly path: string } }): string {
  return visible(conflict === undefined ? code : `${code}  ${conflict.path} was changed by somebody else`)
}

export function checksText(checks: readonly Check[]): string {
  return checks.map(({ name, passed }) => `${visible(name)} ${passed ? 'ok' : 'failed'}`).join(', ')
}

function failedText(checks: readonly Check[]): string {
  return visible(
    checks
      .filter(({ passed }) => !passed)
      .map(({ name, detail = '' }) => `${name}: ${detail}`)
      .join('; '),
    maxDetailChars,
  )
}

export function costText(
  cost: { readonly tokens?: number; readonly moneyMicro?: number; readonly sizeBytes?: number; readonly computeMs?: number } | undefined,
): string {
  if (cost === undefined) return ''
  const { tokens, moneyMicro, sizeBytes, computeMs } = cost
  return [
    tokens === undefined ? undefined : countText(tokens, 'token'),
    moneyMicro === undefined ? undefined : `money ${moneyText(moneyMicro)}`,
    sizeBytes === undefined ? undefined : countText(sizeBytes, 'byte'),
    computeMs === undefined ? undefined : `${grouped(computeMs)} ms of compute`,
  ]
    .filter((part) => part !== undefined)
    .join(', ')
}

/** Millionths as a number of the account's currency, without zeros that say nothing. */
function moneyText(micro: number): string {
  const fraction = String(micro % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return `${grouped(Math.floor(micro / 1_000_000))}${fraction === '' ? '' : `.${fraction}`}`
}
