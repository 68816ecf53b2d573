import { describe, expect, test } from 'vitest'
import {
  ask,
  askingNow,
  doubt,
  endOrder,
  executing,
  hosted,
  importing,
  lastProposal,
  nothingUnusual,
  obliging,
  propose,
  reported,
  reportOf,
  reportOn,
  suspendOrder,
  tell,
  tellAll,
  viewWith,
  wish,
} from '@ice-runtime/conformance'
import type { RunHistory, Telling, Wish } from '@ice-runtime/conformance'
import type { PolicyAnswer } from '../authority/policy-port.ts'
import { replayDecisions } from '../replay/decision-replay.ts'
import { maxOpenActions } from './decide-proposal.ts'
import { maxIdenticalRepeats } from './repetition.ts'

const reading: Wish = { host: true }
const forbidding = viewWith({ answer: { effect: 'forbid', rules: ['a.cedar:1'] } })
const failed = { type: 'failed', code: 'effect.failed', message: 'it says so', reported: true } as const

function verdictOn(history: RunHistory, asked: Wish, telling: Telling = {}): unknown {
  return wish(history, asked, telling)
    .entries.slice(history.entries.length)
    .map(({ type }) => type)
}

function refusalOf(history: RunHistory, telling: Telling = {}): object {
  const refused = wish(history, hosted, telling).entries.findLast((entry) => entry.type === 'ActionRefused')
  return refused?.payload ?? {}
}

function asksFor(...obligations: Extract<PolicyAnswer, { effect: 'oblige' }>['obligations']): Telling {
  return { view: viewWith({ answer: { effect: 'oblige', rules: ['a.cedar:7'], obligations } }) }
}

describe('what a host asks about', () => {
  test.each([hosted, reading])('is handed over with its verdict, in one decision: %o', (asked) => {
    expect(verdictOn(executing(), asked)).toEqual(['ActionProposed', 'ActionAuthorized', 'ActionDispatched'])
  })

  test('is never deferred, and comes from the host', () => {
    const [proposed, allowed] = wish(executing(), hosted).entries.slice(-3)
    expect(proposed).toMatchObject({ origin: 'host', payload: { performer: 'host', use: 'use_0' } })
    expect(allowed?.payload).not.toHaveProperty('deferred')
  })

  test('is refused without being handed over', () => {
    expect(verdictOn(executing(), hosted, { view: forbidding })).toEqual(['ActionProposed', 'ActionRefused'])
    expect(refusalOf(executing(), { view: forbidding })).not.toHaveProperty('observed')
  })

  test('is asked about at the host when one yes is enough, whoever says it', () => {
    const refusal = refusalOf(executing(), asksFor({ type: 'approval', from: 'ops', count: 1 }))
    expect(refusal).toMatchObject({ code: 'approval.required', stage: 'approval', rules: ['a.cedar:7'], observed: true })
    expect(obliging.effect === 'oblige' && obliging.obligations[0]?.count).toBe(1)
  })

  test.each([
    { type: 'approval', from: 'ops', count: 2 },
    { type: 'approval', from: 'ops', count: 1, notRequester: true },
  ] as const)('is refused when more is wanted than the yes of whoever sits there: %o', (obligation) => {
    const refusal = refusalOf(executing(), asksFor({ type: 'approval', from: 'ops', count: 1 }, obligation))
    expect(refusal).toMatchObject({ code: 'approval.unavailable', stage: 'approval' })
    expect(refusal).not.toHaveProperty('observed')
  })

  test('suspends nothing, however often it is refused or fails in the same way', () => {
    const rounds = Array.from({ length: maxIdenticalRepeats + 1 })
    const refused = rounds.reduce<RunHistory>((history) => wish(history, hosted, { view: forbidding }), executing())
    expect(refused.run.phase.name).toBe('executing')
    const failing = rounds.reduce<RunHistory>((history) => {
      const asked = wish(history, hosted)
      return tell(asked, { type: 'SettleAction', action: lastProposal(asked), settlement: failed })
    }, executing())
    expect(failing.run.phase.name).toBe('executing')
    expect(failing.run.repeats).toEqual([])
  })

  test('is not bounded by what is in flight, because nobody here waits for it', () => {
    const busy = Array.from({ length: maxOpenActions }).reduce<RunHistory>((history) => wish(history, hosted), executing())
    expect(verdictOn(busy, hosted)).toContain('ActionAuthorized')
    expect(refusalOf(tell(busy, suspendOrder))).toMatchObject({ code: 'run.not_executing' })
  })
})

