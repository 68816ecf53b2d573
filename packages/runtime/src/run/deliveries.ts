import type { AgentSession, Delivery } from '@ice-runtime/kernel'

/** Hands outcomes to the agent one at a time, in the order of the log. */
export interface Deliveries {
  /** Outcomes whose delivery has begun: what a proposal made now comes after. */
  count(): number
  push(delivery: Delivery): void
  /** Starts handing over; what was pushed before waits until then. */
  begin(session: AgentSession): void
  /** Resolves when nothing is left to hand over. */
  idle(): Promise<void>
}

/** `onBroken` hears of a host that rejects, which is a fault of the host, not of the agent. */
export function createDeliveries(onBroken: (error: unknown) => void): Deliveries {
  const waiting: Delivery[] = []
  let begun = 0
  let session: AgentSession | undefined
  let pumping: Promise<void> | undefined

  const pump = async (to: AgentSession): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      begun += 1
      await to.deliver(next)
    }
  }

  const start = (): void => {
    if (session === undefined || pumping !== undefined || waiting.length === 0) return
    pumping = pump(session)
      .catch(onBroken)
      .finally(() => {
        pumping = undefined
        start()
      })
  }

  return {
    count: () => begun,
    push: (delivery) => {
      waiting.push(delivery)
      start()
    },
    begin: (started) => {
      session = started
      start()
    },
    idle: async () => {
      while (pumping !== undefined) await pumping
    },
  }
}
