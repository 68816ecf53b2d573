import { ada, answerOf, askingNow, bea, cay, digestOf, forRun, once, propose, tell, toldRequest, viewWith } from '@ice-runtime/conformance'
import type { ToldOperator } from '@ice-runtime/conformance'
import { agreedTo, approvalStatement, hopeless, openAction, unfulfilled } from '@ice-runtime/kernel'
import type { Agreement } from '@ice-runtime/kernel'
import { sign } from 'node:crypto'
import type { AuthorityClaim } from '../authority-claim.ts'

import {
  all,
  comesTo,
  askedIn,
  oblige,
  ops,
  given,
  settle,
  asking,
  agreed,
  again,
  allowed,
  asked,
  bound,
  binds,
  statement,
} from './told-questions.ts'

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
      statement(
        {},
        { type: 'given', scope: 'once', edited: { request: digestOf('edited'), prepared: { resources: [], class: 'observe' } } },
      ),
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

  {
    name: 'an answer is signed with its comment',
    holds: () => [
      statement({}) === statement({ comment: toldRequest.principal.name }),
      statement({ comment: toldRequest.principal.name }).includes(toldRequest.principal.name.data),
    ],
    is: [false, true],
  },
  {
    name: 'two who agree to different things have agreed to nothing together',
    holds: () => {
      const edited = { request: digestOf('edited'), prepared: { resources: ['mail:ops'], class: 'staged' as const } }
      const who = { operators: all, requester: undefined }
      const as = (by: ToldOperator, what: typeof edited | undefined): Agreement => ({
        by: by.subject,
        scope: 'once',
        ...(what === undefined ? {} : { edited: what }),
      })
      const agreedBy = (...agreed: readonly Agreement[]): unknown => agreedTo({ agreed, obligations: [ops(2)] }, who)?.by.length
      return [
        agreedBy(as(ada, undefined), as(bea, edited)),
        agreedBy(as(ada, undefined), as(bea, undefined)),
        agreedBy(as(ada, edited), as(bea, edited)),
      ]
    },
    is: [undefined, 2, 2],
  },
]
