import {
  ada,
  answerOf,
  ask,
  askingNow,
  bea,
  cay,
  digestOf,
  executing,
  forRun,
  obliging,
  once,
  operatorsOf,
  propose,
  tell,
  toldRequest,
  viewWith,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory, Telling, ToldOperator, Wish } from '@ice-runtime/conformance'
import { approvalBinds, approvalStatement } from '@ice-runtime/kernel'
import type { ApprovalAnswer, Obligation, Operators, PolicyAnswer, Bound } from '@ice-runtime/kernel'
import { createHash } from 'node:crypto'

export const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
export const all: Operators = operatorsOf(ada, bea, cay)

/** What an order comes to: its events, or the code it is rejected with. */
export function comesTo(history: RunHistory, order: Order, telling: Telling = {}): unknown {
  const decision = ask(history, order, telling)
  return decision.ok
    ? decision.events.map((event) => `${event.type}${'code' in event.payload ? ` ${String(event.payload.code)}` : ''}`)
    : decision.code
}

/** A run in which people are asked, and where the question stands. */
export interface Asking {
  readonly history: RunHistory
  readonly approval: number
  readonly action: number
}

export function askedIn(answer: PolicyAnswer = obliging, operators: Operators = all): Asking {
  const history = wish(executing(), askingNow, { view: viewWith({ answer, operators }) })
  return { history, approval: history.run.seq, action: history.run.seq - 1 }
}

export type Obliging = Extract<PolicyAnswer, { effect: 'oblige' }>
export const oblige = (...obligations: readonly Obligation[]): Obliging => ({ effect: 'oblige', rules: ['told.cedar:7'], obligations })
export const ops = (count: number): Obligation => ({ type: 'approval', from: 'ops', count })
export const given = (history: RunHistory, who: ToldOperator, approval: number, answer: ApprovalAnswer = once): RunHistory =>
  tell(history, answerOf(history, who, { approval, answer }), { view: viewWith({ operators: all }) })
export const settle = (action: number): Order => ({ type: 'SettleApproval', action })
export const asking: Asking = askedIn()
export const agreed: RunHistory = given(asking.history, ada, asking.approval)
export const agreedForRun: RunHistory = tell(given(asking.history, ada, asking.approval, forRun), settle(asking.action))

/** A second request after an answer for the run, under what policy says then. */
export const again = (answer: Obliging, wished: Wish = askingNow): unknown =>
  comesTo(agreedForRun, propose(agreedForRun, wished), { view: viewWith({ answer, operators: all }) })
export const allowed: readonly string[] = ['ActionProposed', 'ActionAuthorized']
export const asked: readonly string[] = ['ActionProposed', 'ApprovalRequested']

export const bound: Bound = {
  run: toldRequest.agent.name as never,
  action: 3,
  request: digestOf('request'),
  policy: digestOf('policy'),
  grant: 2,
  obligations: [ops(1)],
}
export const binds = (change: object): boolean => approvalBinds({ ...bound, ...change }, sha256) === approvalBinds(bound, sha256)
export const statement = (change: object, answer: ApprovalAnswer = once): string =>
  approvalStatement({ run: bound.run, approval: 5, binds: bound.request, by: ada.subject, ...change }, answer)
