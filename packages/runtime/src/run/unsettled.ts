import type { Order } from './order.ts'

/** What is found out about actions while their run waits to be loaded again: known for sure, and nowhere recorded. */
export interface Unsettled {
  /** From now on orders are kept that say what became of an action of the log, which ends at `lastSeq` or before. */
  begin(lastSeq: number): void
  /** True when the order was kept. */
  keep(order: Order): boolean
  /** Those about actions that the log has, as `begin` was told last. */
  orders(): readonly Order[]
}

type Settlement = Extract<Order, { readonly type: 'SettleAction' }>

export function createUnsettled(): Unsettled {
  const kept: Settlement[] = []
  let lastSeq = 0
  return {
    begin: (seq) => {
      lastSeq = seq
    },
    keep: (order) => {
      // The number of a later action is one that the log may give to another.
      if (order.type !== 'SettleAction' || order.action > lastSeq) return false
      kept.push(order)
      return true
    },
    orders: () => kept.filter(({ action }) => action <= lastSeq),
  }
}
