import {
  abortOrder,
  ask,
  executing,
  hosted,
  importing,
  lastProposal,
  propose,
  reported,
  reportOf,
  requestOf,
  preparedFor,
  succeed,
  suspendOrder,
  tell,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory } from '@ice-runtime/conformance'
import type { AuthorityClaim } from '../authority-claim.ts'
import { comesTo } from './told-questions.ts'

type Report = Extract<Order, { type: 'ReportAction' }>
type Import = Extract<Order, { type: 'ImportAction' }>
const going = (): RunHistory => executing()
const kept = (): RunHistory => executing({ imported: true })
const report = (more: Partial<Report> = {}): Report => ({ ...reportOf(going()), ...more })
const importOf = (more: Partial<Import> = {}): Import => ({ ...importing(kept()), ...more })
/** What a host would be doing if it were an agent of this runtime. */
const { performer: _performer, ...byAgent } = reportOf(going()).proposed
const unreported = { type: 'succeeded', result: { value: 'it says so' } } as const
const here = going().run.seq
const told = (history: RunHistory, order: Order): unknown => {
  const decision = ask(history, order)
  return decision.ok && decision.events.map(({ type, origin, causes, payload }) => [type, origin, causes, payload])
}
const { proposed } = reportOf(going())
const refusal = { action: here + 1, code: 'host.unasked', stage: 'phase', detail: 'nobody was asked' }
const succeeded = { action: here + 1, result: { value: 'it says so' }, reported: true }

/** What a host did without asking, and what it kept from before: on record, and never authorized. */
export const reportClaims: readonly AuthorityClaim[] = [
  {
    name: 'what a host did without leave is proposed, refused and reported in one',
    holds: () => told(going(), report()),
    is: [
      ['ActionProposed', 'host', [here], proposed],
      [
        'ActionRefused',
        'runtime',
        [here + 1],
        { ...refusal, request: requestOf(preparedFor(hosted)), prepared: preparedFor(hosted), observed: true },
      ],
      ['ActionSucceeded', 'host', [here + 1], succeeded],
    ],
  },
  {
    name: 'what a host did and nobody could prepare is recorded without what it was prepared as',
    holds: () => {
      const preparation = { type: 'refused', code: 'args.invalid', detail: 'path is no text' } as const
      const decision = ask(going(), report({ preparation }))
      return decision.ok && decision.events[1]?.payload
    },
    is: { ...refusal, observed: true },
  },
  {
    name: 'a report is caused by what its host knew last',
    holds: () => {
      const done = wish(going(), {})
      const early = tell(done, succeed(lastProposal(done)))
      const held = tell(early, suspendOrder)
      return [early, held].map((history) => {
        const decision = ask(history, { ...reportOf(history) })
        return decision.ok && Number(decision.events[0]?.causes[0]) - history.run.seq
      })
    },
    is: [0, -1],
  },
  {
    name: 'a run hears reports while it executes or is held, and an imported one hears none',
    holds: () => [comesTo(tell(going(), suspendOrder), report()), comesTo(tell(going(), abortOrder), report()), comesTo(kept(), report())],
    is: [['ActionProposed', 'ActionRefused host.unasked', 'ActionSucceeded'], 'run.phase', 'run.phase'],
  },
  {
    name: 'only a host reports, and only what it says itself is a report',
    holds: () => [
      comesTo(going(), report({ proposed: byAgent })),
      comesTo(going(), report({ settlement: unreported })),
      comesTo(going(), report({ settlement: { type: 'uncertain', code: 'effect.timeout', message: 'no answer' } })),
    ],
    is: ['action.not_host', 'action.not_host', 'action.not_host'],
  },
  {
    name: 'what a host kept is taken as it was, with its outcome or without one, and never as a verdict of this runtime',
    holds: () => [told(kept(), importOf()), told(kept(), importOf({ settlement: reported }))],
    is: [
      [['ActionProposed', 'import', [kept().run.seq], importOf().proposed]],
      [
        ['ActionProposed', 'import', [kept().run.seq], importOf().proposed],
        ['ActionSucceeded', 'import', [kept().run.seq + 1], { ...succeeded, action: kept().run.seq + 1 }],
      ],
    ],
  },
  {
    name: 'only a run that was imported takes what a host kept, and only before it ends',
    holds: () => [comesTo(going(), importOf()), comesTo(tell(kept(), suspendOrder), importOf()), comesTo(kept(), importOf())],
    is: ['run.phase', 'run.phase', ['ActionProposed']],
  },
  {
    name: 'what is imported was done by a host, at no time of ours, and its outcome is the host’s own word',
    holds: () => [
      comesTo(kept(), importOf({ proposed: byAgent })),
      comesTo(kept(), importOf({ proposed: { ...importOf().proposed, atOnce: true } })),
      comesTo(kept(), importOf({ settlement: unreported })),
    ],
    is: ['action.not_host', 'action.not_host', 'action.not_host'],
  },
  {
    name: 'a driver that refuses in the words of a question to people has asked nobody: the host is not let pass',
    holds: () => {
      const { proposed: asked } = propose(going(), hosted)
      const preparation = { type: 'refused', code: 'approval.required', detail: 'ask somebody' } as const
      const decision = ask(going(), { type: 'ProposeAction', proposed: asked, preparation })
      const [, event] = decision.ok ? decision.events : []
      return event?.type === 'ActionRefused' && [event.payload.stage, event.payload.observed]
    },
    is: ['prepare', undefined],
  },
]
