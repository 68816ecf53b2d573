import { describe, expect, test } from 'vitest'
import {
  childEndOrder,
  digestOf,
  endOrder,
  executing,
  lastProposal,
  lendableGrant,
  passOrder,
  requestOf,
  spawning,
  staging,
  succeed,
  suspendOrder,
  tell,
  tellAll,
  toldChild,
  toldParentage,
  toldRequest,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { Order } from '@ice-runtime/conformance'
import { parseRunId } from '../../log/ids.ts'
import { lawBrokenBy, lawBrokenIn } from '../../../tests/law-broken.ts'
import { maxChildren, maxDepth } from '../../authority/spawn-terms.ts'
import { childEnd, childRequest } from '../child-orders.ts'
import { brokenLaw } from './laws.ts'
import { brokenKinLaw, kinLaws } from './kin-laws.ts'
import { evolve } from '../evolve.ts'
import { initialRun } from '../run.ts'
import type { Run } from '../run.ts'
import type { IceEntry } from '../taxonomy.ts'

const grants = [wideGrant, lendableGrant]
const asked = wish(executing({ grants }), spawning)
const action = lastProposal(asked)
const spawnOrder: Order = { type: 'SpawnChild', action, child: toldChild }
const leading = tell(asked, spawnOrder)
const below = tellAll(wish(executing({ grants, parent: toldParentage }), {}), succeed(lastProposal(wish(executing({ grants }), {}))))
const validated = tellAll(below, endOrder, passOrder)
const [read = lendableGrant, request = lendableGrant] = spawning.spawn?.grants ?? []

describe('an entry about a child that breaks a law is named by it', () => {
  test('child.spawned: for an action that starts nobody, twice, too many, too deep, too long, or in another phase', () => {
    const spawned = { type: 'ChildSpawned', payload: { action, child: toldChild, ceilings: { steps: 1, wallMs: 1, cost: {} } } } as const
    expect(lawBrokenBy(asked, spawned)).toBeUndefined()
    expect(
      lawBrokenBy(wish(asked, staging), { ...spawned, payload: { ...spawned.payload, action: lastProposal(wish(asked, staging)) } }),
    ).toBe('child.spawned')
    expect(lawBrokenBy(leading, spawned)).toBe('child.spawned')
    expect(lawBrokenBy(tell(asked, suspendOrder), spawned)).toBe('child.spawned')
    const long = { ...spawned.payload, ceilings: { steps: 1, wallMs: 2 ** 40, cost: {} } }
    expect(lawBrokenBy(asked, { ...spawned, payload: long })).toBe('child.spawned')
    const many = Array.from({ length: maxChildren }, (_, index) => parseRunId(`run_${String(index).padStart(12, '0')}`))
    const child = { action: 0, ceilings: long.ceilings, lent: [] }
    const crowded = { ...asked.run, children: many.reduce((children, id) => children.with(id, child), asked.run.children) }
    expect(lawBrokenBy({ ...asked, run: crowded }, spawned)).toBe('child.spawned')
    const agents = Array.from({ length: maxDepth }, () => 'above')
    const deep = { ...asked.run, spec: asked.run.spec && { ...asked.run.spec, parent: { ...toldParentage, agents } } }
    expect(lawBrokenBy({ ...asked, run: deep }, spawned)).toBe('child.spawned')
  })

  test.each([
    ['another action', { actions: ['mail.send'] }],
    ['another resource', { resources: ['file:**', 'mail:a'] }],
    ['a further class', { class: 'irreversible' }],
    ['another destination', { egress: ['https://example.com:443'] }],
    ['more uses', { uses: 41 }],
    ['uses without an end', { uses: undefined }],
    ['more bytes', { sizeBytes: 10_001 }],
    ['being handed on as often', { delegable: 1 }],
    ['being cleared for more', { clearance: 'private' }],
  ])('child.narrower: %s', (_, wider) => {
    const terms = Object.fromEntries(
      Object.entries({ ...lendableGrant, delegable: 0, ...wider }).filter(([, value]) => value !== undefined),
    )
    const before = { ...leading, run: { ...asked.run, children: leading.run.children, seq: leading.run.seq } }
    const lent = (payload: object): Partial<IceEntry> =>
      ({ type: 'CapabilityDelegated', payload: { grant: grantId(), child: toldChild, ...payload } }) as never
    expect(lawBrokenBy(before, lent({ terms }))).toBe('child.narrower')
    expect(lawBrokenBy(before, lent({ terms: read }))).toBeUndefined()
  })

  test('child.narrower: what was lent or used before, what may not be handed on, what is revoked, and a child that is none', () => {
    const half = { ...read, uses: 25 }
    const lent = { type: 'CapabilityDelegated', payload: { grant: grantId(), child: toldChild, terms: half } } as const
    const once = evolve(leading.run, entryOn(leading.run, lent))
    expect(brokenLaw(leading.run, entryOn(leading.run, lent))).toBeUndefined()
    expect(brokenLaw(once, entryOn(once, lent))?.law).toBe('child.narrower')
    const [wide] = asked.run.grants.list
    expect(lawBrokenBy(leading, { ...lent, payload: { ...lent.payload, grant: wide?.id ?? 0 } })).toBe('child.narrower')
    expect(lawBrokenBy(leading, { ...lent, payload: { ...lent.payload, child: parseRunId('run_0000000nobody') } })).toBe('child.narrower')
    const revoked = { ...leading.run, grants: leading.run.grants.map((grant) => ({ ...grant, revoked: true })) }
    expect(lawBrokenBy({ ...leading, run: revoked }, lent)).toBe('child.narrower')
  })

  test('child.escrow: another amount, an amount nobody has, a bound left out', () => {
    const change = (payload: object) => lawBrokenIn(asked, spawnOrder, { type: 'BudgetEscrowed', payload })
    expect(change({ cost: { moneyMicro: 999, tokens: 0 } })).toBe('child.escrow')
    expect(change({ cost: { moneyMicro: 1000 } })).toBe('child.escrow')
    expect(change({ steps: 11 })).toBe('child.escrow')
    const poor = { ...asked.run, spent: { moneyMicro: 999_500 } }
    const [spawned] = tell(asked, spawnOrder).entries.slice(asked.entries.length)
    const after = evolve(poor, spawned as IceEntry)
    const escrowed = { type: 'BudgetEscrowed', payload: { child: toldChild, cost: { moneyMicro: 1000, tokens: 0 }, steps: 10 } } as const
    expect(brokenLaw(after, entryOn(after, escrowed))?.law).toBe('child.escrow')
  })

  test('child.conserved: more or less than is left, before the end, or for nobody', () => {
    const end = childEndOrder(leading, 'aborted')
    const change = (payload: object) => lawBrokenIn(leading, end, { type: 'BudgetReturned', payload })
    expect(change({ cost: { moneyMicro: 701, tokens: 0 } })).toBe('child.conserved')
    expect(change({ cost: { moneyMicro: 699, tokens: 0 } })).toBe('child.conserved')
    expect(change({ spent: { moneyMicro: 200 } })).toBe('child.conserved')
    expect(change({ child: parseRunId('run_0000000nobody') })).toBe('child.conserved')
    const payload = { child: toldChild, cost: { moneyMicro: 1000, tokens: 0 }, spent: {}, steps: 0, calls: 0 }
    expect(lawBrokenBy(leading, { type: 'BudgetReturned', causes: [1], payload })).toBe('child.conserved')
  })

  test('child.outcome: an end of the action while its child is at work', () => {
    const outcome = { type: 'ActionSucceeded', payload: { action, result: { value: null } } } as const
    expect(lawBrokenBy(leading, outcome)).toBe('child.outcome')
    expect(lawBrokenBy(tell(leading, childEndOrder(leading, 'aborted')), outcome)).toBeUndefined()
  })

  test('child.inherited: under a grant of nobody, of a class that does not wait, or past the commit point', () => {
    const merged = tell(leading, childEndOrder(leading, 'merged'))
    const { payload } = merged.entries.at(-1) as Extract<IceEntry, { type: 'ActionInherited' }>
    const planted = (more: object): Partial<IceEntry> => ({ type: 'ActionInherited', payload: { ...payload, ...more } })
    expect(lawBrokenBy(leading, planted({}))).toBeUndefined()
    expect(lawBrokenBy(leading, planted({ grant: 1 }))).toBe('child.inherited')
    expect(lawBrokenBy(leading, planted({ prepared: { ...payload.prepared, class: 'staged' } }))).toBe('child.inherited')
    const committing = { ...leading.run, phase: { name: 'tearing_down', outcome: 'committed' } as const }
    expect(lawBrokenBy({ ...leading, run: committing }, planted({}))).toBe('child.inherited')
  })

  test('run.merge: into another run, without a parent, or a commit of a child', () => {
    const merge = { type: 'RunMerged', payload: { into: toldParentage.run, changesCount: 0, releases: [], memories: [] } } as const
    expect(lawBrokenBy(validated, merge)).toBeUndefined()
    expect(lawBrokenBy(validated, { ...merge, payload: { ...merge.payload, into: toldChild } })).toBe('run.merge')
    expect(lawBrokenBy(tellAll(executing(), endOrder, passOrder), merge)).toBe('run.merge')
    const decided = { type: 'RunCommitDecided', payload: { changes: { value: [] }, changesCount: 0, releases: [], memories: [] } } as const
    expect(lawBrokenBy(validated, decided)).toBe('run.merge')
  })

  test('run.children_first: an end of any kind while a child is at work', () => {
    const aborting = tell(leading, { type: 'AbortRun', code: 'run.aborted', by: 'somebody', origin: 'runtime' })
    expect(lawBrokenBy(aborting, { type: 'RunAborted', payload: { left: [], leftCount: 0 } })).toBe('run.children_first')
    const stopped = tell(leading, { type: 'TerminateRun', code: 'run.killed' })
    expect(lawBrokenBy(stopped, { type: 'TeardownStarted', payload: {} })).toBe('run.children_first')
    const unended = { ...validated.run, children: leading.run.children }
    const merge = { type: 'RunMerged', payload: { into: toldParentage.run, changesCount: 0, releases: [], memories: [] } } as const
    expect(lawBrokenBy({ ...validated, run: unended }, merge)).toBe('run.children_first')
  })
})

describe('what two streams say of each other', () => {
  const chosen = { agent: spawning.spawn?.agent ?? toldRequest.agent, input: { value: null }, seed: 'seed' }
  const requested = childRequest(leading.run, toldChild, chosen)
  const born = entryOn(initialRun(toldChild), { type: 'RunRequested', causes: [], payload: withoutType(requested) })
  const kin = (run: Run) => () => run

  test('kin.born: a child that its parent did not start, or lent less, or of another agent', () => {
    expect(brokenKinLaw(born, kin(leading.run))).toBeUndefined()
    expect(brokenKinLaw(born, kin(asked.run))?.law).toBe('kin.born')
    expect(brokenKinLaw(born, () => undefined)?.law).toBe('kin.born')
    const wider = entryOn(initialRun(toldChild), { ...born, payload: { ...born.payload, grants: [read, { ...request, uses: 2 }] } })
    expect(brokenKinLaw(wider, kin(leading.run))?.law).toBe('kin.born')
    const longer = entryOn(initialRun(toldChild), { ...born, payload: { ...born.payload, ceilings: { steps: 11, wallMs: 1, cost: {} } } })
    expect(brokenKinLaw(longer, kin(leading.run))?.law).toBe('kin.born')
    const other = entryOn(initialRun(toldChild), {
      ...born,
      payload: { ...born.payload, agent: { ...chosen.agent, digest: digestOf('other') } },
    })
    expect(brokenKinLaw(other, kin(leading.run))?.law).toBe('kin.born')
  })

  test('kin.ended: an end, a cost or an effect that the child’s own record does not have', () => {
    const child = tellAll(validated, { type: 'MergeRun' }, { type: 'TearDown' })
    const end = childEnd(child.run)
    if (end === undefined) throw new Error('a torn down child has ended')
    const { type: _type, spent, steps, calls, inherited: _inherited, ...said } = end
    const ended = entryOn(leading.run, { type: 'ChildEnded', payload: said })
    const returned = entryOn(leading.run, { type: 'BudgetReturned', payload: { child: said.child, cost: {}, spent, steps, calls } })
    for (const entry of [ended, returned]) {
      expect(brokenKinLaw(entry, kin(child.run))).toBeUndefined()
      expect(brokenKinLaw(entry, kin(validated.run))?.law).toBe('kin.ended')
    }
    const lies: readonly IceEntry[] = [
      entryOn(leading.run, { ...ended, payload: { ...said, outcome: 'aborted' } }),
      entryOn(leading.run, { ...ended, payload: { ...said, used: [] } }),
      entryOn(leading.run, { ...returned, payload: { ...returned.payload, spent: { tokens: 1 } } }),
      entryOn(leading.run, { ...returned, payload: { ...returned.payload, steps: 0 } }),
    ]
    for (const lie of lies) expect(brokenKinLaw(lie, kin(child.run))?.law).toBe('kin.ended')
    const record = { resources: ['a:b'], class: 'keyed' } as const
    const foreign = {
      child: said.child,
      from: `${toldChild}#9`,
      action: 'a.b',
      args: { value: null },
      request: requestOf(record),
      grant: 1,
      prepared: record,
    }
    expect(brokenKinLaw(entryOn(leading.run, { type: 'ActionInherited', payload: foreign }), kin(child.run))?.law).toBe('kin.ended')
  })

  test('have laws with ids of their own', () => {
    expect(new Set(kinLaws.map(({ id }) => id)).size).toBe(kinLaws.length)
  })
})

function grantId(): number {
  return asked.run.grants.list[1]?.id ?? 0
}

/** An entry that says something at the end of a run's stream, and is honest in all it does not say. */
function entryOn(run: Run, said: object): IceEntry {
  const honest = { stream: run.id, seq: run.seq + 1, at: run.at, v: 1, origin: 'runtime', causes: [Math.max(1, run.seq)] }
  return { ...honest, ...said } as unknown as IceEntry
}

function withoutType(order: object | undefined): object {
  return Object.fromEntries(Object.entries(order ?? {}).filter(([name]) => name !== 'type'))
}
