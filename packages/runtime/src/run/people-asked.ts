import type { Order } from './order.ts'

/** Why a run is suspended that has nothing to do but wait for people. */
export const peopleAsked: Omit<Extract<Order, { type: 'SuspendRun' }>, 'type'> = {
  cause: 'approval',
  code: 'approval.required',
  origin: 'runtime',
}
