import fc from 'fast-check'
import type { Scheduler } from 'fast-check'
import { expect, test } from 'vitest'
import { spawnDriver } from '@ice-runtime/effects'
import { addCost, costDimensions, decodeEntry, isAmount, subtractCost } from '@ice-runtime/kernel'
import type { AgentHost, Ceilings, Cost, CostDimension, Driver, GrantTerms, IceEntry } from '@ice-runtime/kernel'
import { driverOf } from './drivers.ts'
import { agentOf } from './place.ts'
import { newWorkers } from './workers.ts'

/** What of a grant is counted or bounds nothing: a new dimension does not compile before it is told here which. */
const ofGrant: { readonly [D in keyof Required<GrantTerms>]: 'counted' | 'not counted' | 'not lent' } = {
  actions: 'not counted',
  resources: 'not counted',
  class: 'not counted',
  egress: 'not counted',
  clearance: 'not counted',
  notBefore: 'not counted',
  expires: 'not counted',
  delegable: 'not counted',
  rate: 'not lent',
  uses: 'counted',
  sizeBytes: 'counted',
  moneyMicro: 'counted',
  tokens: 'counted',
  computeMs: 'counted',
}
/** The same of what a run may spend. */
const ofCeilings: { readonly [C in keyof Required<Ceilings>]: 'counted' | 'each dimension' | 'a moment' } = {
  steps: 'counted',
  calls: 'counted',
  wallMs: 'a moment',
  cost: 'each dimension',
}
const counters = [
  ...Object.entries(ofGrant).flatMap(([name, how]) => (how === 'counted' ? [`grant ${name}`] : [])),
  ...Object.entries(ofCeilings).flatMap(([name, how]) => (how === 'counted' ? [`ceiling ${name}`] : [])),
  ...costDimensions.map((dimension) => `ceiling ${dimension}`),
]

const plenty = 1_000_000
/** Of the one thing that is scarce: less than most trees ask for. */
const few = 12
const wallMs = 1000
const runsOfEach = 80
const patienceMs = 600_000

type Counts = Readonly<Record<string, number>>
interface Plan {
  readonly spends: readonly Cost[]
  readonly children: readonly { readonly plan: Plan; readonly lent: Counts; readonly ceilings: Counts }[]
}

const amount = fc.integer({ min: 0, max: few / 2 })
const costs: fc.Arbitrary<Cost> = fc.record(
  Object.fromEntries(costDimensions.map((dimension) => [dimension, amount])) as Record<CostDimension, typeof amount>,
)
/** A share of each thing: some are too large for what is left by then. */
const shares: fc.Arbitrary<Counts> = fc.record(
  Object.fromEntries(['uses', 'steps', 'calls', ...costDimensions].map((name) => [name, fc.integer({ min: 1, max: few })])),
)
function plansOf(levelsBelow: number): fc.Arbitrary<Plan> {
  const spends = fc.array(costs, { minLength: 2, maxLength: 8 })
  if (levelsBelow === 0) return fc.record({ spends, children: fc.constant([]) })
  const child = fc.record({ plan: plansOf(levelsBelow - 1), lent: shares, ceilings: shares })
  return fc.record({ spends, children: fc.array(child, { maxLength: 3 }) })
}

const terms = { actions: ['agent.spawn', 'test.spend'], resources: ['agent:**', 'test:**'], class: 'staged', egress: [] } as const

type Turn = (label: string) => Promise<void>

/** Each does all it does at once, and asks again for what it was refused. */
function agentsOf(plan: Plan, name: string, turn: Turn): readonly AgentHost[] {
  const below = plan.children.flatMap((child, index) => agentsOf(child.plan, `${name}${index}`, turn))
  const self = agentOf(async ({ propose }) => {
    const asked = plan.children.map(
      ({ lent: { uses, steps: _steps, calls: _calls, ...lent }, ceilings: { uses: _uses, ...ceilings } }, index) => {
        const grants = [{ ...terms, ...lent, uses, delegable: 3 - name.length }]
        return async () =>
          await propose('agent.spawn', { agent: `${name}${index}`, grants, ceilings: { ...ceilings, steps: ceilings['steps'] ?? 0 } })
      },
    )
    const spends = plan.spends.map((cost) => async () => await propose('test.spend', cost))
    const again = async (doing: () => Promise<unknown>): Promise<void> => {
      await turn('begin')
      await doing().catch(async () => await doing())
    }
    await Promise.allSettled([...asked, ...spends].map(again))
    return null
  }, name)
  return [self, ...below]
}

