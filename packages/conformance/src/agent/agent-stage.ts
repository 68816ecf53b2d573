import type {
  AgentChannel,
  AgentEnd,
  AgentHost,
  AgentSession,
  AgentStart,
  AgentStatement,
  DeliveredOutcome,
  Json,
} from '@ice-runtime/kernel'

/** Everything an agent called, in its order. */
export type ChannelCall =
  | { readonly type: 'propose'; readonly key: number; readonly message: unknown }
  | { readonly type: 'state'; readonly statement: AgentStatement }
  | { readonly type: 'end'; readonly end: AgentEnd }

/** What an agent's host is tested with. */
export interface AgentWorld {
  readonly host: AgentHost
  /** Answers what the host itself proposes, such as a model's turn. Undefined for what the contract shall answer. */
  play?(message: unknown): Json | undefined
}

/** One session under test, with the contract in the runtime's place. */
export interface AgentStage {
  readonly calls: readonly ChannelCall[]
  readonly session: AgentSession
  start(): Promise<void>
  /** Delivers, and then answers for the host's own proposals until none is open. */
  deliver(key: number, outcome: DeliveredOutcome): Promise<void>
  /** Proposals of the agent that nobody has answered, in order. */
  open(): readonly { readonly key: number; readonly message: unknown }[]
  end(): AgentEnd | undefined
}

const began = 1_700_000_000_000

export async function openStage(world: AgentWorld, start: Partial<AgentStart> = {}): Promise<AgentStage> {
  const calls: ChannelCall[] = []
  const answered = new Set<number>()
  let deliveries = 0
  const channel: AgentChannel = {
    propose: ({ key, message }) => void calls.push({ type: 'propose', key, message }),
    state: (statement) => void calls.push({ type: 'state', statement }),
    end: (end) => void calls.push({ type: 'end', end }),
    log: () => undefined,
  }
  const session = await world.host.open({ input: null, seed: 'seed', at: began, actions: stageActions, ...start }, channel)
  const open: AgentStage['open'] = () => calls.filter((call) => call.type === 'propose').filter(({ key }) => !answered.has(key))
  const give = async (key: number, outcome: DeliveredOutcome): Promise<void> => {
    answered.add(key)
    deliveries += 1
    await session.deliver({ key, outcome, at: began + deliveries })
    // In-process agents may go on a few promise steps after `deliver`.
    await new Promise(setImmediate)
  }
  const playAll = async (): Promise<void> => {
    for (;;) {
      const next = open().map(({ key, message }) => ({ key, result: world.play?.(message) }))
      const own = next.find(({ result }) => result !== undefined)
      if (own?.result === undefined) return
      await give(own.key, { type: 'succeeded', result: own.result })
    }
  }
  return {
    calls,
    session,
    open,
    async start() {
      await session.start()
      await new Promise(setImmediate)
      await playAll()
    },
    async deliver(key, outcome) {
      await give(key, outcome)
      await playAll()
    },
    end: () => calls.find((call) => call.type === 'end')?.end,
  }
}

/** The actions that the contract's agents propose. */
export const stageActions: AgentStart['actions'] = ['test.ask', 'test.other'].map((action) => ({
  action,
  description: 'An action of the contract.',
  argsSchema: { type: 'object' },
}))
