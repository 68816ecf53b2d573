import {
  ada,
  answerOf,
  answerTo,
  ask,
  askingLater,
  askingNow,
  bea,
  cay,
  digestOf,
  executing,
  lastProposal,
  once,
  preparedFor,
  requestOf,
  resumeOrder,
  signedAnswer,
  suspendOrder,
  tell,
  toldCeilings,
  viewWith,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory, ToldOperator, Wish } from '@ice-runtime/conformance'
import { approvalLifeMs, entryId, grantsOf, maxIdenticalRepeats } from '@ice-runtime/kernel'
import type { ApprovalAnswer, AuthorityView, Digest, Obligation } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'
import { agreed, all, asking, askedIn, comesTo, given, oblige, ops, settle } from './told-questions.ts'

const view = viewWith({ operators: all })
const law = { type: 'approval', from: 'legal', count: 1 } as const
const answers = (history: RunHistory, who: ToldOperator, answer: ApprovalAnswer = once): unknown =>
  comesTo(history, answerTo(history, who, answer), { view })
/** An answer that changes what was asked into this. */
function editing(wished: Wish, request?: Digest): ApprovalAnswer {
  const prepared = preparedFor(wished)
  return { type: 'given', scope: 'once', edited: { request: request ?? requestOf(prepared), prepared } }
}
const refused = (code: string): readonly string[] => [`ActionRefused ${code}`]
/** The first grant covers what is asked, the second one what it is edited into as well. */
const twoGrants = (): RunHistory =>
  executing({
    grants: [
      { ...wideGrant, uses: 1 },
      { ...wideGrant, resources: ['mail:**'] },
    ],
  })
const grantOf = ({ run }: RunHistory, index: number): number => run.grants.list[index]?.id ?? 0

