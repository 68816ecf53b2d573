import { isTerminated } from '@ice-runtime/kernel'
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
  'WithholdReleases',
])
/** What makes a run worth ending: chosen more often, so that most walks have something to commit. */
const eager: ReadonlySet<string> = new Set(['ProposeAction', 'DispatchAction', 'SettleAction', 'SettleApproval', 'ReleaseAction'])
const ordinaryWeight = 8
const eagerWeight = 24

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
    // What is left to say of a run that has ended is said once by shorter walks.
    if (isTerminated(history.run)) return history
    const possible = Object.values(ordersAt(history)).flatMap((orders) => orders.filter((order) => ask(history, order).ok))
    const order = chosen(
      history,
      possible.filter((each) => isOfWalk(each, tape)),
      number,
    )
    if (order === undefined) return history
    seen?.({ before: history, possible, order })
    return tell(history, order, order.type === 'ExpireApproval' ? {} : { afterMs: number % 3 })
  }, emptyHistory())
}

/** Every other walk asks nobody: what waits for people keeps a run from its commit. */
function isOfWalk(order: Order, [first = 0]: readonly number[]): boolean {
  return first % 2 === 0 || order.type !== 'ProposeAction' || order.proposed.action !== 'mail.ask'
}

/** By kind first and then within the kind, so that many variants of one order do not drown the others. */
function chosen({ run }: RunHistory, possible: readonly Order[], number: number): Order | undefined {
  const kinds = [...new Set(possible.map(kindOf))]
  const ballot = kinds.flatMap((kind) =>
    Array.from({ length: weightOf(kind, run.phase.name === 'executing' || run.phase.name === 'committing') }, () => kind),
  )
  const kind = ballot[number % ballot.length]
  const orders = possible.filter((order) => kindOf(order) === kind)
  return orders[Math.floor(number / ballot.length) % Math.max(1, orders.length)]
}

function kindOf(order: Order): string {
  return endsEarly(order) ? `${order.type} that ends early` : order.type
}

function weightOf(kind: string, isActing: boolean): number {
  if (rare.has(kind) || kind.endsWith('early')) return 1
  return isActing && eager.has(kind) ? eagerWeight : ordinaryWeight
}

function endsEarly(order: Order): boolean {
  if (order.type === 'EndAgent') return order.end.type === 'failed'
  if (order.type === 'RecordValidation') return order.checks.some((check) => !check.passed)
  if (order.type === 'DecideCommit') return order.conflicts.length > 0
  return order.type === 'SettleAction' && order.settlement.type === 'uncertain'
}
