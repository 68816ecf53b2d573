import type { AgentSession, Delivery } from '@ice-runtime/kernel'

/** Hands outcomes to the agent one at a time, in the order of the log. */
export interface Deliveries {
  /** Outcomes whose delivery has begun: what a proposal made now comes after. */
  count(): number
  /** `isDue` holds an outcome, and those behind it, back until it says yes; it is asked again at each `wake`. */
  push(delivery: Delivery, isDue?: () => boolean): void
  /** Starts handing over; what was pushed before waits until then. */
  begin(session: AgentSession): void
  wake(): void
  /** Hands over nothing more. */
  stop(): void
  /** Resolves when nothing is being handed over. */
  idle(): Promise<void>
  /** True when nothing is being handed over, and nothing waits to be. */
  isIdle(): boolean
}

interface Waiting {
  readonly delivery: Delivery
  readonly isDue: () => boolean
}

interface State {
  readonly waiting: Waiting[]
  begun: number
  session: AgentSession | undefined
  pumping: Promise<void> | undefined
  isStopped: boolean
}

const always = (): boolean => true

export interface DeliveriesParts {
  /** Hears of a host that rejects, which is a fault of the host, not of the agent. */
  onBroken(error: unknown): void
  /** Called when the agent has been handed all there is. */
  onIdle(): void
}

export function createDeliveries({ onBroken, onIdle }: DeliveriesParts): Deliveries {
  const state: State = { waiting: [], begun: 0, session: undefined, pumping: undefined, isStopped: false }
  const isIdle = (): boolean => state.pumping === undefined && state.waiting.length === 0
  const start = (): void => {
    const { session } = state
    if (session === undefined || state.pumping !== undefined || !isNextDue(state)) return
    state.pumping = pump(state, session).then(ended, (error: unknown) => {
      onBroken(error)
      ended()
    })
  }
  const ended = (): void => {
    state.pumping = undefined
    start()
    if (isIdle()) onIdle()
  }
  return {
    count: () => state.begun,
    push: (delivery, isDue = always) => {
      state.waiting.push({ delivery, isDue })
      start()
    },
    begin: (session) => {
      state.session = session
      start()
    },
    wake: start,
    stop: () => {
      state.isStopped = true
    },
    idle: async () => {
      while (state.pumping !== undefined) await state.pumping
    },
    isIdle,
  }
}

async function pump(state: State, session: AgentSession): Promise<void> {
  while (isNextDue(state)) {
    const next = state.waiting.shift()
    if (next === undefined) return
    state.begun += 1
    await session.deliver(next.delivery)
  }
}

function isNextDue({ waiting, isStopped }: State): boolean {
  return !isStopped && waiting[0]?.isDue() === true
}
