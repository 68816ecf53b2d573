import { describe, expect, test } from 'vitest'
import {
  ask,
  emptyHistory,
  endOrder,
  executing,
  finalLater,
  keyedLater,
  keyedNow,
  propose,
  staging,
  succeed,
  suspendOrder,
  tell,
  tellAll,
  toldCeilings,
  toldRequest,
  viewWith,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { RunHistory, Telling, Wish } from '@ice-runtime/conformance'
import { entryId } from '../log/ids.ts'
import type { CostBound } from '../authority/cost.ts'
import type { GrantTerms } from '../authority/grant-terms.ts'
import type { Label } from '../authority/labels.ts'
import type { PolicyAnswer } from '../authority/policy-port.ts'
import { decisionStages } from '../authority/refusal.ts'
import type { DecisionStage } from '../authority/refusal.ts'
import { maxDeferredActions, maxMalformedProposals, maxOpenActions } from './decide-proposal.ts'
import type { NewEvent } from './taxonomy.ts'

function eventsOf(history: RunHistory, asked: Wish, telling: Telling = {}): readonly NewEvent[] {
  const decision = ask(history, propose(history, asked), telling)
  return decision.ok ? decision.events : []
}

/** The refusal a wish meets, or `authorized`. */
function verdict(history: RunHistory, asked: Wish, telling: Telling = {}): unknown {
  const [proposed, answer] = eventsOf(history, asked, telling)
  expect(proposed?.type).toBe('ActionProposed')
  return answer?.type === 'ActionRefused' ? `${answer.payload.stage}: ${answer.payload.code}` : 'authorized'
}

describe('a proposal of a run that executes', () => {
  test('that everything allows is authorized with what was decided', () => {
    const history = executing()
    const grant = history.run.grants.list[0]?.id
    expect(eventsOf(history, {})).toEqual([
      expect.objectContaining({ type: 'ActionProposed', origin: 'agent', causes: [history.run.lastOutcome] }),
      expect.objectContaining({
        type: 'ActionAuthorized',
        origin: 'runtime',
        causes: [history.run.seq + 1],
        payload: expect.objectContaining({
          action: history.run.seq + 1,
          grant,
          rules: ['builtin:granted'],
          prepared: { resources: ['file:src/a.ts'], class: 'observe' },
        }),
      }),
    ])
  })

  test('is caused by the last outcome the run has', () => {
    const read = wish(executing(), {})
    const history = tell(read, succeed(read.run.open.entries()[0]?.[1].action ?? 0))
    expect(eventsOf(history, {})[0]?.causes).toEqual([history.run.seq])
  })

  test.each([
    ['keyed', keyedLater, true],
    ['irreversible', finalLater, true],
    ['keyed at once', keyedNow, undefined],
    ['staged', staging, undefined],
    ['observing', {}, undefined],
    ['observing from afar', { ...keyedLater, class: 'observe' }, undefined],
  ] as const)('that is %s is deferred: %s', (_, asked, deferred) => {
    const [, answer] = eventsOf(executing(), asked)
    expect(answer?.type === 'ActionAuthorized' && answer.payload.deferred).toBe(deferred)
  })

  test('of a host is recorded as coming from the host', () => {
    expect(eventsOf(executing(), { host: true })[0]).toMatchObject({ origin: 'host', payload: { performer: 'host' } })
  })

  test('shows policy the facts, the labels of what the agent knows, and who answers', () => {
    const heard: unknown[] = []
    const read = wish(executing(), { label: 'untrusted/private' })
    const history = tell(read, succeed(read.run.open.entries()[0]?.[1].action ?? 0))
    ask(history, propose(history, keyedNow), { view: viewWith({ heard: (request) => heard.push(request) }) })
    expect(heard).toEqual([
      {
        principal: { agent: 'teller', namespace: 'default', person: toldRequest.principal.subject },
        action: 'http.request',
        resources: keyedNow.resources,
        class: 'keyed',
        egress: { destinations: keyedNow.destinations },
        cost: keyedNow.cost,
        labels: 'untrusted/private',
        facts: {},
        atOnce: true,
      },
    ])
  })
})

/** Each stage with what makes it refuse: parts of the wish, of the moment, of the run's grants and ceilings. */
interface Refusing {
  readonly stage: DecisionStage
  readonly code: string
  readonly wish?: Wish
  readonly suspended?: true
  readonly lockdown?: true
  readonly grants?: readonly GrantTerms[]
  readonly ceilings?: typeof toldCeilings
  readonly answer?: PolicyAnswer
  /** What the run has been given before. */
  readonly seen?: Label
}

const refusing: readonly Refusing[] = [
  { stage: 'parse', code: 'proposal.malformed', wish: { unread: 'malformed' } },
  { stage: 'prepare', code: 'args.invalid', wish: { unread: 'refused' } },
  { stage: 'phase', code: 'run.not_executing', suspended: true },
  { stage: 'lockdown', code: 'lockdown.on', lockdown: true },
  { stage: 'grant', code: 'grant.none', grants: [] },
  { stage: 'policy', code: 'policy.forbidden', answer: { effect: 'forbid', rules: ['a.cedar:1'] } },
  { stage: 'labels', code: 'label.egress', seen: 'untrusted/secret' },
  { stage: 'budget', code: 'budget.money', ceilings: { ...toldCeilings, cost: { moneyMicro: 1 } } },
  {
    stage: 'approval',
    code: 'approval.unavailable',
    answer: { effect: 'oblige', rules: ['a.cedar:2'], obligations: [{ type: 'approval', from: 'nobody', count: 1 }] },
  },
]

function refusedBy(...parts: readonly Refusing[]): unknown {
  const first = parts[0]
  const grants = parts.find((part) => part.grants !== undefined)?.grants ?? [wideGrant]
  const ceilings = parts.find((part) => part.ceilings !== undefined)?.ceilings ?? toldCeilings
  const seen = parts.find((part) => part.seen !== undefined)?.seen
  const started = executing({ grants, ceilings })
  const begun = seen === undefined ? started : given(started, seen)
  const history = parts.some((part) => part.suspended) ? tell(begun, suspendOrder) : begun
  const answer = parts.find((part) => part.answer !== undefined)?.answer
  const view = viewWith({ lockdown: parts.some((part) => part.lockdown), ...(answer === undefined ? {} : { answer }) })
  const asked = { ...keyedNow, ...parts.find((part) => part.wish !== undefined)?.wish }
  return first === undefined ? undefined : verdict(history, asked, { view })
}

/** A run that was provisioned without a grant is given its content before it has lost it. */
function given(history: RunHistory, label: Label): RunHistory {
  return { ...history, run: { ...history.run, label } }
}

describe('of the stages of a verdict', () => {
  test('each refuses alone', () => {
    expect(refusing.map((part) => refusedBy(part))).toEqual(refusing.map(({ stage, code }) => `${stage}: ${code}`))
    expect(decisionStages.filter((stage) => !refusing.some((part) => part.stage === stage))).toEqual([])
  })

  const pairs = refusing.flatMap((earlier, index) => refusing.slice(index + 1).map((later) => [earlier, later] as const))
  // One policy gives one answer, so forbidding and obliging never meet.
  const meeting = pairs.filter(
    ([earlier, later]) =>
      (earlier.answer === undefined || later.answer === undefined) && (earlier.wish === undefined || later.wish === undefined),
  )

  test.each(meeting.map(([earlier, later]) => [earlier.stage, later.stage, earlier, later] as const))(
    '%s answers before %s',
    (_earlier, _later, earlier, later) => {
      expect(refusedBy(earlier, later)).toBe(`${earlier.stage}: ${earlier.code}`)
    },
  )

  test('are recorded in the order they are asked', () => {
    expect(refusing.map(({ stage }) => decisionStages.indexOf(stage))).toEqual(decisionStages.map((_, index) => index))
  })
})

describe('a refusal', () => {
  test('of an unusable policy is that it could not be asked', () => {
    expect(verdict(executing(), {}, { view: viewWith({ answer: { effect: 'error', detail: 'broken' } }) })).toBe('policy: policy.error')
  })

  test.each<[string, () => unknown]>([
    ['answers a word nobody knows', () => ({ effect: 'deny', rules: [] })],
    ['answers a promise', () => Promise.resolve({ effect: 'allow', rules: [] })],
    ['throws', () => new URL('not a url')],
  ])('of a policy that %s allows nothing', (_, evaluate) => {
    const view = viewWith()
    const strange = { ...view, policy: { ...view.policy, evaluate: evaluate as typeof view.policy.evaluate } }
    expect(verdict(executing(), {}, { view: strange })).toBe('policy: policy.error')
  })

  test('keeps the rules that forbade it', () => {
    const [, answer] = eventsOf(executing(), {}, { view: viewWith({ answer: { effect: 'forbid', rules: ['a.cedar:1'] } }) })
    expect(answer?.payload).toMatchObject({ rules: ['a.cedar:1'], prepared: { class: 'observe' } })
  })

  test.each([Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, 2 ** 53])(
    'of a cost of %d comes before anything looks at it, and can be recorded',
    (moneyMicro) => {
      for (const cost of [{ moneyMicro }, { tokens: moneyMicro }, { sizeBytes: moneyMicro }, { computeMs: moneyMicro }]) {
        expect(verdict(executing({ grants: [] }), { cost })).toBe('prepare: cost.invalid')
        expect(() => wish(executing(), { cost })).not.toThrow()
      }
    },
  )

  test('of an unknown price needs a money ceiling', () => {
    expect(verdict(executing(), { cost: { moneyMicro: 'unknown' } })).toBe('budget: budget.price_unknown')
    expect(verdict(executing({ ceilings: { ...toldCeilings, cost: {} } }), { cost: { moneyMicro: 'unknown' } })).toBe('authorized')
  })

  test.each([
    ['moneyMicro', 'budget.money'],
    ['tokens', 'budget.tokens'],
    ['sizeBytes', 'budget.size'],
    ['computeMs', 'budget.compute'],
  ] as const)('of %s comes one above the ceiling and not at it, reservations counted', (dimension, code) => {
    const history = wish(executing({ ceilings: { ...toldCeilings, cost: { [dimension]: 10 } } }), { cost: { [dimension]: 4 } })
    expect(verdict(history, { cost: { [dimension]: 6 } })).toBe('authorized')
    expect(verdict(history, { cost: { [dimension]: 7 } })).toBe(`budget: ${code}`)
    expect(verdict(history, { cost: { [dimension]: Number.MAX_SAFE_INTEGER } })).toBe(`budget: ${code}`)
  })

  test.each<[string, Partial<GrantTerms>, CostBound, string]>([
    ['uses', { uses: 1 }, {}, 'grant.uses'],
    ['pace', { rate: { uses: 1, perMs: 3 } }, {}, 'grant.rate'],
    ['bytes', { sizeBytes: 9 }, { sizeBytes: 5 }, 'grant.size'],
    ['money', { moneyMicro: 9 }, { moneyMicro: 5 }, 'grant.money'],
    ['tokens', { tokens: 9 }, { tokens: 5 }, 'grant.tokens'],
    ['compute', { computeMs: 9 }, { computeMs: 5 }, 'grant.compute'],
  ])('of a second use beyond the %s of its grant names that, and the next grant is looked at', (_, terms, cost, code) => {
    const limited = { ...wideGrant, ...terms }
    const once = wish(executing({ grants: [limited] }), { cost })
    expect(verdict(once, { cost })).toBe(`grant: ${code}`)
    const [first, second] = wish(wish(executing({ grants: [limited, wideGrant] }), { cost }), { cost }).entries.flatMap((entry) =>
      entry.type === 'ActionAuthorized' ? entry.payload.grant : [],
    )
    expect(second).toBe((first ?? 0) + 1)
  })

  test('of a use that comes too early is none once its time has come', () => {
    const paced = wish(executing({ grants: [{ ...wideGrant, rate: { uses: 1, perMs: 3 } }] }), {})
    expect(verdict(paced, {}, { afterMs: 2 })).toBe('grant: grant.rate')
    expect(verdict(paced, {}, { afterMs: 3 })).toBe('authorized')
  })

  test('of an unknown price comes of a grant that limits money, whatever policy accepts', () => {
    const limited = executing({ grants: [{ ...wideGrant, moneyMicro: 1_000_000 }], ceilings: { ...toldCeilings, cost: {} } })
    const answer = { effect: 'allow', rules: [], waives: ['price_unknown'] } as const
    expect(verdict(limited, { cost: { moneyMicro: 'unknown' } }, { view: viewWith({ answer }) })).toBe('grant: grant.money')
  })

  test('of content that may not leave is none under a second grant that is cleared for it', () => {
    const uncleared = { ...wideGrant, clearance: 'public' as const }
    const history = given(executing({ grants: [uncleared] }), 'untrusted/private')
    expect(verdict(history, keyedNow)).toBe('labels: label.egress')
    const both = given(executing({ grants: [uncleared, wideGrant] }), 'untrusted/private')
    expect(verdict(both, keyedNow)).toBe('authorized')
    expect(eventsOf(both, keyedNow)[1]?.payload).toMatchObject({ grant: both.run.grants.list[1]?.id })
  })

  test('of a grant revoked in another stream names it, also when its parent was', () => {
    const history = executing()
    const revoked = new Set([entryId(history.run.id, history.run.grants.list[0]?.id ?? 0)])
    expect(verdict(history, {}, { view: viewWith({ revoked }) })).toBe('grant: grant.revoked')
    const parent = entryId('system', 7)
    const run = { ...history.run, grants: history.run.grants.map((grant) => ({ ...grant, parent })) }
    expect(verdict({ ...history, run }, {}, { view: viewWith({ revoked: new Set([parent]) }) })).toBe('grant: grant.revoked')
  })
})

describe('a ceiling', () => {
  const ended = { type: 'RunTerminatedByRuntime', origin: 'runtime' }

  test('on steps lets the last one pass, refuses the one after it and ends the run', () => {
    const history = wish(executing({ ceilings: { ...toldCeilings, steps: 2 } }), {})
    expect(eventsOf(history, {})).toHaveLength(2)
    const full = wish(history, {})
    expect(verdict(full, {})).toBe('phase: limit.steps')
    expect(eventsOf(full, {})[2]).toMatchObject({ ...ended, causes: [full.run.seq + 1], payload: { code: 'limit.steps' } })
    expect(wish(full, {}).run.phase).toEqual({ name: 'terminated_by_runtime', code: 'limit.steps' })
  })

  test('on wall time holds from the millisecond after it', () => {
    const history = executing({ ceilings: { ...toldCeilings, wallMs: 100 } })
    const left = 100 - (history.run.at - history.run.requestedAt)
    expect(verdict(history, {}, { afterMs: left })).toBe('authorized')
    expect(verdict(history, {}, { afterMs: left + 1 })).toBe('phase: limit.wall')
    expect(eventsOf(history, {}, { afterMs: left + 1 })[2]).toMatchObject({ ...ended, payload: { code: 'limit.wall' } })
  })

  test('on what cannot be read ends the run at its last one', () => {
    let history = executing()
    for (let count = 1; count < maxMalformedProposals; count += 1) history = wish(history, { unread: 'malformed' })
    expect(history.run.phase.name).toBe('executing')
    expect(verdict(history, { unread: 'malformed' })).toBe('parse: proposal.malformed')
    expect(wish(history, { unread: 'malformed' }).run.phase).toEqual({ name: 'terminated_by_runtime', code: 'limit.malformed' })
  })

  test.each([
    ['suspended', suspendOrder],
    ['validating', endOrder],
  ] as const)('holds while the run is %s, so that nobody floods the log', (phase, order) => {
    const history = tell(wish(executing({ ceilings: { ...toldCeilings, steps: 1 } }), { unread: 'refused' }), order)
    expect(history.run.phase.name).toBe(phase)
    expect(wish(history, {}).run.phase).toEqual({ name: 'terminated_by_runtime', code: 'limit.steps' })
  })

  test('never ends a run past its commit point', () => {
    const history = tellAll(executing({ ceilings: { ...toldCeilings, steps: 1 } }), endOrder)
    const committed = tellAll(
      history,
      { type: 'RecordValidation', checks: [] },
      { type: 'DecideCommit', changes: { value: [] }, changesCount: 0, conflicts: [] },
    )
    const proposed = wish(wish(committed, {}), {})
    expect(proposed.run.phase.name).toBe('committing')
    expect(verdict(proposed, {})).toBe('phase: run.not_executing')
  })

  test('on actions under way does not count those that wait for the commit', () => {
    let history = wish(executing(), keyedLater)
    for (let count = 0; count < maxOpenActions; count += 1) history = wish(history, {})
    expect(verdict(history, {})).toBe('phase: limit.open_actions')
    expect(
      verdict(tell(history, succeed(history.run.open.entries().find(([, open]) => open.name === 'files.read')?.[1].action ?? 0)), {}),
    ).toBe('authorized')
  })

  test('on effects that wait for the commit lets others pass', () => {
    let history = executing({ ceilings: { ...toldCeilings, cost: {} } })
    for (let count = 0; count < maxDeferredActions; count += 1) history = wish(history, keyedLater)
    expect(verdict(history, keyedLater)).toBe('phase: limit.deferred_actions')
    expect(verdict(history, {})).toBe('authorized')
  })
})

test('a run that is not there, or has ended, rejects a proposal', () => {
  expect(ask(emptyHistory(), propose(emptyHistory()))).toMatchObject({ ok: false, code: 'run.phase' })
})
