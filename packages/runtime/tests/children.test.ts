import { expect, test } from 'vitest'
import type { AgentContext } from '@ice-runtime/agents'
import { plainGrant } from '@ice-runtime/conformance'
import type { AgentHost, GrantTerms, RunId } from '@ice-runtime/kernel'
import { driverOf, gate, waiting } from './drivers.ts'
import { agentOf, findings, newPlace, until } from './place.ts'
import type { Place, Process } from './place.ts'

/** May start children and lend them files, the ledger and what tests define. */
const leading: GrantTerms = {
  ...plainGrant,
  actions: ['agent.spawn', ...plainGrant.actions],
  resources: ['agent:**', ...plainGrant.resources],
  delegable: 2,
}
const files: GrantTerms = { actions: ['files.*'], resources: ['file:**'], class: 'staged', egress: [] }
const ledger: GrantTerms = { actions: ['ledger.*'], resources: ['ledger:**'], class: 'irreversible', egress: ['ledger:main'] }
const bytes = { sizeBytes: 10_000 }

interface Spawned {
  readonly run: string
  readonly output: unknown
}

function spawn(context: AgentContext, agent: string, more: object = {}): Promise<Spawned> {
  return context.propose<Spawned>('agent.spawn', { agent, grants: [files], ceilings: bytes, ...more })
}

function writer(name: string, path: string, content: string): AgentHost {
  return agentOf(async ({ propose }) => {
    await propose('files.write', { path, content })
    return `${name} wrote`
  }, name)
}

async function started(place: Place, leader: AgentHost, agents: readonly AgentHost[], more: Parameters<Place['open']>[0] = {}) {
  const process = place.open({ agents: [...agents, leader], ...more })
  const handle = await process.start(leader, { grants: [leading] })
  return { process, handle, all: [...agents, leader] }
}

function childrenOf(process: Process, run: RunId): readonly RunId[] {
  return process.entries(run).flatMap((entry) => (entry.type === 'ChildSpawned' ? [entry.payload.child] : []))
}

async function codeOf(failing: Promise<unknown>): Promise<unknown> {
  return await failing.then(
    () => null,
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )
}

test('a child sees what its parent staged, and what it stages is its parent’s once it has merged', async () => {
  await using place = newPlace()
  place.write('kept.txt', 'kept')
  const child = agentOf(async ({ propose }, input) => {
    const seen = await propose<{ text: string }>('files.read', { path: 'draft.txt' })
    await propose('files.write', { path: 'draft.txt', content: `${seen.text} again` })
    await propose('files.write', { path: 'out/made.txt', content: 'made' })
    return { input, seen: seen.text }
  }, 'child')
  const leader = agentOf(async (context) => {
    await context.propose('files.write', { path: 'draft.txt', content: 'draft' })
    const { run, output } = await spawn(context, 'child', { input: 7 })
    const { text } = await context.propose<{ text: string }>('files.read', { path: 'draft.txt' })
    return { run, output, text }
  }, 'leader')
  const { process, handle, all } = await started(place, leader, [child])
  const result = await handle.done
  const [id] = childrenOf(process, handle.id)
  expect(result.outcome).toBe('committed')
  expect(result.output).toEqual({ run: id, output: { input: 7, seen: 'draft' }, text: 'draft again' })
  expect(place.read('draft.txt')).toBe('draft again')
  expect(place.names()).toEqual(['draft.txt', 'kept.txt', 'out', 'out/made.txt'])
  expect(process.types(id ?? handle.id).slice(-2)).toEqual(['RunMerged', 'RunTornDown'])
  expect(await findings(process, all)).toEqual([])
})

test('effects that a child deferred wait for the root’s commit and are sent under the child’s own key', async () => {
  await using place = newPlace()
  const sent: number[] = []
  const grandchild = agentOf(async ({ propose }) => await propose('ledger.post', { account: 'ada', amountMicro: 1 }), 'grandchild')
  const child = agentOf(async (context) => {
    await spawn(context, 'grandchild', { grants: [ledger], ceilings: { steps: 5 } })
    await context.propose('ledger.wire', { account: 'bob', amountMicro: 2 })
    sent.push(place.ledger().length)
    return null
  }, 'child')
  const leader = agentOf(async (context) => {
    await spawn(context, 'child', { grants: [{ ...leading, delegable: 1 }] })
    sent.push(place.ledger().length)
    return null
  }, 'leader')
  const { process, handle, all } = await started(place, leader, [child, grandchild])
  const result = await handle.done
  expect(result).toMatchObject({ outcome: 'committed', releases: 'complete' })
  expect(sent).toEqual([0, 0])
  const [below = handle.id] = childrenOf(process, handle.id)
  const [furthest = below] = childrenOf(process, below)
  expect(place.ledger().map(({ key }) => key.split('#')[0])).toEqual([furthest, below])
  expect(await findings(process, all)).toEqual([])
})

