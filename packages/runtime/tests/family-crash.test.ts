import { describe, expect, test } from 'vitest'
import { plainGrant } from '@ice-runtime/conformance'
import type { AgentHost, GrantTerms } from '@ice-runtime/kernel'
import { agentOf, findings, newPlace } from './place.ts'

const lendable: GrantTerms = {
  ...plainGrant,
  actions: ['agent.spawn', ...plainGrant.actions],
  resources: ['agent:**', ...plainGrant.resources],
  uses: 40,
  delegable: 2,
}
const part: GrantTerms = {
  ...plainGrant,
  actions: ['agent.spawn', ...plainGrant.actions],
  resources: lendable.resources,
  uses: 10,
  delegable: 1,
}
const least: GrantTerms = { ...plainGrant, actions: ['ledger.*'], resources: ['ledger:**'], uses: 2 }

/** Two children at once, one with a child of its own; files of all, an effect of each that waits for the commit. */
function family(): readonly [leader: AgentHost, ...agents: AgentHost[]] {
  const furthest = agentOf(async ({ propose }) => await propose('ledger.post', { account: 'far', amountMicro: 1 }), 'furthest')
  const one = agentOf(async ({ propose }) => {
    await propose('files.write', { path: 'one.txt', content: 'one' })
    await propose('agent.spawn', { agent: 'furthest', grants: [least], ceilings: { steps: 3 } })
    return 'one'
  }, 'one')
  const two = agentOf(async ({ propose }) => {
    await propose('files.read', { path: 'old.txt' })
    await propose('files.write', { path: 'two.txt', content: 'two' })
    await propose('ledger.wire', { account: 'two', amountMicro: 2 })
    return 'two'
  }, 'two')
  const leader = agentOf(async ({ propose }) => {
    await propose('files.write', { path: 'lead.txt', content: 'lead' })
    const spawn = (agent: string): Promise<{ readonly output: string }> =>
      propose('agent.spawn', { agent, grants: [part], ceilings: { steps: 20, sizeBytes: 1000 } })
    const ends = await Promise.all([spawn('one'), spawn('two')])
    return ends.map(({ output }) => output)
  }, 'leader')
  return [leader, one, two, furthest]
}

interface Killed {
  readonly isOver: boolean
  readonly phases: readonly string[]
}

/** Kills a process before its append `index`, lets the next one recover, and holds what came of it against a run nobody kills. */
async function killedAt(index: number): Promise<Killed> {
  await using place = newPlace()
  place.write('old.txt', 'old')
  const [leader, ...agents] = family()
  const cutAt = (_request: unknown, at: number): boolean => at >= index
  const first = place.open({ agents: [leader, ...agents], limits: { heldEntries: 1 }, cutAt })
  const started = first.start(leader, { grants: [lendable] })
  const outcome = started.then(async (handle) => await handle.done)
  const isOver = await Promise.race([outcome.then(() => true), first.cut.then(() => false)])
  // What was under way when the process died gets a few turns in which nothing of it is recorded any more.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  await first.die()
  outcome.catch(() => undefined)
  const process = place.open({ agents: [leader, ...agents] })
  const { resumed, setAside } = await process.runtime.recover()
  await Promise.all(resumed.map(({ done }) => done))
  const streams = process.store.log.streams({ limit: 10 }).flatMap((stream) => (stream === 'system' ? [] : [stream]))
  expect(setAside).toEqual([])
  expect(await findings(process, [leader, ...agents])).toEqual([])
  if (streams.length === 0) return { isOver, phases: [] }
  expect(streams.map((run) => process.types(run).at(-1))).toEqual(streams.map(() => 'RunTornDown'))
  expect(streams).toHaveLength(4)
  expect(place.names()).toEqual(['lead.txt', 'old.txt', 'one.txt', 'two.txt'])
  const keys = place.ledger().map(({ key }) => key)
  expect(new Set(keys).size).toBe(2)
  expect(keys).toHaveLength(2)
  const found = streams.flatMap((run) => process.types(run).filter((type) => type === 'RunRecovered'))
  return { isOver, phases: found }
}

describe('a family killed before any of its appends comes to the same end, with each effect sent once', () => {
  test('wherever it is killed', async () => {
    let recovered = 0
    let index = 0
    for (; ; index += 1) {
      const { isOver, phases } = await killedAt(index)
      recovered += phases.length
      if (isOver) break
      if (index > 200) throw new Error('the family does not come to its end')
    }
    expect(index).toBeGreaterThan(40)
    expect(recovered).toBeGreaterThan(index)
  }, 120_000)
})