/** What an operator's answer has to be, and the last question that is asked about what people agreed to. */
export const settlementClaims: readonly AuthorityClaim[] = [
  {
    name: 'an answer to something else than is asked is altered, also under a signature of its own',
    holds: () => {
      const other = { run: asking.history.run.id, approval: asking.approval, binds: digestOf('something else') }
      return comesTo(asking.history, { type: 'AnswerApproval', ...signedAnswer(ada, other, once) }, { view })
    },
    is: 'approval.altered',
  },
  {
    name: 'whoever is no operator does not answer',
    holds: () => comesTo(asking.history, answerTo(asking.history, bea, once), { view: viewWith({ operators: new Map() }) }),
    is: 'approval.not_operator',
  },
  {
    name: 'an answer after the verdict is recorded, whoever gave it, and settles nothing',
    holds: () => {
      const settled = tell(agreed, settle(asking.action))
      const late = answerOf(settled, cay, { approval: asking.approval, answer: once })
      return [comesTo(settled, late, { view }), comesTo(tell(settled, late, { view }), settle(asking.action))]
    },
    is: [['ApprovalGiven'], 'action.not_open'],
  },
  {
    name: 'who may answer to one of several obligations may answer, and whoever may answer to none may not',
    holds: () => {
      const both = askedIn(oblige(ops(1), law)).history
      return [answers(both, ada), answers(both, cay), answers(both, bea), answers(askedIn(oblige(ops(1))).history, cay)]
    },
    is: [['ApprovalGiven'], ['ApprovalGiven'], ['ApprovalGiven'], 'approval.not_role'],
  },
  {
    name: 'one person may say no to what several must approve, and may not change it',
    holds: () => {
      const two = askedIn(oblige(ops(2))).history
      return [answers(two, ada, { type: 'denied' }), answers(two, ada, editing({ ...askingNow, cost: { tokens: 1 } }))]
    },
    is: [['ApprovalDenied'], 'approval.edit_alone'],
  },
  {
    name: 'an edit that changes nothing is none',
    holds: () => answers(asking.history, ada, editing(askingNow)),
    is: 'approval.edit_same',
  },
  {
    name: 'an edit does not change whether an effect waits for the commit',
    holds: () => {
      const later = wish(executing(), askingLater)
      return [
        answers(asking.history, ada, editing(askingLater)),
        answers(later, ada, editing(askingNow)),
        answers(later, ada, editing({ ...askingLater, class: 'keyed' })),
      ]
    },
    is: ['approval.edit_timing', 'approval.edit_timing', ['ApprovalGiven']],
  },
  {
    name: 'what a run rests on must hold when it is settled, the actions there are as well as the policy',
    holds: () => comesTo(agreed, settle(asking.action), { view: viewWith({ operators: all, catalog: digestOf('catalog 2') }) }),
    is: refused('approval.stale'),
  },
  {
    name: 'an answer from before the policy changed is stale, also where the run was let go on since',
    holds: () => {
      const other = viewWith({ operators: all, policy: digestOf('policy 2') })
      const renewed = tell(tell(agreed, suspendOrder), resumeOrder, { view: other })
      return comesTo(renewed, settle(asking.action), { view: other })
    },
    is: refused('approval.stale'),
  },
  {
    name: 'an answer to one obligation is none to two, also of somebody who could give both',
    holds: () => {
      const under = (...obligations: readonly Obligation[]): unknown =>
        comesTo(given(asking.history, bea, asking.approval), settle(asking.action), {
          view: viewWith({ operators: all, answer: oblige(...obligations) }),
        })
      return [under(ops(1)), under(ops(1), law), under(law, ops(1))]
    },
    is: [['ActionAuthorized'], refused('approval.stale'), refused('approval.stale')],
  },
  {
    name: 'an answer of two covers what one must approve, and whoever left since does not count',
    holds: () => {
      const two = askedIn(oblige(ops(2)))
      const both = given(given(two.history, ada, two.approval), bea, two.approval)
      const under = (operators: AuthorityView['operators']): unknown =>
        comesTo(both, settle(two.action), { view: viewWith({ operators, answer: oblige(ops(1)) }) })
      return [under(all), under(new Map([...all].filter(([subject]) => subject !== ada.subject)))]
    },
    is: [['ActionAuthorized'], 'approval.waiting'],
  },
  {
    name: 'no other grant stands in for the one that people were told of',
    holds: () => {
      const two = twoGrants()
      const asked = wish(two, askingNow)
      const order: Order = { type: 'RevokeGrant', grant: entryId(two.run.id, grantOf(two, 0)), reason: 'no longer' }
      const answered = tell(tell(asked, answerTo(asked, ada, once)), order)
      return comesTo(answered, settle(lastProposal(asked)))
    },
    is: refused('grant.revoked'),
  },
  {
    name: 'what was used up while people thought is used up',
    holds: () => {
      const asked = wish(twoGrants(), askingNow)
      const used = wish(asked, {})
      const answered = tell(used, answerTo(used, ada, once))
      return [grantOf(used, 0), comesTo(answered, settle(lastProposal(asked)))]
    },
    is: [grantOf(twoGrants(), 0), refused('grant.uses')],
  },
  {
    name: 'what people changed may be covered by another grant than the one they were told of',
    holds: () => {
      const asked = wish(twoGrants(), askingNow)
      const changed = tell(asked, answerTo(asked, ada, editing({ ...askingNow, resources: ['mail:all'] })))
      const decision = ask(changed, settle(lastProposal(asked)))
      const [event] = decision.ok ? decision.events : []
      return event?.type === 'ActionAuthorized' && [event.payload.grant, event.payload.prepared.resources]
    },
    is: [grantOf(twoGrants(), 1), ['mail:all']],
  },
  {
    name: 'where the grant that people were told of is not there nothing is covered',
    holds: () => comesTo({ ...agreed, run: { ...agreed.run, grants: grantsOf([]) } }, settle(asking.action)),
    is: refused('grant.none'),
  },
  {
    name: 'a no, or no answer, given again and again holds the run, and names the refusal that closed the circle',
    holds: () =>
      (['denied', 'expired'] as const).map((how) => {
        const rounds = Array.from({ length: maxIdenticalRepeats - 1 }).reduce<RunHistory>((told) => round(told, how), patient())
        const asked = wish(rounds, askingNow, { view })
        const last = how === 'denied' ? tell(asked, answerTo(asked, ada, { type: 'denied' }), { view }) : asked
        const decision = ask(last, ending(last, how))
        const events = decision.ok ? decision.events : []
        return [rounds.run.phase.name, ...events.map(({ type, causes }) => [type, Number(causes.at(0)) - last.run.seq])]
      }),
    is: [
      ['executing', ['ActionRefused', -2], ['RunSuspended', 1]],
      ['executing', ['ApprovalExpired', 0], ['ActionRefused', -1], ['RunSuspended', 2]],
    ],
  },
]

/** A run that outlasts as many questions as it takes. */
function patient(): RunHistory {
  return executing({ ceilings: { ...toldCeilings, wallMs: 30 * approvalLifeMs } })
}

function ending(history: RunHistory, how: 'denied' | 'expired'): Order {
  return { type: how === 'denied' ? 'SettleApproval' : 'ExpireApproval', action: lastProposal(history) }
}

/** The same is asked about and refused once more. */
function round(history: RunHistory, how: 'denied' | 'expired'): RunHistory {
  const asked = wish(history, askingNow, { view })
  const heard = how === 'denied' ? tell(asked, answerTo(asked, ada, { type: 'denied' }), { view }) : asked
  return tell(heard, ending(heard, how))
}