test('two children that changed one path: the first merges, the second is a failed spawn that names the conflict', async () => {
  await using place = newPlace()
  const leader = agentOf(async (context) => {
    const both = [spawn(context, 'one'), spawn(context, 'two')]
    return await Promise.all(both.map(codeOf))
  }, 'leader')
  const agents = [writer('one', 'same.txt', '1'), writer('two', 'same.txt', '2')]
  const { process, handle, all } = await started(place, leader, agents)
  const { output, outcome } = await handle.done
  expect(outcome).toBe('committed')
  expect(output).toEqual(expect.arrayContaining(['files.conflict', null]))
  const ends = process.entries(handle.id).flatMap((entry) => (entry.type === 'ChildEnded' ? [entry.payload] : []))
  expect(ends.map(({ outcome: end, conflict }) => [end, conflict])).toEqual([
    ['merged', undefined],
    ['aborted', 'same.txt'],
  ])
  expect(await findings(process, all)).toEqual([])
})

test('children in different files of one directory go together', async () => {
  await using place = newPlace()
  const leader = agentOf(async (context) => {
    await Promise.all([spawn(context, 'one'), spawn(context, 'two')])
    return null
  }, 'leader')
  const { process, handle, all } = await started(place, leader, [writer('one', 'out/1.txt', '1'), writer('two', 'out/2.txt', '2')])
  expect((await handle.done).outcome).toBe('committed')
  expect(place.names()).toEqual(['out', 'out/1.txt', 'out/2.txt'])
  expect(await findings(process, all)).toEqual([])
})

test.each([
  ['an agent nobody has', { agent: 'nobody' }, 'agent.not_found'],
  ['more than a grant allows', { grants: [{ ...files, resources: ['mail:**'] }] }, 'grant.delegation'],
  ['a grant that may be handed on as often as its own', { grants: [{ ...leading }] }, 'grant.delegation'],
  ['more bytes than are left', { ceilings: { sizeBytes: 2 ** 40 } }, 'budget.escrow'],
  ['more steps than are left', { ceilings: { steps: 1000 } }, 'budget.escrow'],
  ['more time than is left', { ceilings: { wallMs: 2 ** 40 } }, 'budget.escrow'],
  ['an unknown member', { agents: 1 }, 'args.invalid'],
])('a child that is to get %s is refused, and nobody is started', async (_, more, code) => {
  await using place = newPlace()
  const leader = agentOf(async (context) => await codeOf(spawn(context, 'child', more)), 'leader')
  const { process, handle, all } = await started(place, leader, [writer('child', 'a', 'a')])
  expect((await handle.done).output).toBe(code)
  expect(childrenOf(process, handle.id)).toEqual([])
  expect(await findings(process, all)).toEqual([])
})

test('what a child may not do is refused to it, though its parent may', async () => {
  await using place = newPlace()
  const child = agentOf(
    async ({ propose }) => [
      await codeOf(propose('ledger.post', { account: 'ada', amountMicro: 1 })),
      await codeOf(propose('files.write', { path: 'other.txt', content: 'x' })),
      await codeOf(propose('files.write', { path: 'a.txt', content: 'x'.repeat(11) })),
      await codeOf(propose('files.write', { path: 'a.txt', content: 'x' })),
      await codeOf(propose('files.write', { path: 'a.txt', content: 'y' })),
    ],
    'child',
  )
  const leader = agentOf(async (context) => {
    const grants = [{ ...files, resources: ['file:a.txt'], uses: 1, sizeBytes: 10 }]
    return (await spawn(context, 'child', { grants })).output
  }, 'leader')
  const { process, handle, all } = await started(place, leader, [child])
  expect((await handle.done).output).toEqual(['grant.none', 'grant.resource', 'grant.size', null, 'grant.uses'])
  expect(await findings(process, all)).toEqual([])
})

test('what a child did not use is its parent’s again, and what it used is gone for both', async () => {
  await using place = newPlace()
  const child = writer('child', 'a.txt', 'aaaa')
  const leader = agentOf(async (context) => {
    await spawn(context, 'child', { grants: [{ ...files, uses: 3 }] })
    const codes = []
    for (const path of ['b', 'c', 'd']) codes.push(await codeOf(context.propose('files.write', { path, content: 'b' })))
    return codes
  }, 'leader')
  const process = place.open({ agents: [child, leader] })
  const lender = { ...files, uses: 3, delegable: 1 }
  const starter: GrantTerms = { actions: ['agent.spawn'], resources: ['agent:child'], class: 'staged', egress: [] }
  const handle = await process.start(leader, { grants: [starter, lender] })
  expect((await handle.done).output).toEqual([null, null, 'grant.uses'])
  const returned = process.entries(handle.id).find((entry) => entry.type === 'BudgetReturned')
  expect(returned?.payload).toMatchObject({ cost: { sizeBytes: bytes.sizeBytes - 4, tokens: 0 }, spent: { sizeBytes: 4 }, steps: 1 })
  expect(await findings(process, [child, leader])).toEqual([])
})