describe('a host that is only observed', () => {
  const observed = executing({ observe: true })

  test('is told nothing and does it all the same, which its report settles', () => {
    expect(refusalOf(observed, { view: forbidding })).toMatchObject({ code: 'policy.forbidden', observed: true })
    const refused = wish(observed, hosted, { view: forbidding })
    const told = tell(refused, reportOn(lastProposal(refused)))
    expect(told.entries.at(-1)).toMatchObject({ type: 'ActionSucceeded', origin: 'host' })
    expect(told.run.open.size).toBe(0)
  })

  test('is stopped by a lockdown like any other', () => {
    expect(refusalOf(observed, { view: viewWith({ lockdown: true }) })).not.toHaveProperty('observed')
  })

  test('has nothing of the runtime let through', () => {
    const refused = wish(observed, {}, { view: forbidding })
    expect(refused.entries.at(-1)?.payload).not.toHaveProperty('observed')
  })
})

describe('what a host says of what it did', () => {
  const asked = wish(executing(), hosted)
  const action = lastProposal(asked)

  test('is recorded as its report', () => {
    expect(tell(asked, reportOn(action)).entries.at(-1)).toMatchObject({
      type: 'ActionSucceeded',
      origin: 'host',
      payload: { reported: true },
    })
    const broken = tell(asked, { type: 'SettleAction', action, settlement: failed })
    expect(broken.entries.at(-1)).toMatchObject({ type: 'ActionFailed', origin: 'host', payload: { reported: true } })
  })

  test.each([
    { type: 'succeeded', result: { value: null } },
    { type: 'failed', code: 'effect.failed', message: 'it broke' },
    { ...reported, changes: [] },
    { ...reported, reads: [] },
  ] as const)('is nothing else than a report: %o', (settlement) => {
    expect(ask(asked, { type: 'SettleAction', action, settlement })).toMatchObject({ ok: false, code: 'action.not_host' })
  })

  test('is said of nothing that the runtime performs', () => {
    const read = wish(executing(), {})
    for (const settlement of [reported, failed, { ...failed, reported: false }])
      expect(ask(read, { type: 'SettleAction', action: lastProposal(read), settlement })).toMatchObject({
        ok: false,
        code: 'action.not_host',
      })
  })

  test('comes once, and not for what was refused', () => {
    expect(ask(tell(asked, reportOn(action)), reportOn(action))).toMatchObject({ ok: false, code: 'action.not_open' })
    const refused = wish(executing(), hosted, { view: forbidding })
    expect(ask(refused, reportOn(lastProposal(refused)))).toMatchObject({ ok: false, code: 'action.not_open' })
  })

  test('makes the run know what it was shown', () => {
    const shown = wish(executing(), { ...hosted, label: 'untrusted/private' })
    expect(tell(shown, reportOn(lastProposal(shown))).run.label).toBe('untrusted/private')
  })

  test('may never come: then nobody knows, nothing is held, and the run can end', () => {
    expect(ask(asked, endOrder)).toMatchObject({ ok: false, code: 'run.actions_open' })
    const left = tell(asked, doubt(action))
    expect(left.run).toMatchObject({ phase: { name: 'executing' } })
    expect(left.run.open.size).toBe(0)
    const prompted = wish(left, { ...askingNow, host: true })
    expect(tellAll(prompted, doubt(lastProposal(prompted)), endOrder).run.phase.name).toBe('validating')
  })
})

