import {
  ask,
  executing,
  keyedLater,
  lastProposal,
  lendableGrant,
  preparedFor,
  requestOf,
  tell,
  toldCeilings,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory } from '@ice-runtime/conformance'
import { entryId, maxDeferredActions } from '@ice-runtime/kernel'
import type { Inheritance } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'
import { childOf, lent, parent, spawned } from './told-children.ts'
import { comesTo } from './told-questions.ts'
import { allowed, verdict } from './told-verdicts.ts'

type End = Extract<Order, { type: 'EndChild' }>
const ending = (more: Partial<End> = {}): End => ({
  type: 'EndChild',
  child: childOf(0),
  outcome: 'merged',
  used: [{ count: 1, cost: { sizeBytes: 4 } }],
  spent: {},
  steps: 0,
  calls: 0,
  inherited: [],
  ...more,
})
const prepared = preparedFor(keyedLater)
const inheritance: Inheritance = {
  from: entryId(childOf(0), 9),
  action: 'http.request',
  args: { value: null },
  request: requestOf(prepared),
  grant: parent().run.grants.list[0]?.id ?? 0,
  prepared,
}
const reading = { action: 'files.read', resources: ['file:src/a'] }
/** One use of a grant is its parent's own, three are lent. */
const atWork = (): RunHistory => {
  const lender = { ...lendableGrant, actions: ['files.*'], uses: 5, sizeBytes: 10 }
  const own = wish(parent({ grants: [{ ...lendableGrant, actions: ['agent.spawn'] }, lender] }), reading)
  return spawned(own, { grants: [{ ...lent, uses: 3, sizeBytes: 8 }], ceilings: { steps: 10, cost: { moneyMicro: 50, tokens: 5 } } })
}
const working = atWork()

/** What comes back of a child that has ended: what it did not use, and nothing twice. */
export const returnClaims: readonly AuthorityClaim[] = [
  {
    name: 'what a child did not use is its parent’s again, and what it used is gone',
    holds: () => {
      const back = tell(atWork(), ending())
      const reads = (times: number): RunHistory => Array.from({ length: times }).reduce<RunHistory>((told) => wish(told, reading), back)
      return [
        verdict(back, { ...reading, cost: { sizeBytes: 6 } }),
        verdict(back, { ...reading, cost: { sizeBytes: 7 } }),
        verdict(reads(2), reading),
        verdict(reads(3), reading),
      ]
    },
    is: [allowed, ['ActionProposed', 'grant grant.size'], allowed, ['ActionProposed', 'grant grant.uses']],
  },
  {
    name: 'of a budget the rest comes back, and nothing where more was spent than there was',
    holds: () =>
      [{ moneyMicro: 30 }, { moneyMicro: 60, tokens: 5 }].map((spent) => {
        const decision = ask(working, ending({ spent, steps: 4, calls: 3 }))
        const [, returned] = decision.ok ? decision.events : []
        return returned?.payload
      }),
    is: [
      { child: childOf(0), cost: { moneyMicro: 20, tokens: 5 }, spent: { moneyMicro: 30 }, steps: 4, calls: 3 },
      { child: childOf(0), cost: { moneyMicro: 0, tokens: 0 }, spent: { moneyMicro: 60, tokens: 5 }, steps: 4, calls: 3 },
    ],
  },
  {
    name: 'steps that a child did not take are its parent’s again',
    holds: () => {
      const told = spawned(executing({ grants: [lendableGrant], ceilings: { ...toldCeilings, steps: 12 } }), {
        ceilings: { steps: 10, cost: {} },
      })
      const back = tell(told, ending({ used: [{ count: 0, cost: {} }], steps: 10 }))
      const early = tell(told, ending({ used: [{ count: 0, cost: {} }], steps: 2 }))
      return [wish(back, reading), wish(early, reading)].map((history) => verdict(history, reading))
    },
    is: [['ActionProposed', 'phase limit.steps', 'RunTerminatedByRuntime limit.steps'], allowed],
  },
  {
    name: 'the end of a child names the verdict that started it, and what it leaves names that end',
    holds: () => {
      const decision = ask(working, ending({ inherited: [inheritance] }))
      return decision.ok && decision.events.map(({ type, causes, payload }) => [type, causes, Object.keys(payload)])
    },
    is: [
      ['ChildEnded', [lastProposal(working) + 1], ['child', 'outcome', 'used']],
      ['BudgetReturned', [working.run.seq + 1], ['child', 'cost', 'spent', 'steps', 'calls']],
      ['ActionInherited', [working.run.seq + 1, inheritance.from], ['child', ...Object.keys(inheritance)]],
    ],
  },
  {
    name: 'the end of a child is recorded with its reason, its conflict and what left the runtime in it',
    holds: () => {
      const decision = ask(working, ending({ outcome: 'aborted', code: 'files.conflict', conflict: 'a', left: 2 }))
      const [ended] = decision.ok ? decision.events : []
      return ended?.payload
    },
    is: {
      child: childOf(0),
      outcome: 'aborted',
      used: [{ count: 1, cost: { sizeBytes: 4 } }],
      code: 'files.conflict',
      conflict: 'a',
      left: 2,
    },
  },
  {
    name: 'a child that is not at work does not end, and none ends twice',
    holds: () => [comesTo(working, ending({ child: childOf(1) })), comesTo(tell(working, ending()), ending())],
    is: ['child.not_live', 'child.not_live'],
  },
  {
    name: 'a child leaves no more to its parent’s commit than that may release',
    holds: () => {
      const leaving = (count: number): unknown => {
        const end = comesTo(working, ending({ inherited: Array.from({ length: count }, () => inheritance) }))
        return Array.isArray(end) ? end.length : end
      }
      return [leaving(maxDeferredActions), leaving(maxDeferredActions + 1)]
    },
    is: [maxDeferredActions + 2, 'limit.deferred_actions'],
  },
]