test('an aborted run ends its children first, down to the furthest, and nothing of any of them is left', async () => {
  await using place = newPlace()
  const held = gate()
  const furthest = agentOf(async ({ propose }) => {
    await propose('files.write', { path: 'c', content: 'c' })
    await propose('test.wait')
    return null
  }, 'furthest')
  const child = agentOf(async (context) => {
    await context.propose('files.write', { path: 'b', content: 'b' })
    return await spawn(context, 'furthest', { grants: [{ ...leading, delegable: 0 }], ceilings: { sizeBytes: 100, steps: 5 } })
  }, 'child')
  const leader = agentOf(async (context) => await spawn(context, 'child', { grants: [{ ...leading, delegable: 1 }] }), 'leader')
  const { process, handle, all } = await started(place, leader, [child, furthest], { drivers: [waiting('test.wait', held)] })
  await held.reached
  await process.store.log.flush()
  await process.runtime.abort(handle.id, { by: 'ops' })
  held.open()
  expect((await handle.done).outcome).toBe('aborted')
  const [below = handle.id] = childrenOf(process, handle.id)
  const [last = below] = childrenOf(process, below)
  for (const id of [below, last]) expect(process.types(id).at(-1)).toBe('RunTornDown')
  const order = [last, below, handle.id].map((id) => positionOf(process, id, 'AbortStarted'))
  expect(order).toEqual(order.toSorted((one, other) => one - other))
  const ends = [last, below, handle.id].map((id) => positionOf(process, id, 'RunAborted'))
  expect(ends).toEqual(ends.toSorted((one, other) => one - other))
  expect(place.names()).toEqual([])
  expect(process.runtime.live()).toEqual([])
  expect(await findings(process, all)).toEqual([])
})

test('a child that fails is a failed spawn, and its parent goes on without what it staged', async () => {
  await using place = newPlace()
  const child = agentOf(async ({ propose }) => {
    await propose('files.write', { path: 'a', content: 'a' })
    throw new Error('gave up')
  }, 'child')
  const leader = agentOf(async (context) => await codeOf(spawn(context, 'child')), 'leader')
  const { process, handle, all } = await started(place, leader, [child])
  expect(await handle.done).toMatchObject({ outcome: 'committed', output: 'agent.failed' })
  expect(place.names()).toEqual([])
  expect(await findings(process, all)).toEqual([])
})

test('a suspended run holds its children, and resuming it resumes them', async () => {
  await using place = newPlace()
  const held = gate()
  const child = agentOf(async ({ propose }) => {
    await propose('test.wait')
    await propose('files.write', { path: 'a', content: 'a' })
    return null
  }, 'child')
  const leader = agentOf(async (context) => {
    await spawn(context, 'child', { grants: [{ ...leading, delegable: 0 }] })
    return null
  }, 'leader')
  const { process, handle, all } = await started(place, leader, [child], { drivers: [waiting('test.wait', held)] })
  await held.reached
  await process.store.log.flush()
  const [id = handle.id] = childrenOf(process, handle.id)
  await process.runtime.suspend(handle.id, { by: 'ops' })
  expect(positionOf(process, id, 'RunSuspended')).toBeLessThan(positionOf(process, handle.id, 'RunSuspended'))
  held.open()
  await process.runtime.resume(handle.id, { by: 'ops' })
  expect((await handle.done).outcome).toBe('committed')
  expect(process.types(id)).toContain('RunResumed')
  expect(place.read('a')).toBe('a')
  expect(await findings(process, all)).toEqual([])
})

test('with a grant falls what was lent of it', async () => {
  await using place = newPlace()
  const held = gate()
  const child = agentOf(async ({ propose }) => {
    await propose('test.wait')
    return await codeOf(propose('files.write', { path: 'a', content: 'a' }))
  }, 'child')
  const leader = agentOf(async (context) => (await spawn(context, 'child', { grants: [{ ...leading, delegable: 0 }] })).output, 'leader')
  const { process, handle, all } = await started(place, leader, [child], { drivers: [waiting('test.wait', held)] })
  await held.reached
  await process.store.log.flush()
  const grant = process.entries(handle.id).find((entry) => entry.type === 'CapabilityGranted')
  await process.runtime.revoke(handle.id, { grant: `${handle.id}#${grant?.seq ?? 0}` as never, reason: 'over' })
  held.open()
  expect((await handle.done).output).toBe('grant.revoked')
  expect(await findings(process, all)).toEqual([])
})

