import { ada, answerOf, askingNow, bea, digestOf, executing, once, propose, tell, viewWith, wish } from '@ice-runtime/conformance'
import type { RunHistory } from '@ice-runtime/conformance'
import { maxAnswers, maxWaitingApprovals } from '@ice-runtime/kernel'
import type { ApprovalAnswer } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'

import { all, comesTo, askedIn, oblige, ops, given, settle, asking, agreed } from './told-questions.ts'

/** When an answer is taken, and what it settles. */
export const answerClaims: readonly AuthorityClaim[] = [
  // When an answer is taken, and when it settles.
  {
    name: 'an answer to what was never asked is not taken',
    holds: () => comesTo(asking.history, { ...answerOf(asking.history, ada, { approval: asking.approval, answer: once }), approval: 1 }),
    is: 'approval.not_found',
  },
  {
    name: 'a request takes no more answers than it has to',
    holds: () => {
      const flooded = Array.from({ length: maxAnswers }).reduce<RunHistory>((told) => given(told, ada, asking.approval), asking.history)
      return [
        flooded.run.approvals.get(String(asking.approval))?.answers,
        comesTo(flooded, answerOf(flooded, ada, { approval: asking.approval, answer: once })),
      ]
    },
    is: [maxAnswers, 'approval.flood'],
  },
  {
    name: 'what waits for more people is not settled',
    holds: () => comesTo(asking.history, settle(asking.action)),
    is: 'approval.waiting',
  },
  { name: 'what nobody was asked about is not settled', holds: () => comesTo(asking.history, settle(1)), is: 'action.not_open' },
  { name: 'what was agreed to is settled', holds: () => comesTo(agreed, settle(asking.action)), is: ['ActionAuthorized'] },
  {
    name: 'what was settled is not settled again',
    holds: () => comesTo(tell(agreed, settle(asking.action)), settle(asking.action)),
    is: 'action.not_open',
  },
  {
    name: 'a no settles although others said yes',
    holds: () => comesTo(given(agreed, bea, asking.approval, { type: 'denied' }), settle(asking.action)),
    is: ['ActionRefused approval.denied'],
  },
  {
    name: 'what has expired is not settled by an answer',
    holds: () => comesTo(agreed, settle(asking.action), { afterMs: 25 * 3_600_000 }),
    is: 'approval.waiting',
  },
  {
    name: 'what has not expired does not expire',
    holds: () => comesTo(asking.history, { type: 'ExpireApproval', action: asking.action }, { afterMs: 1 }),
    is: 'approval.waiting',
  },
  {
    name: 'what has expired does',
    holds: () => comesTo(asking.history, { type: 'ExpireApproval', action: asking.action }),
    is: ['ApprovalExpired', 'ActionRefused approval.expired'],
  },
  {
    name: 'what nobody was asked about does not expire',
    holds: () => comesTo(asking.history, { type: 'ExpireApproval', action: 1 }),
    is: 'action.not_open',
  },
  ...(['SettleApproval', 'ExpireApproval'] as const).map((type) => ({
    name: `${type} waits while the run is held`,
    holds: () =>
      comesTo(tell(agreed, { type: 'SuspendRun', cause: 'operator', code: 'run.suspended', origin: 'operator' }), {
        type,
        action: asking.action,
      }),
    is: 'run.phase',
  })),
  {
    name: 'under another policy an answer is stale',
    holds: () => comesTo(agreed, settle(asking.action), { view: viewWith({ operators: all, policy: digestOf('policy 2') }) }),
    is: ['ActionRefused approval.stale'],
  },
  {
    name: 'under rules that ask for more an answer is stale',
    holds: () => comesTo(agreed, settle(asking.action), { view: viewWith({ operators: all, answer: oblige(ops(2)) }) }),
    is: ['ActionRefused approval.stale'],
  },
  {
    name: 'under rules that nobody can meet any more an answer is stale',
    holds: () => comesTo(agreed, settle(asking.action), { view: viewWith({ operators: all, answer: oblige(ops(9)) }) }),
    is: ['ActionRefused approval.stale'],
  },
  {
    name: 'under rules that ask nobody any more it is simply allowed',
    holds: () =>
      comesTo(agreed, settle(asking.action), { view: viewWith({ operators: all, answer: { effect: 'allow', rules: ['a:1'] } }) }),
    is: ['ActionAuthorized'],
  },
  {
    name: 'under rules that forbid, it is forbidden',
    holds: () =>
      comesTo(agreed, settle(asking.action), { view: viewWith({ operators: all, answer: { effect: 'forbid', rules: ['a:1'] } }) }),
    is: ['ActionRefused policy.forbidden'],
  },

  // Edits.
  ...edits(),

  // A bounded queue.
  {
    name: 'no more requests wait than a queue holds',
    holds: () => {
      const full = Array.from({ length: maxWaitingApprovals }).reduce<RunHistory>((told) => wish(told, askingNow), executing())
      return [full.run.waiting.length, comesTo(full, propose(full, askingNow))]
    },
    is: [maxWaitingApprovals, ['ActionProposed', 'ActionRefused approval.queue_full']],
  },
]

function edits(): readonly AuthorityClaim[] {
  const edited: ApprovalAnswer = {
    type: 'given',
    scope: 'once',
    edited: { request: digestOf('edited'), prepared: { resources: ['mail:ops'], class: 'staged' } },
  }
  const two = askedIn(oblige(ops(2)))
  const changed = given(asking.history, ada, asking.approval, edited)
  return [
    {
      name: 'what one may approve one may change',
      holds: () => {
        const verdict = tell(changed, settle(asking.action)).entries.at(-1)
        return verdict?.type === 'ActionAuthorized' && [verdict.payload.edited, verdict.payload.request]
      },
      is: [true, digestOf('edited')],
    },
    {
      name: 'what was not changed is not marked so',
      holds: () => {
        const plain = tell(agreed, settle(asking.action)).entries.at(-1)
        return plain?.type === 'ActionAuthorized' && 'edited' in plain.payload
      },
      is: false,
    },
    {
      name: 'what two must approve one does not change',
      holds: () =>
        comesTo(two.history, answerOf(two.history, ada, { approval: two.approval, answer: edited }), {
          view: viewWith({ operators: all }),
        }),
      is: 'approval.edit_alone',
    },
    {
      name: 'what was changed must be covered as it is now',
      holds: () => {
        const outside: ApprovalAnswer = {
          type: 'given',
          scope: 'once',
          edited: { request: digestOf('edited'), prepared: { resources: ['mail:all'], class: 'staged' } },
        }
        return comesTo(given(asking.history, ada, asking.approval, outside), settle(asking.action))
      },
      is: ['ActionRefused grant.resource'],
    },
  ]
}
