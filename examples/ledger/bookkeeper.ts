import { defineAgent, functionAgent } from '@ice-runtime/agents'
import type { AgentHost } from '@ice-runtime/kernel'

/** None of these is sent when it is proposed. They leave one by one when the run commits: what can be repeated first. */
export const bookkeeper: AgentHost = functionAgent(
  defineAgent({
    name: 'bookkeeper',
    version: '1.0.0',
    requests: [{ actions: ['ledger.*'], resources: ['ledger:main/**'] }],
    async run(_input, { propose }) {
      // The ledger records the transfer and its answer is lost: nobody knows, until somebody asks.
      const transfer = await propose('ledger.transfer', { account: 'landlord', amountMicro: 900_000_000, memo: 'rent', fail: 'after' })
      const wire = await propose('ledger.wire', { account: 'broker', amountMicro: 5_000_000, memo: 'fee' })
      const post = await propose('ledger.post', { account: 'rent', amountMicro: 900_000_000, memo: 'rent of this month' })
      return [transfer, wire, post]
    },
  }),
)
