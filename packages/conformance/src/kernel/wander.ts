import type { Order, RunHistory } from './run-history.ts'
import { ask, emptyHistory, tell } from './run-history.ts'
import { ordersAt } from './every-order.ts'

/** What ends a run early, or only repeats: chosen less often, so that most walks see a whole life. */
const rare: ReadonlySet<string> = new Set([
  'AbortRun',
  'TerminateRun',
  'SuspendRun',
  'RecoverRun',
  'RevokeGrant',
  'GrantCapability',
  'Declassify',
  'ExpireApproval',
  'WithholdReleases',
])
const ordinaryWeight = 8

/** A step of a walk: where it stood, all that could have been said there, and what was. */
export interface Step {
  readonly before: RunHistory
  readonly possible: readonly Order[]
  readonly order: Order
}

/**
 * Walks from the empty history, choosing at each number of the tape among the orders that `decide` accepts there. The same tape
 * walks the same way, and a shorter tape a shorter one, so that a property's failure shrinks.
 */
export function wander(tape: readonly number[], seen?: (step: Step) => void): RunHistory {
  return tape.reduce((history, number) => {
    const possible = Object.values(ordersAt(history)).flatMap((orders) => orders.filter((order) => ask(history, order).ok))
    const order = chosen(
      possible.filter((each) => isTimely(each, history)),
      number,
    )
    if (order === undefined) return history
    seen?.({ before: history, possible, order })
    return tell(history, order, order.type === 'ExpireApproval' ? {} : { afterMs: number % 3 })
  }, emptyHistory())
}

/** A late answer is always possible and changes nothing: a walk that gave many would get nowhere. */
function isTimely(order: Order, { run }: RunHistory): boolean {
  return order.type !== 'AnswerApproval' || run.waiting.length > 0
}

/** By kind first and then within the kind, so that many variants of one order do not drown the others. */
function chosen(possible: readonly Order[], number: number): Order | undefined {
  const kinds = [...new Set(possible.map(kindOf))]
  const ballot = kinds.flatMap((kind) => Array.from({ length: isRare(kind) ? 1 : ordinaryWeight }, () => kind))
  const kind = ballot[number % ballot.length]
  const orders = possible.filter((order) => kindOf(order) === kind)
  return orders[Math.floor(number / ballot.length) % Math.max(1, orders.length)]
}

function kindOf(order: Order): string {
  return endsEarly(order) ? `${order.type} that ends early` : order.type
}

function isRare(kind: string): boolean {
  return rare.has(kind) || kind.endsWith('early')
}

function endsEarly(order: Order): boolean {
  if (order.type === 'EndAgent') return order.end.type === 'failed'
  if (order.type === 'RecordValidation') return order.checks.some((check) => !check.passed)
  if (order.type === 'DecideCommit') return order.conflicts.length > 0
  return order.type === 'SettleAction' && order.settlement.type === 'uncertain'
}
