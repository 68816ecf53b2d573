import {
  ada,
  answerOf,
  askingNow,
  ask,
  bea,
  cay,
  digestOf,
  executing,
  obliging,
  operatorsOf,
  propose,
  tell,
  toldRequest,
  viewWith,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory, Telling, ToldOperator } from '@ice-runtime/conformance'
import { approvalBinds, approvalStatement, hopeless, maxAnswers, maxWaitingApprovals, openAction, unfulfilled } from '@ice-runtime/kernel'
import type { ApprovalAnswer, Obligation, Operators, PolicyAnswer } from '@ice-runtime/kernel'
import { createHash, sign } from 'node:crypto'
import type { AuthorityClaim } from '../authority-claim.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
const once: ApprovalAnswer = { type: 'given', scope: 'once' }
const forRun: ApprovalAnswer = { type: 'given', scope: 'run' }
const all = operatorsOf(ada, bea, cay)

/** What an order comes to: its events, or the code it is rejected with. */
function comesTo(history: RunHistory, order: Order, telling: Telling = {}): unknown {
  const decision = ask(history, order, telling)
  return decision.ok
    ? decision.events.map((event) => `${event.type}${'code' in event.payload ? ` ${String(event.payload.code)}` : ''}`)
    : decision.code
}

function askedIn(
  answer = obliging,
  operators: Operators = all,
): { readonly history: RunHistory; readonly approval: number; readonly action: number } {
  const history = wish(executing(), askingNow, { view: viewWith({ answer, operators }) })
  return { history, approval: history.run.seq, action: history.run.seq - 1 }
}

type Obliging = Extract<PolicyAnswer, { effect: 'oblige' }>
const oblige = (...obligations: readonly Obligation[]): Obliging => ({ effect: 'oblige', rules: ['told.cedar:7'], obligations })
const ops = (count: number): Obligation => ({ type: 'approval', from: 'ops', count })
const given = (history: RunHistory, who: ToldOperator, approval: number, answer: ApprovalAnswer = once): RunHistory =>
  tell(history, answerOf(history, who, { approval, answer }), { view: viewWith({ operators: all }) })
const settle = (action: number): Order => ({ type: 'SettleApproval', action })
const asking = askedIn()
const agreed = given(asking.history, ada, asking.approval)
const agreedForRun = tell(given(asking.history, ada, asking.approval, forRun), settle(asking.action))

/** A second request after an answer for the run, under what policy says then. */
const again = (answer: Obliging, wished = askingNow): unknown =>
  comesTo(agreedForRun, propose(agreedForRun, wished), { view: viewWith({ answer, operators: all }) })
const allowed = ['ActionProposed', 'ActionAuthorized']
const asked = ['ActionProposed', 'ApprovalRequested']

const bound = {
  run: toldRequest.agent.name as never,
  action: 3,
  request: digestOf('request'),
  policy: digestOf('policy'),
  grant: 2,
  obligations: [ops(1)],
}
const binds = (change: object): boolean => approvalBinds({ ...bound, ...change }, sha256) === approvalBinds(bound, sha256)
const statement = (change: object, answer: ApprovalAnswer = once): string =>
  approvalStatement({ run: bound.run, approval: 5, binds: bound.request, by: ada.subject, ...change }, answer)

