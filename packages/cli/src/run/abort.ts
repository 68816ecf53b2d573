import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { orderOwner, runToOrder, tellOrdered } from './order.ts'
import { openIce } from './run.ts'

/** `ice abort` */
export async function run(invocation: Invocation, terminal: Terminal): Promise<Exit> {
  const { options } = invocation
  const id = await runToOrder(invocation)
  const reason = options.text('reason')
  const detail = reason === undefined ? {} : { detail: reason }
  const taken = await orderOwner(options, { method: 'abort', run: id, ...detail })
  if (!taken) {
    await using ice = await openIce(options, { models: {}, terminal })
    const { done } = await ice.runtime.abort(id, { by: ice.principal.subject, ...detail })
    await done
  }
  return await tellOrdered(id, { options, awaitsEnd: true }, terminal)
}
