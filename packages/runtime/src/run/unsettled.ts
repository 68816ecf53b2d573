import type { Order } from './order.ts'

/** What is found out about actions while their run waits to be loaded again: known for sure, and nowhere recorded. */
export interface Unsettled {
  /** From now on orders are kept that say what became of an action of the log, which ends at `durableSeq`. */
  begin(durableSeq: number): void
  /** True when the order was kept. */
  keep(order: Order): boolean
  orders(): readonly Order[]
}

export function createUnsettled(): Unsettled {
  const kept: Order[] = []
  let durableSeq = 0
  return {
    begin: (seq) => {
      durableSeq = seq
    },
    keep: (order) => {
      // The number of a later action is one that the log may give to another.
      if (order.type !== 'SettleAction' || order.action > durableSeq) return false
      kept.push(order)
      return true
    },
    orders: () => kept,
  }
}
