import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costDimensions, grantMiss, neverUsed, parseRunId, splitEntryId } from '@ice-runtime/kernel'
import type { AgentHost, GrantTerms, IceEntry, Run } from '@ice-runtime/kernel'
import { foldRun } from '@ice-runtime/runtime'
import { agentOf, findings, newPlace } from './place.ts'
import type { Process } from './place.ts'

/** What one agent of a random tree does: it writes and posts, and starts the ones below it, all at once. */
interface Plan {
  readonly writes: readonly { readonly path: string; readonly sizeBytes: number }[]
  readonly posts: number
  readonly children: readonly { readonly plan: Plan; readonly lent: GrantTerms; readonly ceilings: object; readonly again: boolean }[]
}

const paths = ['a/1', 'a/2', 'b/1', 'c'] as const

const root: GrantTerms = {
  actions: ['agent.spawn', 'files.*', 'ledger.*'],
  resources: ['agent:**', 'file:**', 'ledger:**'],
  class: 'irreversible',
  egress: ['ledger:main'],
  uses: 1000,
  sizeBytes: 1_000_000,
  delegable: 2,
}

/** What the one at the top may use in all: each time one thing is scarce and the others are not. */
interface Limits {
  readonly uses: number
  readonly bytesOfGrant: number
  readonly bytes: number
  readonly steps: number
  readonly calls: number
}
const plenty: Limits = { uses: 1000, bytesOfGrant: 1_000_000, bytes: 1_000_000, steps: 1000, calls: 1000 }
const scarce: readonly Partial<Limits>[] = [{ uses: 12 }, { bytesOfGrant: 80 }, { bytes: 80 }, { steps: 20 }, { calls: 12 }]

/** Terms of any shape: most are wider than what there is in one dimension or another. */
const anyTerms: fc.Arbitrary<GrantTerms> = fc.record(
  {
    actions: fc.constantFrom(['agent.spawn', 'files.*', 'ledger.*'], ['files.*'], ['agent.spawn', 'files.write'], ['mail.send']),
    resources: fc.constantFrom(['agent:**', 'file:**', 'ledger:**'], ['agent:**', 'file:a/**'], ['file:b/1'], ['file:**', 'mail:**']),
    class: fc.constantFrom('irreversible', 'staged', 'observe'),
    egress: fc.constantFrom([], ['ledger:main'], ['ledger:other']),
    uses: fc.integer({ min: 0, max: 8 }),
    sizeBytes: fc.integer({ min: 0, max: 60 }),
    delegable: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: ['actions', 'resources', 'class', 'egress'] },
)

/** Terms as an honest agent asks for them. */
const partTerms: fc.Arbitrary<GrantTerms> = fc
  .record({ uses: fc.integer({ min: 1, max: 6 }), sizeBytes: fc.integer({ min: 0, max: 60 }), delegable: fc.integer({ min: 0, max: 1 }) })
  .map((limits) => ({ ...root, ...limits }))
const terms = fc.oneof({ weight: 3, arbitrary: partTerms }, { weight: 1, arbitrary: anyTerms })

const ceilings = fc.record(
  { steps: fc.integer({ min: 0, max: 8 }), sizeBytes: fc.integer({ min: 0, max: 60 }) },
  { requiredKeys: ['steps'] },
)

/** Generations below the first: one more than the root lets its grant be handed on. */
const generations = 3

function plansOver(below: number): fc.Arbitrary<Plan> {
  const child = (): fc.Arbitrary<Plan['children'][number]> =>
    fc.record({ plan: plansOver(below - 1), lent: terms, ceilings, again: fc.boolean() })
  return fc.record({
    writes: fc.array(fc.record({ path: fc.constantFrom(...paths), sizeBytes: fc.integer({ min: 0, max: 30 }) }), { maxLength: 3 }),
    posts: fc.integer({ min: 0, max: 2 }),
    children: below === 0 ? fc.constant([]) : fc.array(child(), { maxLength: 2 }),
  })
}
const plans = plansOver(generations)

/** Each agent has a name of its own, and does all it does at once: siblings use what they were lent in any order. */
function agentsOf(plan: Plan, name: string): readonly AgentHost[] {
  const below = plan.children.flatMap((child, index) => agentsOf(child.plan, `${name}${index}`))
  const self = agentOf(async ({ propose }) => {
    const writes = plan.writes.map(({ path, sizeBytes }) => propose('files.write', { path, content: 'x'.repeat(sizeBytes) }))
    const posts = Array.from({ length: plan.posts }, () => propose('ledger.post', { account: name, amountMicro: 1 }))
    const spawned = plan.children.flatMap(({ lent, ceilings: given, again }, index) => {
      const spawn = (): Promise<unknown> => propose('agent.spawn', { agent: `${name}${index}`, grants: [lent], ceilings: given })
      return again ? [spawn(), spawn()] : [spawn()]
    })
    await Promise.allSettled([...writes, ...posts, ...spawned])
    return null
  }, name)
  return [self, ...below]
}

