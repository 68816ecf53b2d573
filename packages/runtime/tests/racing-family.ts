import type { AgentContext } from '@ice-runtime/agents'
import { plainGrant } from '@ice-runtime/conformance'
import { spawnDriver } from '@ice-runtime/effects'
import type { AgentHost, Driver, GrantTerms } from '@ice-runtime/kernel'
import { driverOf } from './drivers.ts'
import { agentOf } from './place.ts'
import type { Turn } from './scheduled-timers.ts'

/** Each of the four runs of a family asks as often. */
export const proposalsCount = 2
const now = { at: 'now', reason: 'the answer is needed' } as const

/** A family of agents for one schedule, what they act by, and what the outside has seen of them. */
export interface RacingFamily {
  readonly agents: readonly [leader: AgentHost, ...below: AgentHost[]]
  readonly drivers: readonly Driver[]
  /** Keys under which something was sent, in order. */
  readonly sent: readonly string[]
  /** How often an agent was begun: once for each run, and once more each time that one is loaded again while its agent is at work. */
  begun(): number
}

/** What the one at the top is granted, but for the number of uses. */
export const familyGrant: Omit<GrantTerms, 'uses'> = {
  ...plainGrant,
  actions: ['agent.spawn', ...plainGrant.actions],
  resources: ['agent:**', ...plainGrant.resources],
  delegable: 2,
}

/** One leader, two children, and a child of one of them; each sends as often as it may, and says how often all below it did. */
export function racingFamily(turn: Turn): RacingFamily {
  const sent: string[] = []
  let begun = 0
  const sends = async ({ propose }: AgentContext): Promise<number> => {
    begun += 1
    let done = 0
    for (let count = 0; count < proposalsCount; count += 1) {
      await turn('think')
      done += await propose('test.send', {}, now).then(
        () => 1,
        () => 0,
      )
    }
    return done
  }
  const agents = [
    agentOf(
      leading(sends, [
        { agent: 'one', uses: 5, delegable: 1 },
        { agent: 'two', uses: 2, delegable: 0 },
      ]),
      'leader',
    ),
    agentOf(leading(sends, [{ agent: 'three', uses: 2, delegable: 0 }]), 'one'),
    agentOf(sends, 'two'),
    agentOf(sends, 'three'),
  ] as const
  const sending = driverOf('test.send', {
    class: 'keyed',
    perform: async (_prepared, { key }) => {
      sent.push(key)
      await turn('send')
      return { result: null }
    },
  })
  const starting = spawnDriver({ agent: (name) => agents.find(({ identity }) => identity.name === name)?.identity, terms: never })
  return { agents, drivers: [sending, starting], sent, begun: () => begun }
}

type Work = (context: AgentContext) => Promise<number>

interface Lent {
  readonly agent: string
  readonly uses: number
  readonly delegable: number
}

/** Does its own work while others do theirs below it. */
function leading(work: Work, lent: readonly Lent[]): Work {
  return async (context) => {
    const below = lent.map(async ({ agent, ...limits }) => {
      const asked = { agent, grants: [{ ...familyGrant, ...limits }], ceilings: { steps: limits.delegable === 0 ? 6 : 20 } }
      return await context.propose<{ output: number }>('agent.spawn', asked).then(
        ({ output }) => output,
        () => 0,
      )
    })
    const done = await Promise.all([work(context), ...below])
    return done.reduce((sum, count) => sum + count, 0)
  }
}

function never(): never {
  throw new Error('what is lent is said in full')
}
