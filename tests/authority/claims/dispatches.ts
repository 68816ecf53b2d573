import {
  abortOrder,
  ada,
  answerTo,
  ask,
  askingNow,
  bea,
  committing,
  digestOf,
  executing,
  fetching,
  finalNow,
  keyedLater,
  keyedNow,
  lastProposal,
  obliging,
  once,
  resumeOrder,
  settledApproval,
  succeed,
  suspendOrder,
  tell,
  viewWith,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory, ToldOperator, Wish } from '@ice-runtime/conformance'
import { entryId, grantsOf } from '@ice-runtime/kernel'
import type { AuthorityView, Obligation } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'
import { all, comesTo, oblige, ops } from './told-questions.ts'

const sending = (history: RunHistory): Order => ({ type: 'DispatchAction', action: lastProposal(history) })
const sends = (history: RunHistory, view?: AuthorityView): unknown => comesTo(history, sending(history), view === undefined ? {} : { view })
const sent = (history: RunHistory): RunHistory => tell(history, sending(history))
const authorized = (wished: Wish = keyedNow): RunHistory => wish(executing(), wished)
const locked = viewWith({ lockdown: true })
const dispatched = ['ActionDispatched']

/** Whose run an operator has let go on under a policy that is another one since. */
const renewing = (more: Parameters<typeof viewWith>[0] = {}): AuthorityView =>
  viewWith({ operators: all, policy: digestOf('policy 2'), ...more })
const renewed = (history: RunHistory): RunHistory => tell(tell(history, suspendOrder), resumeOrder, { view: renewing() })

/** What becomes of an effect that these people agreed to, when another policy says this before it is sent. */
function sendsUnder(agreed: readonly Obligation[], now: readonly Obligation[]): unknown {
  const view = viewWith({ operators: all, answer: oblige(...agreed) })
  const asked = wish(executing(), { ...askingNow, class: 'keyed', atOnce: true }, { view })
  const answered = [ada, bea].reduce((told: RunHistory, who: ToldOperator) => tell(told, answerTo(told, who, once), { view }), asked)
  return sends(renewed(settledApproval(answered, view)), renewing({ answer: oblige(...now) }))
}
const strict: Obligation = { ...ops(1), notRequester: true }
const law: Obligation = { type: 'approval', from: 'legal', count: 1 }
const stopped = (code: string): readonly string[] => [`ActionFailed ${code}`]