test('in every tree of runs nobody does what one above could not, and together they never use more than the root was given', async () => {
  const seen = { spawned: 0, refused: new Set<string>() }
  await fc.assert(
    fc.asyncProperty(plans, fc.constantFrom(...scarce), async (plan, few) => {
      const limits = { ...plenty, ...few }
      await using place = newPlace()
      const agents = agentsOf(plan, 'r')
      const [leader] = agents
      if (leader === undefined) throw new Error('a tree has a root')
      const process = place.open({ agents })
      const handle = await process.start(leader, requestUnder(limits))
      await handle.done
      const runs = runsOf(process)
      for (const run of runs) {
        expectWithinAncestors(run, process)
        for (const entry of process.entries(run.id)) if (entry.type === 'ActionRefused') seen.refused.add(entry.payload.code)
      }
      expectWithinRoot(runs, process, limits)
      seen.spawned += runs.length - 1
      expect(await findings(process, agents)).toEqual([])
    }),
    { numRuns: 60, examples: scarce.map((few) => [denseTree, few] as [Plan, Partial<Limits>]), endOnFailure: true },
  )
  expect(seen.spawned).toBeGreaterThan(20)
  expect([...seen.refused]).toEqual(expect.arrayContaining(['grant.delegation', 'grant.uses', 'budget.escrow']))
}, 120_000)

/** A tree in which every counter is asked for more than there is. */
const denseTree: Plan = {
  writes: [{ path: 'a/1', sizeBytes: 30 }],
  posts: 1,
  children: Array.from({ length: 2 }, () => ({
    plan: {
      writes: Array.from({ length: 3 }, () => ({ path: 'b/1' as const, sizeBytes: 10 })),
      posts: 0,
      children: [
        {
          plan: { writes: [{ path: 'c', sizeBytes: 1 }], posts: 0, children: [] },
          lent: { ...root, uses: 1, sizeBytes: 5, delegable: 0 },
          ceilings: { steps: 2, sizeBytes: 5 },
          again: true,
        },
      ],
    },
    lent: { ...root, uses: 4, sizeBytes: 30, delegable: 1 },
    ceilings: { steps: 6, calls: 4, sizeBytes: 30 },
    again: true,
  })),
}

function requestUnder({ uses, bytesOfGrant, bytes, steps, calls }: Limits) {
  return { grants: [{ ...root, uses, sizeBytes: bytesOfGrant }], ceilings: { steps, calls, cost: { sizeBytes: bytes } } }
}

function runsOf(process: Process): readonly Run[] {
  const streams = process.store.log.streams({ limit: 1000 }).filter((stream) => stream !== 'system')
  return streams.map((stream) => foldRun(parseRunId(stream), process.entries(parseRunId(stream))))
}

/** Each authorization is covered, in all but the counters, by the grant it names and by every grant that one came from. */
function expectWithinAncestors(run: Run, process: Process): void {
  for (const entry of process.entries(run.id)) {
    if (entry.type !== 'ActionAuthorized') continue
    const grant = run.grants.get(entry.payload.grant)
    const request = { action: nameOf(entry.payload.action, process.entries(run.id)), facts: {}, cost: {}, ...entry.payload.prepared }
    for (const source of grant === undefined ? [] : [grant, ...sourcesOf(grant, process)]) {
      expect(grantMiss(source, request, { at: entry.at, use: 'counted' })).toBeUndefined()
    }
    expect(grant).toBeDefined()
    expect(run.spec?.parent === undefined ? 0 : sourcesOf(grant ?? never(), process).length).toBe(run.spec?.parent?.agents.length ?? 0)
  }
}

type Grant = NonNullable<ReturnType<Run['grants']['get']>>

function sourcesOf(grant: Grant, process: Process): readonly Grant[] {
  return [grant.parent ?? [], grant.above ?? []].flat().map((id) => {
    const { stream, seq } = splitEntryId(id)
    const run = parseRunId(stream)
    return foldRun(run, process.entries(run)).grants.get(seq) ?? never()
  })
}

/** Sums over all runs of what only authorizations and outcomes say, against what the one at the top was given. */
function expectWithinRoot(runs: readonly Run[], process: Process, limits: Limits): void {
  const all = runs.flatMap(({ id }) => process.entries(id))
  const authorized = all.filter((entry) => entry.type === 'ActionAuthorized')
  const bounds = authorized.reduce((sum, { payload }) => sum + (payload.prepared.cost?.sizeBytes ?? 0), 0)
  expect(authorized.length).toBeLessThanOrEqual(Math.min(limits.uses, limits.calls))
  expect(bounds).toBeLessThanOrEqual(Math.min(limits.bytesOfGrant, limits.bytes))
  expect(stepsIn(all)).toBeLessThanOrEqual(limits.steps)
  const [top] = runs
  const spent = all.flatMap((entry) =>
    entry.type === 'ActionSucceeded' || entry.type === 'ActionFailed' ? [entry.payload.cost ?? {}] : [],
  )
  for (const dimension of costDimensions)
    expect(top?.spent[dimension] ?? 0).toBe(spent.reduce((sum, cost) => sum + (cost[dimension] ?? 0), 0))
  expect(top?.reserved).toEqual({})
  expect(top?.grantUses.get(String(top.grants.list[0]?.id)) ?? neverUsed).toMatchObject({ count: authorized.length })
}

/** Proposals that took a step: what is proposed once there is none left is evidence, and refused for that alone. */
function stepsIn(entries: readonly IceEntry[]): number {
  const late = entries.filter(({ type, payload }) => type === 'ActionRefused' && tooLate.has(payload.code))
  return entries.filter(({ type }) => type === 'ActionProposed').length - late.length
}

const tooLate: ReadonlySet<string> = new Set(['limit.steps', 'run.not_executing'])

function nameOf(proposal: number, entries: readonly IceEntry[]): string {
  const proposed = entries[proposal - 1]
  return proposed?.type === 'ActionProposed' ? proposed.payload.action : ''
}

function never(): never {
  throw new Error('a grant that was lent is there')
}
