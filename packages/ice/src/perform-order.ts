import { resolve } from 'node:path'
import { askControl } from './control/client.ts'
import type { IceOrder } from './control/message.ts'
import { createIce } from './create-ice.ts'
import type { IceOptions } from './create-ice.ts'

/**
 * Performs an operator's order: through the runtime that owns the data directory, or by owning it for as long as that takes. Durable
 * when it resolves. Throws the fault of an order that is not taken, and `data.in_use` where the owner takes no orders.
 */
export async function performOrder(order: IceOrder, options: IceOptions & { readonly data: string }): Promise<void> {
  if ((await askControl(resolve(options.data), order)) !== undefined) return
  const ice = await createIce(options)
  try {
    await ice.order(order)
  } finally {
    await ice.close('suspend')
  }
}
