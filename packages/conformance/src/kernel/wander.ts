import { isTerminated } from '@ice-runtime/kernel'
import type { Run } from '@ice-runtime/kernel'
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
])
/** What makes a run worth ending: chosen more often, so that most walks have something to commit. */
const eager: ReadonlySet<string> = new Set([
  'ProposeAction',
  'DispatchAction',
  'SettleAction',
  'SettleApproval',
  'ReleaseAction',
  'SpawnChild',
  'EndChild',
])
const ordinaryWeight = 8
/** One walk in a few is that of a child, which merges and never commits. */
const childRequest = 'RequestRun of a child'
const childWeight = 2
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

/** Every other walk asks nobody, and one in three starts children: what waits for others keeps a run from its commit. */
function isOfWalk(order: Order, [first = 0]: readonly number[]): boolean {
  if (order.type !== 'ProposeAction') return true
  const { action } = order.proposed
  return action === 'mail.ask' ? first % 2 === 0 : action !== 'agent.spawn' || first % 3 === 0
}

/** By kind first and then within the kind, so that many variants of one order do not drown the others. */
function chosen({ run }: RunHistory, possible: readonly Order[], number: number): Order | undefined {
  const kindOf = (order: Order): string => kindIn(run, order)
  const kinds = [...new Set(possible.map(kindOf))]
  const ballot = kinds.flatMap((kind) =>
    Array.from({ length: weightOf(kind, run.phase.name === 'executing' || run.phase.name === 'committing') }, () => kind),
  )
  const kind = ballot[number % ballot.length]
  const orders = possible.filter((order) => kindOf(order) === kind)
  return orders[Math.floor(number / ballot.length) % Math.max(1, orders.length)]
}

function kindIn(run: Run, order: Order): string {
  if (order.type === 'RequestRun' && order.parent !== undefined) return childRequest
  if (order.type === 'ProposeAction' && order.proposed.action === 'agent.spawn') return 'ProposeAction that starts a child'
  return endsEarly(run, order) ? `${order.type} that ends early` : order.type
}

function weightOf(kind: string, isActing: boolean): number {
  if (kind === childRequest) return childWeight
  if (rare.has(kind) || kind.endsWith('early')) return 1
  return isActing && eager.has(kind) ? eagerWeight : ordinaryWeight
}

function endsEarly(run: Run, order: Order): boolean {
  const isUnready = run.validated === 0 || run.waiting.length > 0 || run.denied.length > 0
  if (order.type === 'EndAgent') return order.end.type === 'failed'
  if (order.type === 'RecordValidation') return order.checks.some((check) => !check.passed)
  if (order.type === 'DecideCommit') return isUnready || order.conflicts.length > 0
  if (order.type === 'MergeRun') return isUnready || order.conflict !== undefined
  return order.type === 'SettleAction' && order.settlement.type === 'uncertain'
}