async function logOf(plan: Plan, scarce: string, scheduler: Scheduler): Promise<readonly IceEntry[]> {
  const turn: Turn = async (label) => await scheduler.schedule(Promise.resolve(), label)
  const agents = agentsOf(plan, 'r', turn)
  const spending = driverOf('test.spend', {
    prepare: (args) => ({ action: 'test.spend', args, resources: ['test:spend'], facts: {}, class: 'observe', cost: args as Cost }),
    // It costs about half of what it might.
    perform: async ({ cost }) => {
      await turn('spend')
      return { result: null, cost: Object.fromEntries(Object.entries(cost).map(([of, most]) => [of, Math.ceil(Number(most) / 2)])) }
    },
  })
  const starting = spawnDriver({ agent: (name) => agents.find(({ identity }) => identity.name === name)?.identity, terms: never })
  const drivers: readonly Driver[] = [spending, starting]
  await using workers = newWorkers()
  const { start } = workers.worker({ drivers, agents })
  const limit = (of: string): number => (of === scarce ? few : plenty)
  const cost = Object.fromEntries(costDimensions.map((dimension) => [dimension, limit(`ceiling ${dimension}`)]))
  const [leader] = agents
  if (leader === undefined) throw new Error('a tree has a root')
  const granted = Object.fromEntries(['uses', ...costDimensions].map((name) => [name, limit(`grant ${name}`)]))
  const running = start(leader, {
    grants: [{ ...terms, ...granted, delegable: 3 }],
    ceilings: { steps: limit('ceiling steps'), calls: limit('ceiling calls'), wallMs, cost },
  }).then(async ({ done }) => await done)
  await scheduler.waitFor(running)
  expect(workers.violations()).toEqual([])
  return workers.store.log.read({}, 8192).map((stored) => decodeEntry(stored))
}

/** The most that was counted at any moment of the log, over all runs together. */
function mostCounted(entries: readonly IceEntry[], of: string): number {
  const [kind = '', name = ''] = of.split(' ')
  const dimension = costDimensions.find((each) => each === name)
  if (name === 'steps') return entries.filter(({ type }) => type === 'ActionProposed').length - entries.filter(isBeyondEnd).length
  if (dimension === undefined) return entries.filter(({ type }) => type === 'ActionAuthorized').length
  const bounds = new Map<string, Cost>()
  let [counted, most]: [Cost, number] = [{}, 0]
  for (const entry of entries) {
    if (entry.type === 'ActionAuthorized') {
      const bound = amounts(entry.payload.prepared.cost ?? {})
      bounds.set(`${entry.stream}#${entry.payload.action}`, bound)
      counted = addCost(counted, bound)
    }
    // A grant counts what an action might have cost, a budget what it did cost.
    if (kind === 'ceiling' && (entry.type === 'ActionSucceeded' || entry.type === 'ActionFailed'))
      counted = addCost(subtractCost(counted, bounds.get(`${entry.stream}#${entry.payload.action}`) ?? {}), entry.payload.cost ?? {})
    most = Math.max(most, counted[dimension] ?? 0)
  }
  return most
}

/** What is asked of a run that has used up its steps, or does not execute any more, leaves a record and does nothing. */
function isBeyondEnd(entry: IceEntry): boolean {
  return entry.type === 'ActionRefused' && ['limit.steps', 'run.not_executing'].includes(entry.payload.code)
}

function amounts(bound: object): Cost {
  return Object.fromEntries(Object.entries(bound).filter(([, amount]) => isAmount(amount)))
}

function never(): never {
  throw new Error('what is lent is said in full')
}

test.each(counters)(
  'of %s, no family uses more than its root was given, whatever runs at once',
  async (scarce) => {
    const seen = { reached: 0, spawned: 0 }
    await fc.assert(
      fc.asyncProperty(plansOf(2), fc.scheduler(), async (plan, scheduler) => {
        const entries = await logOf(plan, scarce, scheduler)
        const requests = entries.filter((entry) => entry.type === 'RunRequested')
        const most = mostCounted(entries, scarce)
        expect(most).toBeLessThanOrEqual(few)
        const ends = requests.map(({ at, payload }) => at + payload.ceilings.wallMs)
        expect(Math.max(...ends)).toBe(ends[0])
        if (most > few / 2) seen.reached += 1
        if (requests.length > 1) seen.spawned += 1
      }),
      { numRuns: runsOfEach, endOnFailure: true },
    )
    expect(seen.reached).toBeGreaterThan(5)
    expect(seen.spawned).toBeGreaterThan(5)
  },
  patienceMs,
)
