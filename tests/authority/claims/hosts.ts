import { ask, executing, hosted, propose, viewWith } from '@ice-runtime/conformance'
import type { RunHistory, Wish } from '@ice-runtime/conformance'
import { maxOpenActions } from '@ice-runtime/kernel'
import type { NewEvent, PolicyAnswer } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'
import { all, oblige, ops } from './told-questions.ts'
import { many, run, verdict } from './told-verdicts.ts'

const eventsOf = (history: RunHistory, wished: Wish, answer?: PolicyAnswer): readonly NewEvent[] => {
  const view = viewWith({ operators: all, ...(answer === undefined ? {} : { answer }) })
  const decision = ask(history, propose(history, wished), { view })
  return decision.ok ? decision.events : []
}
/** What a host is told that wants to do something people must approve. */
const toldWith = (answer: PolicyAnswer): unknown => {
  const [, event] = eventsOf(run, hosted, answer)
  return event?.type === 'ActionRefused' ? [event.payload.code, event.payload.rules, event.payload.observed] : event?.type
}
const law = { type: 'approval', from: 'legal', count: 1 } as const
const saysItself = ['approval.required', ['told.cedar:7'], true]
const needsMore = ['approval.unavailable', ['told.cedar:7'], undefined]

/** What a foreign program may do, which acts by itself and waits for nobody but the person at it. */
export const hostClaims: readonly AuthorityClaim[] = [
  {
    name: 'what a host is allowed is handed to it in the same decision, and waits for no commit',
    holds: () => {
      const [proposed, authorized, dispatched] = eventsOf(run, hosted)
      return [
        [proposed?.type, proposed?.origin],
        authorized?.type === 'ActionAuthorized' && [authorized.type, authorized.payload.deferred],
        [dispatched?.type, dispatched?.causes],
      ]
    },
    is: [
      ['ActionProposed', 'host'],
      ['ActionAuthorized', undefined],
      ['ActionDispatched', [run.run.seq + 2]],
    ],
  },
  { name: 'what one person may approve the person at the host may', holds: () => toldWith(oblige(ops(1))), is: saysItself },
  {
    name: 'one person at a host may answer for two roles',
    holds: () => toldWith(oblige(ops(1), law)),
    is: saysItself,
  },
  {
    name: 'what two must approve nobody at a host can, whatever else is asked for',
    holds: () => [toldWith(oblige(ops(2))), toldWith(oblige(law, ops(2))), toldWith(oblige(ops(2), law))],
    is: [needsMore, needsMore, needsMore],
  },
  {
    name: 'where the requester does not count the person at the host does not, whoever that is',
    holds: () => [toldWith(oblige({ ...ops(1), notRequester: true })), toldWith(oblige(law, { ...ops(1), notRequester: true }))],
    is: [needsMore, needsMore],
  },
  {
    name: 'of a host only its steps are bounded, not what it has under way',
    holds: () => {
      const full = many(maxOpenActions, hosted)
      return [full.run.open.size, verdict(full, hosted), verdict(full, {})]
    },
    is: [maxOpenActions, ['ActionProposed', 'ActionAuthorized', 'ActionDispatched'], ['ActionProposed', 'phase limit.open_actions']],
  },
  {
    name: 'what a host said that nobody could read was not passed over, also where it is only observed',
    holds: () => {
      const watched = executing({ observe: true })
      return (['malformed', 'refused'] as const).map((unread) => {
        const [, event] = eventsOf(watched, { ...hosted, unread })
        return event?.type === 'ActionRefused' && [event.payload.code, event.payload.observed]
      })
    },
    is: [
      ['proposal.malformed', undefined],
      ['args.invalid', true],
    ],
  },
  {
    name: 'a lockdown stops a host that is only observed',
    holds: () => {
      const watched = executing({ observe: true })
      const decision = ask(watched, propose(watched, hosted), { view: viewWith({ lockdown: true }) })
      const [, event] = decision.ok ? decision.events : []
      return event?.type === 'ActionRefused' && [event.payload.code, event.payload.observed]
    },
    is: ['lockdown.on', undefined],
  },
]
