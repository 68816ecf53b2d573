import { leavesRuntime } from '../../action/prepared-action.ts'
import { openAction } from '../run.ts'
import type { ActionStage, Run } from '../run.ts'
import { waitsForCommit } from '../decide-proposal.ts'
import { unattributed } from '../decide-settlement.ts'
import type { IceEntry } from '../taxonomy.ts'
import { hostLaws } from './host-laws.ts'
import type { Law } from './law.ts'

const outcomes = ['ActionSucceeded', 'ActionFailed', 'ActionUncertain'] as const

export const actionLaws: readonly Law[] = [
  {
    id: 'action.one_verdict',
    sentence: 'A proposal has one final verdict; what directly follows it is that, or the question to people that it waits for.',
    concerns: ['ActionAuthorized', 'ActionRefused', 'ApprovalRequested'],
    broken: (before, entry) => {
      const action = actionOf(entry)
      const stage = stageOf(before, action)
      if (stage === 'asked' && entry.type !== 'ApprovalRequested') return undefined
      if (stage !== 'proposed') return `#${action} has its verdict`
      return before.seq === action ? undefined : `#${action} was proposed earlier`
    },
  },
  {
    id: 'action.verdict_first',
    sentence:
      'Nothing is done, sent or recorded as done without an authorization before it, save what a host that was not held back reports, or kept.',
    concerns: ['ActionDispatched', ...outcomes, 'ActionWithheld'],
    broken: (before, entry) => {
      const stage = stageOf(before, actionOf(entry))
      const isOutcome = outcomes.some((type) => type === entry.type)
      if ((stage === 'observed' || stage === 'imported') && isOutcome) return undefined
      return stage === undefined || stage === 'proposed' || stage === 'asked' || stage === 'observed' || stage === 'imported'
        ? `#${actionOf(entry)} is ${stage ?? 'not under way'}`
        : undefined
    },
  },
  {
    id: 'action.phase',
    sentence: 'An action is authorized only while its run is executing, or validating where it waited for people.',
    concerns: ['ActionAuthorized'],
    broken: (before, entry) => {
      const { name } = before.phase
      const hasWaited = name === 'validating' && stageOf(before, actionOf(entry)) === 'asked'
      return name === 'executing' || hasWaited ? undefined : `authorized while ${name}`
    },
  },
  {
    id: 'action.approved',
    sentence:
      'What people were asked about is authorized only as enough of them agreed to it, none refused, and before it expires; anything else rests on no answer but one for the run.',
    concerns: ['ActionAuthorized'],
    broken: (before, entry) => (entry.type === 'ActionAuthorized' ? unapproved(before, entry) : undefined),
  },
  {
    id: 'approval.bound',
    sentence: 'An answer is to a request of its run, and to exactly what that request binds.',
    concerns: ['ApprovalGiven', 'ApprovalDenied'],
    broken: (before, entry) => {
      if (entry.type !== 'ApprovalGiven' && entry.type !== 'ApprovalDenied') return undefined
      const { approval, binds } = entry.payload
      const known = before.approvals.get(String(approval))
      if (known === undefined) return `#${approval} asks nobody`
      return known.binds === binds ? undefined : `#${approval} binds something else`
    },
  },
  {
    id: 'action.durable_departure',
    sentence: 'What leaves the runtime is recorded as dispatched before its outcome.',
    concerns: ['ActionSucceeded', 'ActionUncertain'],
    broken: (before, entry) => {
      const stage = openAction(before, actionOf(entry))?.stage
      if (stage?.name !== 'authorized') return undefined
      return leavesRuntime(stage.decided.prepared) ? `#${actionOf(entry)} left unrecorded` : undefined
    },
  },
  {
    id: 'action.settled_once',
    sentence: 'An action has one outcome.',
    concerns: outcomes,
    broken: (before, entry) => {
      const stage = stageOf(before, actionOf(entry))
      return stage === 'authorized' || stage === 'dispatched' || stage === 'deferred' || stage === 'observed' || stage === 'imported'
        ? undefined
        : `#${actionOf(entry)} has ended`
    },
  },
  {
    id: 'action.resend_keyed',
    sentence: 'Only what repeats safely, or reads, is sent a second time.',
    concerns: ['ActionDispatched'],
    broken: (before, entry) => {
      if (entry.type !== 'ActionDispatched') return undefined
      const stage = openAction(before, entry.payload.action)?.stage
      if (stage?.name !== 'dispatched') return entry.payload.attempt === 1 ? undefined : 'the attempts have a gap'
      if (entry.payload.attempt !== stage.attempt + 1) return 'the attempts have a gap'
      return stage.decided.prepared.class === 'irreversible' ? `#${entry.payload.action} is irreversible` : undefined
    },
  },
  {
    id: 'action.deferred',
    sentence: 'An external change waits for the commit, unless it was asked for at once or a host performs it.',
    concerns: ['ActionAuthorized'],
    broken: (before, entry) => {
      if (entry.type !== 'ActionAuthorized') return undefined
      const asked = openAction(before, entry.payload.action) ?? {}
      const waits = waitsForCommit(entry.payload.prepared, asked)
      return waits === (entry.payload.deferred ?? false) ? undefined : 'deferred against its class'
    },
  },
  {
    id: 'action.staged_changes',
    sentence: 'Only a staged action changes the staged tree.',
    concerns: ['ActionSucceeded'],
    broken: (before, entry) => {
      if (entry.type !== 'ActionSucceeded' || entry.payload.changes === undefined) return undefined
      const stage = openAction(before, entry.payload.action)?.stage
      return stage?.name === 'authorized' && stage.decided.prepared.class === 'staged'
        ? undefined
        : 'changes of an action that is not staged'
    },
  },
  {
    id: 'action.after',
    sentence: 'A proposal follows no more outcomes than there have been.',
    concerns: ['ActionProposed'],
    broken: (before, entry) =>
      entry.type === 'ActionProposed' && entry.payload.after > before.ended ? `after ${entry.payload.after} of ${before.ended}` : undefined,
  },
  {
    id: 'action.reconciled',
    sentence: 'Only an uncertain action is reconciled, by a probe or by an operator who says why.',
    concerns: ['ActionReconciled'],
    broken: (before, entry) => {
      if (entry.type !== 'ActionReconciled') return undefined
      if (stageOf(before, actionOf(entry)) !== 'uncertain') return `#${actionOf(entry)} is not uncertain`
      if ((entry.payload.how === 'operator') !== (entry.origin === 'operator'))
        return `${entry.origin} cannot say what ${entry.payload.how} found`
      return unattributed(entry.payload)
    },
  },
  ...hostLaws,
]

function unapproved(before: Run, { at, payload }: Extract<IceEntry, { type: 'ActionAuthorized' }>): string | undefined {
  const stage = openAction(before, payload.action)?.stage
  if (stage?.name !== 'asked') {
    const isKnown = payload.approval === undefined || before.allowances.some(({ approval }) => approval === payload.approval)
    return isKnown ? undefined : `#${payload.approval} was not answered for the run`
  }
  const { agreed, denied, expires, approval, obligations, request } = stage.asked
  if (denied) return `#${approval} was denied`
  const people = agreed.filter(({ edited }) => (edited?.request ?? request) === payload.request)
  const needed = Math.max(1, ...obligations.map(({ count }) => count))
  if (people.length < needed) return `#${approval} has ${people.length} of ${needed} answers to what is authorized`
  return at < expires ? undefined : `#${approval} has expired`
}

function actionOf(entry: IceEntry): number {
  return 'action' in entry.payload && typeof entry.payload.action === 'number' ? entry.payload.action : 0
}

function stageOf(run: Run, action: number): ActionStage['name'] | undefined {
  return openAction(run, action)?.stage.name
}