export const peopleClaims: readonly AuthorityClaim[] = [
  // What an answer for the run covers.
  { name: 'an answer for the run covers the same request', holds: () => again(oblige(ops(1))), is: allowed },
  {
    name: 'an answer for the run covers no other action',
    holds: () => again(oblige(ops(1)), { ...askingNow, action: 'ledger.post' }),
    is: asked,
  },
  {
    name: 'an answer for the run covers a part of its resources',
    holds: () => again(oblige(ops(1)), { ...askingNow, resources: ['mail:ops'] }),
    is: allowed,
  },
  { name: 'an answer for the run covers no other rule', holds: () => again({ ...oblige(ops(1)), rules: ['told.cedar:9'] }), is: asked },
  { name: 'an answer for the run covers no larger number of people', holds: () => again(oblige(ops(2))), is: asked },
  {
    name: 'an answer for the run covers no other role',
    holds: () => again(oblige({ type: 'approval', from: 'legal', count: 1 })),
    is: asked,
  },
  {
    name: 'an answer for the run covers not one obligation of two',
    holds: () => again(oblige(ops(1), { type: 'approval', from: 'legal', count: 1 })),
    is: asked,
  },
  {
    name: 'an answer that may be the requester’s covers no rule that excludes them',
    holds: () => again(oblige({ ...ops(1), notRequester: true })),
    is: asked,
  },
  {
    name: 'an answer that may not be the requester’s covers a rule that does not care',
    holds: () => {
      const strict = askedIn(oblige({ ...ops(1), notRequester: true }))
      const done = tell(given(strict.history, ada, strict.approval, forRun), settle(strict.action), {
        view: viewWith({ answer: oblige({ ...ops(1), notRequester: true }), operators: all }),
      })
      return comesTo(done, propose(done, askingNow), { view: viewWith({ answer: oblige(ops(1)), operators: all }) })
    },
    is: allowed,
  },
  {
    name: 'an answer for more people covers fewer',
    holds: () => {
      const two = askedIn(oblige(ops(2)))
      const both = given(given(two.history, ada, two.approval, forRun), bea, two.approval, forRun)
      const done = tell(both, settle(two.action), { view: viewWith({ answer: oblige(ops(2)), operators: all }) })
      return comesTo(done, propose(done, askingNow), { view: viewWith({ answer: oblige(ops(1)), operators: all }) })
    },
    is: allowed,
  },
  {
    name: 'one of two answers for the run and one for once cover nothing more',
    holds: () => {
      const two = askedIn(oblige(ops(2)))
      const both = given(given(two.history, ada, two.approval, forRun), bea, two.approval, once)
      const done = tell(both, settle(two.action), { view: viewWith({ answer: oblige(ops(2)), operators: all }) })
      return comesTo(done, propose(done, askingNow), { view: viewWith({ answer: oblige(ops(2)), operators: all }) })
    },
    is: asked,
  },

  {
    name: 'an answer under two obligations covers each of them',
    holds: () => {
      const both = oblige(ops(1), { type: 'approval', from: 'legal', count: 1 })
      const two = askedIn(both)
      const done = tell(given(two.history, bea, two.approval, forRun), settle(two.action), {
        view: viewWith({ answer: both, operators: all }),
      })
      return comesTo(done, propose(done, askingNow), { view: viewWith({ answer: oblige(ops(1)), operators: all }) })
    },
    is: allowed,
  },
  {
    name: 'an answer that may not be the requester’s covers the same again',
    holds: () => {
      const strict = oblige({ ...ops(1), notRequester: true })
      const one = askedIn(strict)
      const done = tell(given(one.history, ada, one.approval, forRun), settle(one.action), {
        view: viewWith({ answer: strict, operators: all }),
      })
      return comesTo(done, propose(done, askingNow), { view: viewWith({ answer: strict, operators: all }) })
    },
    is: allowed,
  },
  {
    name: 'what is recorded of an answer names what caused it, and keeps its comment',
    holds: () => {
      const comment = toldRequest.principal.name
      const plain = answerOf(asking.history, ada, { approval: asking.approval, answer: once })
      const text = approvalStatement({ ...plain, run: asking.history.run.id, comment }, once)
      const order = { ...plain, comment, signature: sign(null, Buffer.from(text), ada.key).toString('base64url') }
      const answered = tell(asking.history, order).entries.at(-1)
      const settled = tell(agreed, settle(asking.action)).entries.at(-1)
      const denied = tell(given(agreed, bea, asking.approval, { type: 'denied' }), settle(asking.action)).entries.at(-1)
      const expired = tell(asking.history, { type: 'ExpireApproval', action: asking.action }).entries.at(-2)
      return [
        answered?.type === 'ApprovalGiven' && answered.payload.comment,
        ...[answered, settled, denied, expired].map((entry) => entry?.causes),
      ]
    },
    is: [
      toldRequest.principal.name,
      [asking.approval],
      [asking.action, asking.approval],
      [asking.action, asking.approval],
      [asking.approval],
    ],
  },
  {
    name: 'a request expires at its last moment and not before',
    holds: () => {
      const stage = openAction(asking.history.run, asking.action)?.stage
      const left = stage?.name === 'asked' ? stage.asked.expires - asking.history.run.at : 0
      const at = (afterMs: number): unknown =>
        comesTo(agreed, { type: 'ExpireApproval', action: asking.action }, { afterMs: afterMs - (agreed.run.at - asking.history.run.at) })
      const settled = (afterMs: number): unknown =>
        comesTo(agreed, settle(asking.action), { afterMs: afterMs - (agreed.run.at - asking.history.run.at) })
      return [at(left - 1), at(left), settled(left - 1), settled(left)]
    },
    is: ['approval.waiting', ['ApprovalExpired', 'ActionRefused approval.expired'], ['ActionAuthorized'], 'approval.waiting'],
  },

  // Who counts.
  {
    name: 'as many as are asked for are enough',
    holds: () => unfulfilled([ops(2)], [ada.subject, bea.subject], { operators: all, requester: undefined }),
    is: undefined,
  },
  { name: 'one fewer is not', holds: () => unfulfilled([ops(2)], [ada.subject], { operators: all, requester: undefined }), is: ops(2) },
  {
    name: 'who has another role does not count',
    holds: () => unfulfilled([ops(2)], [ada.subject, cay.subject], { operators: all, requester: undefined }),
    is: ops(2),
  },
  {
    name: 'each obligation is looked at',
    holds: () =>
      unfulfilled([ops(1), { type: 'approval', from: 'legal', count: 1 }], [ada.subject], { operators: all, requester: undefined }),
    is: { type: 'approval', from: 'legal', count: 1 },
  },
  {
    name: 'whoever started it counts where nothing is said',
    holds: () => unfulfilled([ops(1)], [ada.subject], { operators: all, requester: ada.subject }),
    is: undefined,
  },
  {
    name: 'whoever started it does not count where that is said',
    holds: () => unfulfilled([{ ...ops(1), notRequester: true }], [ada.subject], { operators: all, requester: ada.subject }),
    is: { ...ops(1), notRequester: true },
  },
  {
    name: 'somebody else counts where whoever started it does not',
    holds: () => unfulfilled([{ ...ops(1), notRequester: true }], [bea.subject], { operators: all, requester: ada.subject }),
    is: undefined,
  },
  {
    name: 'it is hopeless where too few could ever answer',
    holds: () => hopeless([ops(3)], { operators: all, requester: undefined }),
    is: ops(3),
  },
  { name: 'it is not where enough could', holds: () => hopeless([ops(2)], { operators: all, requester: undefined }), is: undefined },

  // What an answer is bound to.
  ...Object.entries({
    run: 'run_000000000000',
    action: 4,
    request: digestOf('other'),
    policy: digestOf('other'),
    grant: 3,
    obligations: [ops(2)],
  }).map(([part, value]) => ({ name: `an answer is bound to the ${part}`, holds: () => binds({ [part]: value }), is: false })),
  { name: 'what is bound alike is the same', holds: () => binds({}), is: true },
  { name: 'a yes and a no are signed differently', holds: () => statement({}) === statement({}, { type: 'denied' }), is: false },
  { name: 'once and for the run are signed differently', holds: () => statement({}) === statement({}, forRun), is: false },
  {
    name: 'an edited yes is signed differently',
    holds: () =>
      statement({}) ===
      statement({}, { ...forRun, scope: 'once', edited: { request: digestOf('edited'), prepared: { resources: [], class: 'observe' } } }),
    is: false,
  },
  { name: 'an answer is signed for its request', holds: () => statement({}) === statement({ approval: 6 }), is: false },
  { name: 'an answer is signed for its question', holds: () => statement({}) === statement({ binds: digestOf('other') }), is: false },
  { name: 'an answer is signed by its person', holds: () => statement({}) === statement({ by: bea.subject }), is: false },

  {
    name: 'the text of an answer is what the specification says',
    holds: () => [statement({}, { type: 'denied' }), statement({})].map((text) => text.replace(bound.request, 'DIGEST')),
    is: [
      `ICE approval answer 1\n{"answer":"denied","approval":"teller#5","binds":"DIGEST","by":"${ada.subject}"}`,
      `ICE approval answer 1\n{"answer":"given","approval":"teller#5","binds":"DIGEST","by":"${ada.subject}","scope":"once"}`,
    ],
  },

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
  const verdict = tell(changed, settle(asking.action)).entries.at(-1)
  return [
    {
      name: 'what one may approve one may change',
      holds: () => verdict?.type === 'ActionAuthorized' && [verdict.payload.edited, verdict.payload.request],
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
