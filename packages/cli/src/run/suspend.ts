import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { orderOwner, runToOrder, tellOrdered } from './order.ts'
import { openIce } from './run.ts'

/** `ice suspend`. With no process at work on the run it stays suspended until somebody resumes it. */
export async function run(invocation: Invocation, terminal: Terminal): Promise<Exit> {
  const { options } = invocation
  const id = await runToOrder(invocation)
  const taken = await orderOwner(options, { method: 'suspend', run: id })
  if (!taken) {
    const ice = await openIce(options, { models: {}, terminal })
    try {
      await ice.runtime.suspend(id, { by: ice.principal.subject })
    } finally {
      await ice.close('suspend')
    }
  }
  return await tellOrdered(id, { options, awaitsEnd: false }, terminal)
}
