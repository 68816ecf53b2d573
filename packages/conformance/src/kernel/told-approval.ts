import { openAction } from '@ice-runtime/kernel'
import type { ApprovalAnswer, AskedAction, AuthorityView, Obligation, PolicyAnswer } from '@ice-runtime/kernel'
import { askingNow, executing, lastProposal, tell, wish } from './run-history.ts'
import type { Order, RunHistory } from './run-history.ts'
import { answerOf } from './told-answer.ts'
import type { ToldOperator } from './told-operators.ts'

/** `seq` of the question asked last. */
export function approvalIn(history: RunHistory): number {
  return history.entries.findLast(({ type }) => type === 'ApprovalRequested')?.seq ?? 0
}

/** A run in which people are asked about something that it waits for. */
export interface ToldQuestion {
  readonly asked: RunHistory
  readonly approval: number
  readonly action: number
}

export function toldQuestion(): ToldQuestion {
  const asked = wish(executing(), askingNow)
  return { asked, approval: approvalIn(asked), action: lastProposal(asked) }
}

/** What people are asked about an action that waits. */
export function askedIn(history: RunHistory, action: number = lastProposal(history)): AskedAction {
  const stage = openAction(history.run, action)?.stage
  if (stage?.name !== 'asked') throw new Error(`#${action} waits for nobody`)
  return stage.asked
}

/** An operator's answer to the question asked last, or to another one. */
export function answerTo(history: RunHistory, who: ToldOperator, answer: ApprovalAnswer, approval: number = approvalIn(history)): Order {
  return answerOf(history, who, { approval, answer })
}

/** The history after the verdict on what was proposed last, or on another action. */
export function settledApproval(history: RunHistory, view?: AuthorityView, action: number = lastProposal(history)): RunHistory {
  return tell(history, { type: 'SettleApproval', action }, view === undefined ? {} : { view })
}

/** What a policy says that lets people decide. */
export function obliges(...obligations: readonly Omit<Obligation, 'type'>[]): Extract<PolicyAnswer, { effect: 'oblige' }> {
  return { effect: 'oblige', rules: ['told.cedar:9'], obligations: obligations.map((each) => ({ type: 'approval', ...each })) }
}
