import type { Order, RunHistory } from './run-history.ts'
import { ask, emptyHistory, tell } from './run-history.ts'
import { ordersAt } from './every-order.ts'

/** What ends a run early, or only repeats: chosen less often, so that most walks see a whole life. */
const rare: ReadonlySet<string> = new Set(['AbortRun', 'TerminateRun', 'SuspendRun', 'RecoverRun', 'RevokeGrant', 'UndoChanges', 'WithholdReleases'])
const ordinaryWeight = 6

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
    const order = chosen(possible, number)
    if (order === undefined) return history
    seen?.({ before: history, possible, order })
    return tell(history, order, { afterMs: number % 3 })
  }, emptyHistory())
}

/** By type first and then within the type, so that many variants of one order do not drown the others. */
function chosen(possible: readonly Order[], number: number): Order | undefined {
  const types = [...new Set(possible.map((order) => order.type))]
  const ballot = types.flatMap((type) => Array.from({ length: rare.has(type) ? 1 : ordinaryWeight }, () => type))
  const type = ballot[number % ballot.length]
  const orders = possible.filter((order) => order.type === type)
  return orders[Math.floor(number / ballot.length) % Math.max(1, orders.length)]
}
