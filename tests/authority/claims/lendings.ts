import {
  ask,
  executing,
  lastProposal,
  lendableGrant,
  propose,
  suspendOrder,
  tell,
  toldCeilings,
  toldParentage,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory } from '@ice-runtime/conformance'
import { childEnd, entryId, maxChildren } from '@ice-runtime/kernel'
import type { Ceilings, GrantTerms } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'
import { childOf, lent, notLent, parent, spawned, starting, starts, withChildren } from './told-children.ts'
import { comesTo } from './told-questions.ts'
import { allowed, verdict } from './told-verdicts.ts'

const { run: noRun } = parent()
const failed = (code: string): readonly string[] => [`ActionFailed ${code}`]
const bounded = (ceilings: Partial<Ceilings>): RunHistory => parent({ ceilings: { ...toldCeilings, ...ceilings } })
const started = ['ChildSpawned', 'CapabilityDelegated', 'BudgetEscrowed']
const spawner: GrantTerms = { ...lendableGrant, actions: ['agent.spawn'] }
const reading = { action: 'files.read', resources: ['file:src/a'] }
const reads = (history: RunHistory, times = 1): RunHistory =>
  Array.from({ length: times }).reduce<RunHistory>((told) => wish(told, reading), history)

/** Three grants that a part could be of, the second and the third alike. */
const asking = wish(
  parent({ grants: [spawner, { ...lendableGrant, actions: ['files.*'], resources: ['file:a'] }, lendableGrant, lendableGrant] }),
  starting({ grants: [lent, { ...lent, uses: 2 }], ceilings: { steps: 3, cost: { moneyMicro: 5 } } }),
)
const lenderOf = ({ run }: RunHistory, index: number): number => run.grants.list[index]?.id ?? 0
const wallLeftMs = (history: RunHistory): number => history.run.requestedAt + toldCeilings.wallMs - history.run.at

/** Why a child was not lent its part by these, as its refusal says. */
function whyNot(...lenders: readonly Partial<GrantTerms>[]): unknown {
  const history = parent({ grants: [spawner, ...lenders.map((terms) => ({ ...lendableGrant, ...terms }))] })
  const decision = ask(history, propose(history, starting({ grants: [lent] })))
  const [, refusal] = decision.ok ? decision.events : []
  return refusal?.type === 'ActionRefused' && refusal.payload.detail
}

/** What a child's ceilings on calls become, of a parent with this one. */
function callsOf(calls: number | undefined, asked: number | undefined): unknown {
  const history = calls === undefined ? parent() : bounded({ calls })
  const told = wish(history, starting({ ceilings: { steps: 3, cost: {}, ...(asked === undefined ? {} : { calls: asked }) } }))
  const decision = ask(told, starts(told))
  const events = decision.ok ? decision.events : []
  return events.flatMap(({ type, payload }) => {
    if (type === 'ChildSpawned') return [(payload as { readonly ceilings: Ceilings }).ceilings.calls]
    return type === 'BudgetEscrowed' ? [(payload as { readonly calls?: number }).calls] : []
  })
}

/** A child of another run that has read twice under the first of its grants, and has ended. */
function endedChild(): RunHistory {
  const child = executing({
    parent: toldParentage,
    grants: [
      { ...lent, uses: 3 },
      { ...lent, resources: ['file:b'] },
    ],
  })
  const done = wish(wish(child, { ...reading, cost: { computeMs: 4 } }), reading)
  const killed = tell(done, { type: 'TerminateRun', code: 'run.killed' })
  return tell(tell(killed, { type: 'StartTeardown' }), { type: 'TearDown' })
}