describe('a report of what was never allowed', () => {
  test('is proposed, refused and reported in one, with what it was about', () => {
    const [proposed, refused, outcome] = tell(executing(), reportOf(executing())).entries.slice(-3)
    expect(proposed).toMatchObject({ type: 'ActionProposed', origin: 'host' })
    expect(refused?.payload).toMatchObject({ code: 'host.unasked', observed: true, prepared: { class: 'irreversible' } })
    expect(outcome).toMatchObject({ type: 'ActionSucceeded', origin: 'host', payload: { reported: true } })
  })

  test('is heard by a run that is held, and by none that has ended or was imported', () => {
    const held = tell(executing(), suspendOrder)
    expect(ask(held, reportOf(held)).ok).toBe(true)
    for (const history of [tell(executing(), endOrder), executing({ imported: true })])
      expect(ask(history, reportOf(history))).toMatchObject({ ok: false, code: 'run.phase' })
  })

  test('is a report, of a host', () => {
    const history = executing()
    for (const wrong of [
      { ...reportOf(history), settlement: { type: 'succeeded', result: { value: null } } as const },
      { ...reportOf(history), proposed: propose(history).proposed },
    ])
      expect(ask(history, wrong)).toMatchObject({ ok: false, code: 'action.not_host' })
  })
})

describe('what a host kept', () => {
  const begun = executing({ imported: true })

  test('is imported without a verdict, with what came of it', () => {
    const kept = tell(begun, { ...importing(begun), settlement: reported })
    expect(kept.entries.slice(-2)).toMatchObject([
      { type: 'ActionProposed', origin: 'import', payload: { performer: 'host', statedAt: 1_700_000_000_000 } },
      { type: 'ActionSucceeded', origin: 'import', payload: { reported: true } },
    ])
  })

  test('is never decided, handed over or reported afterwards', () => {
    const kept = tell(begun, importing(begun))
    const action = lastProposal(kept)
    expect(ask(kept, reportOn(action))).toMatchObject({ ok: false, code: 'action.not_open' })
    expect(ask(kept, { type: 'DispatchAction', action })).toMatchObject({ ok: false })
    expect(ask(kept, propose(kept, hosted))).toMatchObject({ ok: false, code: 'run.phase' })
    expect(tell(kept, endOrder).run.phase.name).toBe('validating')
  })

  test('enters no run in which something is decided, and only as what a host did', () => {
    expect(ask(executing(), importing(executing()))).toMatchObject({ ok: false, code: 'run.phase' })
    expect(ask(begun, { type: 'ImportAction', proposed: propose(begun).proposed })).toMatchObject({ ok: false, code: 'action.not_host' })
    const observed = { type: 'succeeded', result: { value: null } } as const
    expect(ask(begun, { ...importing(begun), settlement: observed })).toMatchObject({ ok: false, code: 'action.not_host' })
  })
})

test('every decision about a host is made again from the record alone', () => {
  const asked = wish(executing(), hosted)
  const told = tell(asked, reportOn(lastProposal(asked)))
  const refused = wish(told, hosted, { view: forbidding })
  const prompted = wish(refused, hosted, asksFor({ type: 'approval', from: 'ops', count: 1 }))
  const wanted = wish(prompted, hosted, asksFor({ type: 'approval', from: 'ops', count: 2 }))
  const unasked = tell(wanted, reportOf(wanted))
  const unread = tell(unasked, { ...reportOf(unasked), preparation: { type: 'refused', code: 'args.invalid', detail: 'no path' } })
  const { entries, divergence } = replayDecisions(unread.entries, nothingUnusual)
  expect(divergence).toBeUndefined()
  expect(entries).toBe(unread.entries.length)
})
