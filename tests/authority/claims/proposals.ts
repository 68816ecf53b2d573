import {
  askingLater,
  askingNow,
  ask,
  committing,
  emptyHistory,
  executing,
  fetching,
  finalLater,
  finalNow,
  importing,
  keyedLater,
  keyedNow,
  lastProposal,
  propose,
  staging,
  succeed,
  suspendOrder,
  tell,
  toldCeilings,
  toldRequest,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { RunHistory, Wish } from '@ice-runtime/conformance'
import { maxDeferredActions, maxIdenticalRepeats, maxMalformedProposals, maxWaitingApprovals } from '@ice-runtime/kernel'
import type { NewEvent } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'
import { allowed, many, run, verdict } from './told-verdicts.ts'

const eventsOf = (history: RunHistory, wished: Wish): readonly NewEvent[] => {
  const decision = ask(history, propose(history, wished))
  return decision.ok ? decision.events : []
}
const causesOf = (history: RunHistory, wished: Wish): readonly unknown[] =>
  eventsOf(history, wished).map(({ causes }) => causes.map((cause) => Number(cause) - history.run.seq))
const ended = (): RunHistory => {
  const killed = tell(run, { type: 'TerminateRun', code: 'run.killed' })
  return tell(tell(killed, { type: 'StartTeardown' }), { type: 'TearDown' })
}
const isDeferred = (wished: Wish): unknown => {
  const [, event] = eventsOf(run, wished)
  return event?.type === 'ActionAuthorized' && event.payload.deferred
}
const notNow = ['ActionProposed', 'phase run.not_executing']

/** What is asked of a run whatever is proposed: whether it takes proposals, how many, and what caused what. */
export const proposalClaims: readonly AuthorityClaim[] = [
  {
    name: 'a run that does not exist, has ended or was imported takes no proposal',
    holds: () => {
      const imported = executing({ imported: true })
      return [verdict(emptyHistory(), {}), ended().run.phase.name, verdict(ended(), {}), verdict(tell(imported, importing(imported)), {})]
    },
    is: ['run.phase', 'terminated', 'run.phase', 'run.phase'],
  },
  {
    name: 'a run that is held, commits or is torn down refuses what is proposed, on record',
    holds: () => {
      const killed = tell(run, { type: 'TerminateRun', code: 'run.killed' })
      return [tell(run, suspendOrder), committing(executing()), killed].map((history) => verdict(history, {}))
    },
    is: [notNow, notNow, notNow],
  },
  {
    name: 'a run past its commit point is ended by no ceiling: what it may not do it has not done',
    holds: () => {
      const last = executing({ ceilings: { ...toldCeilings, steps: 1 } })
      return [verdict(wish(last, {}), {}), verdict(committing(finished(wish(last, {}))), {})]
    },
    is: [['ActionProposed', 'phase limit.steps', 'RunTerminatedByRuntime limit.steps'], notNow],
  },
  {
    name: 'what changes the outside waits for the commit, unless it is wanted at once',
    holds: () => [keyedLater, finalLater, keyedNow, finalNow, fetching, staging].map(isDeferred),
    is: [true, true, undefined, undefined, undefined, undefined],
  },
  {
    name: 'what waits for people and what waits for the commit are bounded together',
    holds: () => {
      const nearly = many(maxDeferredActions - 1, keyedLater)
      const full = wish(nearly, askingLater)
      return [
        verdict(nearly, keyedLater),
        full.run.deferred.length,
        verdict(full, keyedLater),
        verdict(full, askingLater),
        verdict(full, {}),
      ]
    },
    is: [
      allowed,
      maxDeferredActions - 1,
      ['ActionProposed', 'phase limit.deferred_actions'],
      ['ActionProposed', 'phase limit.deferred_actions'],
      allowed,
    ],
  },
  {
    name: 'what needs no people is allowed although no more requests may wait',
    holds: () => {
      const full = many(maxWaitingApprovals, askingNow)
      return [full.run.waiting.length, verdict(full, staging)]
    },
    is: [maxWaitingApprovals, allowed],
  },
  {
    name: 'a proposal is caused by what its agent knew last, and a verdict by its proposal',
    holds: () => {
      const done = finished(wish(run, {}))
      return [causesOf(run, {}), causesOf(done, {}), causesOf(tell(done, suspendOrder), {})]
    },
    is: [
      [[0], [1]],
      [[0], [1]],
      [[-1], [1]],
    ],
  },
  {
    name: 'what is proposed before there is an agent is caused by where the run stands, and refused',
    holds: () => {
      const early = tell(tell(emptyHistory(), { type: 'RequestRun', ...toldRequest }), { type: 'StartProvisioning' })
      return [verdict(early, {}), causesOf(early, {})]
    },
    is: [notNow, [[0], [1]]],
  },
  {
    name: 'a question and a refusal are caused by their proposal, and so is the end of a run that asked too often',
    holds: () => [
      causesOf(run, askingNow),
      causesOf(run, { action: 'mail.send' }),
      causesOf(many(maxMalformedProposals - 1, { unread: 'malformed' }), { unread: 'malformed' }).slice(1),
    ],
    is: [
      [[0], [1]],
      [[0], [1]],
      [[1], [1]],
    ],
  },
  {
    name: 'a run that is held for going in a circle names the refusal that closed it',
    holds: () => causesOf(many(maxIdenticalRepeats - 1, { action: 'mail.send' }), { action: 'mail.send' }),
    is: [[0], [1], [2]],
  },
  {
    name: 'what is allowed again and again is no circle before it has its answers',
    holds: () => verdict(many(maxIdenticalRepeats + 1, staging), staging),
    is: allowed,
  },
  {
    name: 'who proposes is on record: an agent, or a host',
    holds: () => [{}, { host: true }].map((wished) => eventsOf(run, wished)[0]?.origin),
    is: ['agent', 'host'],
  },
  {
    name: 'a request is worth an answer from the moment it is asked, and no longer than its run',
    holds: () => {
      const short = executing({ grants: [wideGrant], ceilings: { ...toldCeilings, wallMs: 10 } })
      const decision = ask(short, propose(short, askingNow), { afterMs: 10 - (short.run.at - short.run.requestedAt) })
      const [, event] = decision.ok ? decision.events : []
      return event?.type === 'ApprovalRequested' && event.payload.expires - short.run.requestedAt
    },
    is: 10,
  },
  {
    name: 'a request is recorded with what it was prepared as, unless preparing it failed',
    holds: () =>
      [{ action: 'mail.send' }, { unread: 'refused' as const }, { cost: { tokens: -1 } }].map((wished) => {
        const [, event] = eventsOf(run, wished)
        return event?.type === 'ActionRefused' && [event.payload.stage, event.payload.request !== undefined, 'prepared' in event.payload]
      }),
    is: [
      ['grant', true, true],
      ['prepare', false, false],
      ['prepare', false, false],
    ],
  },
]

/** What was proposed last has succeeded. */
function finished(history: RunHistory): RunHistory {
  return tell(history, succeed(lastProposal(history)))
}
