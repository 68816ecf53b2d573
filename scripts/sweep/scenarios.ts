import { functionAgent } from '@ice-runtime/agents'
import type { AgentContext } from '@ice-runtime/agents'
import type { AgentHost } from '@ice-runtime/kernel'

/** What a run of the sweep does, and how its commit ends when nobody kills it. */
export interface Scenario {
  readonly name: string
  readonly agent: AgentHost
  /** Agents it starts. */
  readonly children?: readonly AgentHost[]
  /** `each`: every append is a commit of its own, so that the log can end behind any of them. */
  readonly commits: 'grouped' | 'each'
  /** Deferred effects in the order they are released. */
  readonly releases: readonly { readonly action: string; readonly ends: 'succeeded' | 'failed' | 'uncertain' }[]
}

/** What stands in the workspace before. */
export const filesBefore: Readonly<Record<string, string>> = {
  'a.txt': 'a',
  'b.txt': 'b',
  'gone.txt': 'gone',
  'moved.txt': 'moved',
  'old/kept.txt': 'kept',
}

/** Content that the store keeps as a file of its own. */
const largeText = 'large '.repeat(40_000)

/** Fifteen staged actions of every kind: new, replaced, emptied, large, in new directories, read back, deleted, moved. */
const stagedAgent = agent('staged', async ({ propose }) => {
  const write = (path: string, content: string): Promise<unknown> => propose('files.write', { path, content })
  await write('a.txt', 'a new')
  await write('b.txt', '')
  await write('c.txt', 'c')
  await write('d/e/f.txt', 'f')
  await write('d/g.txt', 'g')
  await propose('files.read', { path: 'd/g.txt' })
  await propose('files.delete', { path: 'gone.txt' })
  await propose('files.move', { from: 'moved.txt', to: 'd/moved.txt' })
  await write('large.txt', largeText)
  await propose('files.delete', { path: 'old', recursive: true })
  await write('ünï/ćode.txt', 'unicode')
  await propose('files.list', { path: '.' })
  await write('c.txt', 'c again')
  await propose('files.write', { path: 'tool.sh', content: '#!/bin/sh\n', executable: true })
  await propose('files.read', { path: 'a.txt' })
  return 'done'
})

const stagedScenarios: readonly Scenario[] = [
  { name: '15 staged actions', releases: [], commits: 'grouped', agent: stagedAgent },
  { name: '15 staged actions, each append committed alone', releases: [], commits: 'each', agent: stagedAgent },
]

const deferredScenarios: readonly Scenario[] = [
  deferred('the third fails', 'ledger.transfer', { fail: 'before', ends: 'failed' }),
  deferred('the third is uncertain', 'ledger.wire', { fail: 'after', ends: 'uncertain' }),
  deferred('the third can be asked about', 'ledger.transfer', { ends: 'succeeded' }),
  deferred('the third cannot be asked about', 'ledger.wire', { ends: 'succeeded' }),
]

/** Three staged files and five deferred effects: two keyed ones, which go first, and three irreversible ones. */
function deferred(
  name: string,
  third: string,
  { fail, ends }: { readonly fail?: 'before' | 'after'; readonly ends: 'succeeded' | 'failed' | 'uncertain' },
): Scenario {
  const succeeded = (action: string): Scenario['releases'][number] => ({ action, ends: 'succeeded' })
  return {
    name: `3 files, 5 effects, ${name}`,
    commits: 'grouped',
    releases: [
      succeeded('ledger.post'),
      succeeded('ledger.post'),
      { action: third, ends },
      succeeded('ledger.transfer'),
      succeeded('ledger.wire'),
    ],
    agent: agent(name, async ({ propose }) => {
      await propose('files.write', { path: 'a.txt', content: 'a new' })
      await propose('files.write', { path: 'made.txt', content: 'made' })
      await propose(third, { account: 'cleo', amountMicro: 3, ...(fail === undefined ? {} : { fail }) })
      await propose('ledger.post', { account: 'ada', amountMicro: 1 })
      await propose('files.delete', { path: 'gone.txt' })
      await propose('ledger.post', { account: 'bob', amountMicro: 2 })
      await propose('ledger.transfer', { account: 'dora', amountMicro: 4 })
      await propose('ledger.wire', { account: 'emil', amountMicro: 5 })
      return 'done'
    }),
  }
}

/** Three children at once, which stage over what their parent has staged; the last one fails, and nothing of it is left. */
const childScenario: Scenario = {
  name: '3 children, one of which fails',
  commits: 'grouped',
  releases: [],
  children: [
    agent('child one', async ({ propose }) => {
      await propose('files.write', { path: 'd/one.txt', content: 'one' })
      await propose('files.write', { path: 'c.txt', content: 'one over all' })
      return 'one'
    }),
    agent('child two', async ({ propose }) => {
      await propose('files.write', { path: 'd/two.txt', content: 'two' })
      await propose('files.delete', { path: 'gone.txt' })
      return 'two'
    }),
    agent('child three', async ({ propose }) => {
      await propose('files.write', { path: 'd/three.txt', content: 'three' })
      throw new Error('gave up')
    }),
  ],
  agent: agent('parent', async ({ propose }) => {
    await propose('files.write', { path: 'c.txt', content: 'all' })
    const lent = { actions: ['files.*'], resources: ['file:**'], class: 'staged', uses: 5 }
    const spawn = (name: string): Promise<unknown> =>
      propose('agent.spawn', { agent: name, grants: [lent], ceilings: { steps: 5, sizeBytes: 100 } })
    await Promise.all([spawn('child one'), spawn('child two'), spawn('child three').catch(() => undefined)])
    await propose('files.write', { path: 'end.txt', content: 'end' })
    return 'done'
  }),
}

export const scenarios: readonly Scenario[] = [...stagedScenarios, ...deferredScenarios, childScenario]

/** Every agent of every scenario. */
export const sweptAgents: readonly AgentHost[] = scenarios.flatMap(({ agent: root, children = [] }) => [root, ...children])

/** Throws for a scenario that there is none of. */
export function scenarioOf(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (found === undefined) throw new Error(`no scenario ${name}`)
  return found
}

function agent(name: string, run: (context: AgentContext) => Promise<string>): AgentHost {
  return functionAgent({ name, version: '1', requests: [], run: (_input, context) => run(context) })
}