/** What is authorized and not sent yet: an authorization is no promise. */
export const dispatchClaims: readonly AuthorityClaim[] = [
  {
    name: 'what is sent names the verdict that allowed it, and how often it was sent',
    holds: () => {
      const told = authorized()
      return [told, sent(told), sent(sent(told))].map((history) => {
        const decision = ask(history, sending(history))
        const [event] = decision.ok ? decision.events : []
        return event?.type === 'ActionDispatched' && [event.causes, event.payload.attempt]
      })
    },
    is: [1, 2, 3].map((attempt) => [[executing().run.seq + 2], attempt]),
  },
  {
    name: 'what was never proposed is not sent',
    holds: () => comesTo(executing(), { type: 'DispatchAction', action: 99 }),
    is: 'action.not_open',
  },
  {
    name: 'a run that is held still sends what it had decided, and one that is undone or has committed sends nothing',
    holds: () => {
      const aborting = tell(authorized(), abortOrder)
      return [sends(tell(authorized(), suspendOrder)), sends(aborting), sends(committing(wish(executing(), keyedLater)))]
    },
    is: [dispatched, 'run.phase', 'run.phase'],
  },
  {
    name: 'what waits for the commit, or for people, is not sent before',
    holds: () => [sends(authorized(keyedLater)), sends(wish(executing(), askingNow))],
    is: ['action.not_dispatchable', 'action.not_dispatchable'],
  },
  {
    name: 'what cannot be repeated safely is sent once',
    holds: () => [fetching, keyedNow, finalNow].map((wished) => [sends(authorized(wished)), sends(sent(authorized(wished)))]),
    is: [
      [dispatched, dispatched],
      [dispatched, dispatched],
      [dispatched, 'action.not_dispatchable'],
    ],
  },
  {
    name: 'under a lockdown nothing is sent that was allowed before it',
    holds: () => sends(authorized(), locked),
    is: stopped('lockdown.on'),
  },
  {
    name: 'what its grant does not cover any more is not sent: revoked here, revoked elsewhere, or not there at all',
    holds: () => {
      const told = authorized()
      const grant = entryId(told.run.id, told.run.grants.list[0]?.id ?? 0)
      const order: Order = { type: 'DispatchAction', action: lastProposal(told) }
      return [
        comesTo(tell(told, { type: 'RevokeGrant', grant, reason: 'no longer' }), order),
        sends(told, viewWith({ revoked: new Set([grant]) })),
        sends({ ...told, run: { ...told.run, grants: grantsOf([]) } }),
      ]
    },
    is: [stopped('grant.revoked'), stopped('grant.revoked'), stopped('grant.revoked')],
  },
  {
    name: 'a grant revoked elsewhere that is another one stops nothing',
    holds: () => sends(authorized(), viewWith({ revoked: new Set([entryId(executing().run.id, 999)]) })),
    is: dispatched,
  },
  {
    name: 'what was sent before and is not sent again may have happened, and holds the run; a read has only failed',
    holds: () => [sends(sent(authorized()), locked), sends(sent(authorized(fetching)), locked), sends(authorized(fetching), locked)],
    is: [['ActionUncertain lockdown.on', 'RunSuspended lockdown.on'], stopped('lockdown.on'), stopped('lockdown.on')],
  },
  {
    name: 'under another policy nothing is sent until somebody lets the run go on',
    holds: () => [sends(authorized(), viewWith({ policy: digestOf('policy 2') })), sends(renewed(authorized()), renewing())],
    is: [['RunSuspended assumption.policy'], dispatched],
  },
  {
    name: 'what was authorized before the policy changed is decided again, and what was authorized since is not',
    holds: () => {
      const forbidding = renewing({ answer: { effect: 'forbid', rules: ['a:1'] } })
      const since = wish(renewed(executing()), keyedNow, { view: renewing() })
      return [sends(renewed(authorized()), forbidding), sends(since, forbidding)]
    },
    is: [stopped('policy.forbidden'), dispatched],
  },
  {
    name: 'what people must approve since the policy changed is not sent without them',
    holds: () => sends(renewed(authorized()), renewing({ answer: obliging })),
    is: stopped('approval.required'),
  },
  {
    name: 'a use that is counted is not counted again when it is decided again',
    holds: () => {
      const scarce = wish(executing({ grants: [{ ...wideGrant, uses: 1, moneyMicro: 10 }] }), keyedNow)
      return sends(renewed(scarce), renewing())
    },
    is: dispatched,
  },
  {
    name: 'what is decided again is decided about its own grant, and no other stands in for it',
    holds: () => {
      const two = executing({ grants: [{ ...wideGrant, expires: executing().run.at + 10 }, wideGrant] })
      const told = renewed(wish(two, keyedNow))
      return comesTo(told, sending(told), { view: renewing(), afterMs: 10 })
    },
    is: stopped('grant.expired'),
  },
  {
    name: 'what people agreed to they need not agree to again under another policy that asks the same',
    holds: () => [sendsUnder([ops(1)], [ops(1)]), sendsUnder([ops(1), law], [law, ops(1)]), sendsUnder([ops(1), law], [law])],
    is: [dispatched, dispatched, dispatched],
  },
  {
    name: 'what people agreed to is not what another policy asks of more, of others, or of fewer',
    holds: () => [
      sendsUnder([ops(1)], [ops(2)]),
      sendsUnder([ops(1)], [law]),
      sendsUnder([ops(1)], [ops(1), law]),
      sendsUnder([ops(1)], [strict]),
      sendsUnder([strict], [ops(1)]),
      sendsUnder([ops(2)], [ops(1)]),
      sendsUnder([ops(2)], [ops(2)]),
    ],
    is: [...Array.from({ length: 6 }, () => stopped('approval.required')), dispatched],
  },
  {
    name: 'what has its outcome is not sent',
    holds: () => {
      const done = tell(sent(authorized()), succeed(lastProposal(authorized())))
      return sends(done)
    },
    is: 'action.not_open',
  },
]