test('a child of a child is as deep as it may be, and a run has as many children at once as it may', async () => {
  await using place = newPlace()
  const held = gate()
  const idle = agentOf(async ({ propose }) => await propose('test.wait'), 'idle')
  const nothing = { grants: [{ actions: ['test.*'], resources: ['test:**'], class: 'observe', egress: [] }] }
  const leader = agentOf(async (context) => {
    const many = Array.from({ length: 17 }, () => codeOf(spawn(context, 'idle', { ...nothing, ceilings: { steps: 2 } })))
    void many[16]?.then(() => held.open())
    return await Promise.all(many)
  }, 'leader')
  const { process, handle, all } = await started(place, leader, [idle], { drivers: [waiting('test.wait', held)] })
  expect((await handle.done).output).toEqual([...Array.from({ length: 16 }, () => null), 'limit.children'])
  expect(await findings(process, all)).toEqual([])
})

test('what left the runtime in a child is told of its parent’s abort', async () => {
  await using place = newPlace()
  const child = agentOf(async ({ propose }) => await propose('test.send'), 'child')
  const leader = agentOf(async (context) => {
    await spawn(context, 'child', { grants: [{ ...leading, delegable: 0 }] })
    throw new Error('changed my mind')
  }, 'leader')
  const drivers = [driverOf('test.send', { leaves: true, perform: () => ({ result: 'sent' }) })]
  const { process, handle, all } = await started(place, leader, [child], { drivers })
  expect((await handle.done).outcome).toBe('aborted')
  const aborted = process.entries(handle.id).find((entry) => entry.type === 'RunAborted')
  expect(aborted?.payload).toMatchObject({ leftCount: 1 })
  expect(await findings(process, all)).toEqual([])
})

test('a runtime closed while a child is at work leaves both, and the next one carries both to their end', async () => {
  await using place = newPlace()
  const held = gate()
  const child = agentOf(async ({ propose }) => {
    await propose('files.write', { path: 'a', content: 'a' })
    await propose('test.wait')
    return 'child'
  }, 'child')
  const leader = agentOf(async (context) => {
    await context.propose('files.write', { path: 'b', content: 'b' })
    return (await spawn(context, 'child', { grants: [{ ...leading, delegable: 0 }] })).output
  }, 'leader')
  const first = await started(place, leader, [child], { drivers: [waiting('test.wait', held)] })
  await held.reached
  await first.process.store.log.flush()
  held.open()
  await first.process.runtime.close('suspend')
  await first.process.die()
  const open = gate()
  open.open()
  const process = place.open({ agents: [child, leader], drivers: [waiting('test.wait', open)] })
  const { resumed, setAside } = await process.runtime.recover()
  expect(setAside).toEqual([])
  await Promise.all(resumed.map(({ done }) => done))
  expect(process.entries(first.handle.id).at(-1)).toMatchObject({ type: 'RunTornDown', payload: { outcome: 'committed' } })
  expect([place.read('a'), place.read('b')]).toEqual(['a', 'b'])
  expect(await findings(process, [child, leader])).toEqual([])
})

test('a run whose child cannot be hosted here is set aside with it', async () => {
  await using place = newPlace()
  const held = gate()
  const child = agentOf(async ({ propose }) => await propose('test.wait'), 'child')
  const leader = agentOf(async (context) => await spawn(context, 'child', { grants: [{ ...leading, delegable: 0 }] }), 'leader')
  const drivers = [waiting('test.wait', held)]
  const first = await started(place, leader, [child], { drivers })
  await held.reached
  held.open()
  await first.process.runtime.close('suspend')
  await first.process.die()
  const process = place.open({ agents: [leader], drivers })
  const { resumed, setAside } = await process.runtime.recover()
  expect(resumed).toEqual([])
  expect(setAside.map(({ code }) => code)).toEqual(['agent.not_found', 'agent.not_found'])
  const aborted = await process.runtime.abort(first.handle.id, { by: 'ops' })
  expect((await aborted.done).outcome).toBe('aborted')
  const [id = first.handle.id] = childrenOf(process, first.handle.id)
  await until(process, id, 'RunTornDown')
  expect(process.types(id)).toContain('AbortStarted')
  expect(await findings(process, [leader])).toEqual([])
})

/** Where in the whole log the first entry of a type stands. */
function positionOf(process: Process, run: RunId, type: string): number {
  const seq = process.entries(run).find((entry) => entry.type === type)?.seq ?? 0
  return process.store.log.read({ stream: run, from: seq, to: seq }, 1)[0]?.position ?? 0
}