/** What a child is given when it starts, and what it is not given any more. */
export const lendingClaims: readonly AuthorityClaim[] = [
  {
    name: 'a child is given the parts that were decided, each of the first grant it is a part of, and its share of what its parent has',
    holds: () => {
      const decision = ask(asking, starts(asking))
      return decision.ok && decision.events.map(({ type, causes, payload }) => [type, causes, payload])
    },
    is: [
      [
        'ChildSpawned',
        [asking.run.seq],
        {
          action: lastProposal(asking),
          child: childOf(0),
          ceilings: { steps: 3, wallMs: wallLeftMs(asking) - 1, cost: { moneyMicro: 5, tokens: 0 } },
        },
      ],
      ['CapabilityDelegated', [asking.run.seq + 1], { grant: lenderOf(asking, 2), child: childOf(0), terms: lent }],
      ['CapabilityDelegated', [asking.run.seq + 1], { grant: lenderOf(asking, 2), child: childOf(0), terms: { ...lent, uses: 2 } }],
      ['BudgetEscrowed', [asking.run.seq + 1], { child: childOf(0), cost: { moneyMicro: 5, tokens: 0 }, steps: 3 }],
    ],
  },
  {
    name: 'a child that names no number of calls is given one for each step, where its parent has a number of them',
    holds: () => [callsOf(undefined, undefined), callsOf(20, undefined), callsOf(20, 2), callsOf(undefined, 2)],
    is: [
      [undefined, undefined],
      [3, 3],
      [2, 2],
      [2, 2],
    ],
  },
  {
    name: 'of the grants that name what is wanted, the first tells what keeps it from being lent',
    holds: () => {
      const at = noRun.requestedAt
      return [
        whyNot({ actions: ['mail.send'] }, { resources: ['file:other'] }),
        whyNot({ actions: ['mail.send'] }, { delegable: 0 }, { expires: at }),
        whyNot({ expires: at }, { resources: ['file:other'] }),
      ].map((detail) => String(detail).replaceAll(/#\d+/g, (id) => `#${Number(id.slice(1)) - lenderOf(parent({ grants: [spawner] }), 0)}`))
    },
    is: ['grant 0: no grant of this run names its resources', 'grant 0: grant #2: delegable', 'grant 0: grant #1: expires'],
  },
  {
    name: 'a pace has no parts, however slow they are',
    holds: () => {
      const rate = { uses: 2, perMs: 100 }
      return verdict(
        parent({ grants: [{ ...lendableGrant, rate }] }),
        starting({ grants: [{ ...lent, rate: { uses: 1, perMs: 100_000 } }] }),
      )
    },
    is: notLent,
  },
  ...(['moneyMicro', 'tokens', 'sizeBytes', 'computeMs'] as const).map((dimension) => ({
    name: `${dimension} that are lent are counted together`,
    holds: () => {
      const lender = { ...lendableGrant, [dimension]: 10 }
      const shares = (...amounts: readonly number[]): unknown =>
        verdict(
          parent({ grants: [lender] }),
          starting({ grants: amounts.map((amount) => ({ ...lent, sizeBytes: 0, [dimension]: amount })) }),
        )
      return [shares(5, 5), shares(5, 6), shares(10), shares(11)]
    },
    is: [allowed, notLent, allowed, notLent],
  })),
  {
    name: 'what is lent is not the parent’s while its child is at work',
    holds: () => {
      const lender = { ...lendableGrant, actions: ['files.*'], uses: 5, sizeBytes: 10 }
      const told = spawned(parent({ grants: [spawner, lender] }), { grants: [{ ...lent, uses: 3, sizeBytes: 8 }] })
      return [
        verdict(told, { ...reading, cost: { sizeBytes: 2 } }),
        verdict(told, { ...reading, cost: { sizeBytes: 3 } }),
        verdict(reads(told), reading),
        verdict(reads(told, 2), reading),
      ]
    },
    is: [allowed, ['ActionProposed', 'grant grant.size'], allowed, ['ActionProposed', 'grant grant.uses']],
  },
  {
    name: 'steps and calls of a child are its parent’s',
    holds: () => {
      const steps = spawned(bounded({ steps: 12 }), { ceilings: { steps: 10, cost: {} } })
      const calls = spawned(bounded({ calls: 12 }), { ceilings: { steps: 10, calls: 10, cost: {} } })
      return [verdict(steps, reading), verdict(reads(steps), reading), verdict(calls, reading), verdict(reads(calls), reading)]
    },
    is: [
      allowed,
      ['ActionProposed', 'phase limit.steps', 'RunTerminatedByRuntime limit.steps'],
      allowed,
      ['ActionProposed', 'budget budget.calls'],
    ],
  },
  {
    name: 'a child may take the steps that its parent has not taken',
    holds: () => [9, 10].map((steps) => verdict(reads(bounded({ steps: 12 }), 2), starting({ ceilings: { steps, cost: {} } }))),
    is: [allowed, ['ActionProposed', 'budget budget.escrow']],
  },

  // Between the decision and the start.
  {
    name: 'a run that is held starts no child',
    holds: () => [comesTo(tell(asking, suspendOrder), starts(asking)), comesTo(asking, starts(asking))],
    is: ['run.phase', ['ChildSpawned', 'CapabilityDelegated', 'CapabilityDelegated', 'BudgetEscrowed']],
  },
  {
    name: 'what starts no run, was not allowed, or has started one, starts none',
    holds: () => {
      const told = tell(asking, starts(asking))
      const refused = wish(parent(), starting({ grants: [{ ...lent, uses: 41 }] }))
      const next = wish(told, starting({}))
      const again: Order = { type: 'SpawnChild', action: lastProposal(asking), child: childOf(1) }
      return [
        comesTo(reads(parent()), starts(reads(parent()))),
        comesTo(refused, starts(refused)),
        comesTo(told, again),
        comesTo(next, starts(next)),
      ]
    },
    is: ['child.not_spawnable', 'child.not_spawnable', 'child.not_spawnable', 'child.not_spawnable'],
  },
  {
    name: 'what was revoked since it was decided is lent to nobody, and the action fails that was to lend it',
    holds: () => {
      const told = wish(parent(), starting({}))
      const grant = entryId(told.run.id, lenderOf(told, 0))
      const revoked = tell(told, { type: 'RevokeGrant', grant, reason: 'no longer' })
      const decision = ask(revoked, starts(told))
      return [comesTo(revoked, starts(told)), decision.ok && decision.events.map(({ causes }) => Number(causes[0]) - told.run.seq)]
    },
    is: [failed('grant.delegation'), [0]],
  },
  {
    name: 'what was used since it was decided is lent to nobody',
    holds: () => {
      const told = wish(parent({ grants: [spawner, { ...lendableGrant, actions: ['files.*'], uses: 2 }] }), starting({}))
      return [0, 1, 2].map((times) => comesTo(reads(told, times), starts(told)))
    },
    is: [started, started, failed('grant.delegation')],
  },
  {
    name: 'steps and calls that were taken since it was decided are lent to nobody',
    holds: () => {
      const steps = wish(bounded({ steps: 12 }), starting({ ceilings: { steps: 10, cost: {} } }))
      const calls = wish(bounded({ calls: 12 }), starting({ ceilings: { steps: 10, calls: 10, cost: {} } }))
      return [steps, calls].map((told) => [1, 2].map((times) => comesTo(reads(told, times), starts(told))))
    },
    is: [
      [started, failed('budget.escrow')],
      [started, failed('budget.escrow')],
    ],
  },
  {
    name: 'a child is started to the last moment of its parent, and not behind it',
    holds: () => {
      const told = wish(parent(), starting({}))
      return [wallLeftMs(told), wallLeftMs(told) + 1].map((afterMs) => comesTo(told, starts(told), { afterMs }))
    },
    is: [started, failed('budget.escrow')],
  },
  {
    name: 'a child for which another one has taken the last place is not started',
    holds: () => {
      const last = wish(withChildren(maxChildren - 1), starting({}))
      const one = wish(last, starting({}))
      return comesTo(tell(one, starts(one, childOf(maxChildren))), starts(last, childOf(maxChildren + 1)))
    },
    is: failed('limit.children'),
  },
  {
    name: 'a child that has ended tells what it used of each grant, and what it took',
    holds: () => {
      const end = childEnd(endedChild().run)
      return end !== undefined && [end.outcome, end.used, end.steps, end.calls, end.inherited]
    },
    is: [
      'terminated',
      [
        { count: 2, cost: { computeMs: 4 } },
        { count: 0, cost: {} },
      ],
      2,
      2,
      [],
    ],
  },
]
