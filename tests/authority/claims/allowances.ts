import {
  ada,
  answerTo,
  askingNow,
  digestOf,
  executing,
  forRun,
  lendableGrant,
  obliging,
  propose,
  resumeOrder,
  settledApproval,
  spawning,
  suspendOrder,
  tell,
  toldCeilings,
  viewWith,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { RunHistory, Wish } from '@ice-runtime/conformance'
import type { AuthorityView, CostBound, Fact } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'
import { comesTo } from './told-questions.ts'

/** All that people are asked about here is granted, and nothing but their answer bounds what it costs. */
const asking = (): RunHistory =>
  executing({ grants: [{ ...wideGrant, resources: ['mail:**'] }, lendableGrant], ceilings: { ...toldCeilings, cost: {} } })
const view = viewWith({ answer: obliging })

/** A run in which people have agreed to this once and for all. */
function agreedTo(first: Wish): RunHistory {
  const asked = wish(asking(), first, { view })
  return settledApproval(tell(asked, answerTo(asked, ada, forRun)), view)
}

/** Whether each of these is covered by the answer for the run that the first was given, or is asked about again. */
function covered(first: Wish, seconds: readonly Wish[], under: { readonly view: AuthorityView } = { view }): readonly boolean[] {
  const agreed = agreedTo(first)
  return seconds.map((second) => {
    const events = comesTo(agreed, propose(agreed, second), under)
    return Array.isArray(events) && events.join(' ') === 'ActionProposed ActionAuthorized'
  })
}

/** What leaves, so that people agreed to its content and its price. */
const leaving: Wish = { ...askingNow, class: 'keyed', atOnce: true, destinations: ['https://example.org:443'] }
const coversFact = (agreed: Fact | undefined, now: Fact | undefined): boolean | undefined => {
  const saying = (mark: Fact | undefined): Wish => ({ ...leaving, facts: { other: 'same', ...(mark === undefined ? {} : { mark }) } })
  return covered(saying(agreed), [saying(now)])[0]
}
const coversCost = (agreed: CostBound, ...now: readonly CostBound[]): readonly boolean[] =>
  covered(
    { ...leaving, cost: agreed },
    now.map((cost) => ({ ...leaving, cost })),
  )

/** How far an answer for the whole run reaches. */
export const allowanceClaims: readonly AuthorityClaim[] = [
  {
    name: 'an answer for the run is one under its policy, whatever the rules of another are called',
    holds: () => {
      const other = viewWith({ answer: obliging, policy: digestOf('policy 2') })
      const agreed = agreedTo(askingNow)
      const renewed = tell(tell(agreed, suspendOrder), resumeOrder, { view: other })
      return comesTo(renewed, propose(renewed, askingNow), { view: other })
    },
    is: ['ActionProposed', 'ApprovalRequested'],
  },
  {
    name: 'an answer to what waits covers nothing at once, and one to what is at once also what waits',
    holds: () => [
      ...covered(askingNow, [askingNow, { ...askingNow, atOnce: true }]),
      ...covered({ ...askingNow, atOnce: true }, [askingNow, { ...askingNow, atOnce: true }]),
    ],
    is: [true, false, true, true],
  },
  {
    name: 'an answer for the run lets no other secret be used',
    holds: () => [
      ...covered({ ...askingNow, secrets: ['mail-key'] }, [
        { ...askingNow, secrets: ['mail-key'] },
        { ...askingNow, secrets: ['bank-key'] },
        { ...askingNow, secrets: ['mail-key', 'bank-key'] },
        askingNow,
      ]),
      ...covered(askingNow, [{ ...askingNow, secrets: ['mail-key'] }]),
    ],
    is: [true, false, false, true, false],
  },
  {
    name: 'an answer for the run reaches no further destination, also of what only reads',
    holds: () => {
      const reading: Wish = { ...askingNow, class: 'observe', destinations: ['https://example.org:443'] }
      return [...covered(reading, [reading, { ...askingNow, class: 'observe' }]), ...covered({ ...askingNow, class: 'observe' }, [reading])]
    },
    is: [true, true, false],
  },
  {
    name: 'an answer for the run starts the same child again, and none that is lent anything else',
    holds: () => {
      const { spawn } = spawning
      const more: Wish = spawn === undefined ? {} : { ...spawning, spawn: { ...spawn, ceilings: { ...spawn.ceilings, steps: 11 } } }
      const { spawn: _spawn, ...childless } = spawning
      return [...covered(spawning, [spawning, more, childless]), ...covered(childless, [childless, spawning])]
    },
    is: [true, false, false, true, false],
  },
  {
    name: 'what stays in the run may say and cost something else: all of it is judged before the commit',
    holds: () => {
      const staged: Wish = { ...askingNow, facts: { mark: 'a' }, cost: { sizeBytes: 1 } }
      return covered(staged, [
        { ...staged, facts: { mark: 'b' } },
        { ...staged, cost: { sizeBytes: 9 } },
      ])
    },
    is: [true, true],
  },
  {
    name: 'what leaves says what was agreed to, whether it is sent or only asks',
    holds: () =>
      [leaving, { ...leaving, class: 'staged' as const }, { ...askingNow, class: 'keyed' as const, atOnce: true }].map((sent) =>
        covered({ ...sent, facts: { mark: 'a' } }, [
          { ...sent, facts: { mark: 'a' } },
          { ...sent, facts: { mark: 'b' } },
        ]),
      ),
    is: [
      [true, false],
      [true, false],
      [true, false],
    ],
  },
  {
    name: 'what leaves says no more than was agreed to: no larger number, no longer list, no other word',
    holds: () => [
      [5, 4, 6].map((now) => coversFact(5, now)),
      [['a', 'b'], ['a'], ['a', 'c']].map((now) => coversFact(['a', 'b'], now)),
      ['b', 'a', 'bb'].map((now) => coversFact('b', now)),
      [true, false].map((now) => coversFact(true, now)),
    ],
    is: [
      [true, true, false],
      [true, true, false],
      [true, false, false],
      [true, false],
    ],
  },
  {
    name: 'a fact of another type is another fact, however it is spelled',
    holds: () => [coversFact(5, '4'), coversFact('5', 4), coversFact('abc', ['a']), coversFact(['abc'], 'abc'), coversFact(1, true)],
    is: [false, false, false, false, false],
  },
  {
    name: 'a fact that was not there, or is not there any more, was not agreed to',
    holds: () => [
      coversFact(undefined, 'a'),
      coversFact('a', undefined),
      coversFact(undefined, undefined),
      ...covered(leaving, [leaving, { ...leaving, facts: { mark: 'a' } }]),
    ],
    is: [false, false, true, true, false],
  },
  ...(['moneyMicro', 'tokens', 'sizeBytes', 'computeMs'] as const).map((dimension) => ({
    name: `what leaves costs no more ${dimension} than was agreed to`,
    holds: () => [
      ...coversCost({ [dimension]: 10 }, { [dimension]: 10 }, { [dimension]: 9 }, { [dimension]: 11 }, {}),
      ...coversCost({}, { [dimension]: 1 }, {}),
    ],
    is: [true, true, false, true, false, true],
  })),
  {
    name: 'what leaves costs no more of anything than was agreed to, also where it costs less of something else',
    holds: () => coversCost({ moneyMicro: 10, tokens: 10 }, { moneyMicro: 9, tokens: 11 }, { moneyMicro: 11, tokens: 9 }),
    is: [false, false],
  },
  {
    name: 'a price nobody knows is more than any, and agreed to by name',
    holds: () => [
      ...coversCost({ moneyMicro: 10 }, { moneyMicro: 'unknown' }),
      ...coversCost({ moneyMicro: 'unknown' }, { moneyMicro: 'unknown' }, { moneyMicro: 10 }),
    ],
    is: [false, true, true],
  },
]
