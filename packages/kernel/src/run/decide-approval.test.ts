import { describe, expect, test } from 'vitest'
import {
  ada,
  answerOf,
  answerTo,
  approvalIn,
  ask,
  askedIn,
  askingNow,
  bea,
  cay,
  denied,
  digestOf,
  divergence,
  executing,
  forRun,
  lastEntry,
  lastProposal,
  nothingUnusual,
  obliges,
  once,
  operatorsOf,
  resumeOrder,
  settledApproval,
  suspendOrder,
  tell,
  tellAll,
  toldQuestion,
  toldRequest,
  viewWith,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { RunHistory, ToldOperator } from '@ice-runtime/conformance'
import { approvalLifeMs, maxAnswers, maxWaitingApprovals } from '../authority/approval.ts'
import { entryId } from '../log/ids.ts'
import { replayDecisions } from '../replay/decision-replay.ts'
import type { RecordedStanding } from '../replay/decision-replay.ts'
import type { AuthorityView } from './commands.ts'
import { maxIdenticalRepeats } from './repetition.ts'
import { openAction } from './run.ts'

const { asked, approval, action } = toldQuestion()

describe('an answer', () => {
  test('allows what was asked about, once: the same thing is asked about again', () => {
    const allowed = settledApproval(tell(asked, answerTo(asked, ada, once)))
    expect(lastEntry(allowed)).toMatchObject({ type: 'ActionAuthorized', causes: [action, approval], payload: { action, approval } })
    expect(allowed.run).toMatchObject({ waiting: [], allowances: [] })
    expect(ask(allowed, { type: 'SettleApproval', action })).toMatchObject({ code: 'action.not_open' })
    expect(lastEntry(wish(allowed, askingNow))).toMatchObject({ type: 'ApprovalRequested' })
    expect(divergence(allowed)).toBeUndefined()
  })

  test('that denies is the verdict, also where others have agreed', () => {
    const both = tellAll(asked, answerTo(asked, ada, once), answerTo(asked, bea, denied))
    const refused = settledApproval(both)
    expect(lastEntry(refused)).toMatchObject({ type: 'ActionRefused', payload: { code: 'approval.denied', stage: 'approval' } })
    expect(divergence(refused)).toBeUndefined()
  })

  test('that comes late is recorded and changes nothing but their number', () => {
    const allowed = settledApproval(tell(asked, answerTo(asked, ada, once)))
    for (const late of [answerTo(allowed, bea, denied), answerTo(allowed, ada, forRun)]) {
      const told = tell(allowed, late)
      expect(told.run.approvals.get(String(approval))).toMatchObject({ answers: 2 })
      const { seq, at, approvals } = allowed.run
      expect({ ...told.run, seq, at, approvals }).toEqual(allowed.run)
    }
  })

  test('of the same person again is recorded and changes nothing', () => {
    const first = tell(asked, answerTo(asked, ada, once))
    const again = tell(first, answerTo(first, ada, forRun))
    expect(openAction(again.run, action)?.stage).toEqual(openAction(first.run, action)?.stage)
    expect(settledApproval(again).run.allowances).toEqual([])
  })

  test('at the moment of expiry is too late, to agree and to deny', () => {
    for (const said of [once, denied]) {
      const late = tell(asked, answerTo(asked, ada, said), { afterMs: approvalLifeMs })
      const { ceilings } = toldRequest
      expect(late.run.at).toBeGreaterThan(asked.run.requestedAt + ceilings.wallMs)
      expect(ask(late, { type: 'SettleApproval', action })).toMatchObject({ code: 'approval.waiting' })
      const expired = tell(late, { type: 'ExpireApproval', action })
      expect(expired.entries.slice(-2)).toMatchObject([
        { type: 'ApprovalExpired', payload: { approval } },
        { type: 'ActionRefused', payload: { code: 'approval.expired' } },
      ])
      expect(divergence(expired)).toBeUndefined()
    }
  })

  test('in time allows nothing once the request has expired, and until the moment before it does', () => {
    const agreed = tell(asked, answerTo(asked, ada, once))
    const { expires } = askedIn(agreed)
    const left = expires - agreed.run.at
    expect(ask(agreed, { type: 'SettleApproval', action }, { afterMs: left })).toMatchObject({ code: 'approval.waiting' })
    expect(ask(agreed, { type: 'SettleApproval', action }, { afterMs: left - 1 })).toMatchObject({ ok: true })
    expect(ask(agreed, { type: 'ExpireApproval', action }, { afterMs: left - 1 })).toMatchObject({ code: 'approval.waiting' })
  })

  test('is heard while an operator holds the run, and settled once it goes on', () => {
    const held = tellAll(asked, suspendOrder)
    const told = tell(held, answerTo(held, ada, once))
    expect(ask(told, { type: 'SettleApproval', action })).toMatchObject({ code: 'run.phase' })
    expect(ask(told, { type: 'ExpireApproval', action }, { afterMs: approvalLifeMs })).toMatchObject({ code: 'run.phase' })
    expect(lastEntry(settledApproval(tell(told, resumeOrder)))).toMatchObject({ type: 'ActionAuthorized' })
  })

  test('is taken a bounded number of times', () => {
    const all = Array.from({ length: maxAnswers }).reduce<RunHistory>((history) => tell(history, answerTo(history, ada, once)), asked)
    expect(ask(all, answerTo(all, bea, denied))).toMatchObject({ code: 'approval.flood' })
  })
})

describe('an answer is bound', () => {
  const honest = answerOf(asked, ada, { approval, answer: once })
  const other = wish(asked, { ...askingNow, label: 'untrusted/public' })

  test.each<[string, RunHistory, object, string]>([
    ['to what is asked', asked, { binds: digestOf('something else') }, 'approval.altered'],
    ['to its request: another one of the run has another', other, { approval: approvalIn(other) }, 'approval.altered'],
    [
      'to its request, though it repeats what the other binds',
      other,
      { approval: approvalIn(other), binds: askedIn(other).binds },
      'approval.signature',
    ],
    ['to a request there is', asked, { approval: 1 }, 'approval.not_found'],
    ['to what was said: for the run is not once', asked, { answer: forRun }, 'approval.signature'],
    ['to what was said: no is not yes', asked, { answer: denied }, 'approval.signature'],
    ['to its comment', asked, { comment: toldRequest.principal.name }, 'approval.signature'],
    ['to who said it', asked, { by: bea.subject }, 'approval.signature'],
    ['to an operator', asked, { by: cay.subject }, 'approval.not_operator'],
    ['to a key', asked, { signature: 'AAAA' }, 'approval.signature'],
    [
      'to the edit it names',
      asked,
      { answer: { ...once, edited: { request: digestOf('other'), prepared: askedIn(asked).prepared } } },
      'approval.signature',
    ],
  ])('%s', (_, history, change, code) => {
    expect(ask(history, { ...honest, ...change })).toMatchObject({ ok: false, code })
    expect(ask(history, honest)).toMatchObject({ ok: true })
  })

  test('to its run: the same request of another run is another one', () => {
    const elsewhere = wish(executing(), askingNow)
    const run = { ...elsewhere.run, id: 'run_00000000other' as never }
    const bound = tell(asked, honest)
    expect(ask({ ...elsewhere, run }, honest)).toMatchObject({ code: 'approval.signature' })
    expect(lastEntry(settledApproval(bound))).toMatchObject({ type: 'ActionAuthorized' })
  })
})

describe('nobody answers for themselves', () => {
  test('what an agent says is no answer', () => {
    const { answer: _said, type: _type, ...payload } = answerOf(asked, ada, { approval, answer: denied })
    for (const type of ['ApprovalGiven', 'ApprovalDenied'] as const) {
      const statement = { type, origin: 'agent', causes: [approval], payload: { ...payload, scope: 'once' } } as never
      expect(ask(asked, { type: 'RecordStatement', statement })).toMatchObject({ code: 'statement.origin' })
    }
  })

  test('whoever started the run counts, unless the rule says otherwise', () => {
    const requester: ToldOperator = { ...ada, subject: toldRequest.principal.subject }
    const operators = operatorsOf(requester, bea)
    const plain = viewWith({ operators })
    const told = wish(executing(), askingNow, { view: plain })
    const agreed = tell(told, answerTo(told, requester, once), { view: plain })
    expect(lastEntry(settledApproval(agreed, plain))).toMatchObject({ type: 'ActionAuthorized' })
    const strict = viewWith({ operators, answer: obliges({ from: 'ops', count: 1, notRequester: true }) })
    const other = wish(executing(), askingNow, { view: strict })
    expect(ask(other, answerTo(other, requester, once), { view: strict })).toMatchObject({ code: 'approval.not_role' })
    expect(ask(other, answerTo(other, bea, once), { view: strict })).toMatchObject({ ok: true })
    const alone = viewWith({ operators: operatorsOf(requester), answer: obliges({ from: 'ops', count: 1, notRequester: true }) })
    expect(lastEntry(wish(executing(), askingNow, { view: alone }))).toMatchObject({ payload: { code: 'approval.unavailable' } })
  })
})

describe('several people', () => {
  const view = viewWith({ answer: obliges({ from: 'ops', count: 2 }) })
  const told = wish(executing(), askingNow, { view })
  const act = lastProposal(told)

  test('are distinct: one who says it twice is one', () => {
    const twice = tellAll(told, answerTo(told, ada, once), answerTo(told, ada, once))
    expect(ask(twice, { type: 'SettleApproval', action: act }, { view })).toMatchObject({ code: 'approval.waiting' })
    const both = tell(twice, answerTo(twice, bea, once))
    expect(lastEntry(settledApproval(both, view))).toMatchObject({ type: 'ActionAuthorized' })
    expect(divergence(settledApproval(both, view))).toBeUndefined()
  })

  test('agree for the run only where all of them do', () => {
    expect(settledApproval(tellAll(told, answerTo(told, ada, forRun), answerTo(told, bea, once)), view).run.allowances).toEqual([])
    expect(settledApproval(tellAll(told, answerTo(told, ada, forRun), answerTo(told, bea, forRun)), view).run.allowances).toHaveLength(1)
  })

  test('of several roles are needed for each, and one person may have both', () => {
    const two = viewWith({ operators: operatorsOf(ada, bea, cay), answer: obliges({ from: 'ops', count: 1 }, { from: 'legal', count: 1 }) })
    const history = wish(executing(), askingNow, { view: two })
    const isAnsweredBy = (...people: readonly ToldOperator[]): boolean => {
      const all = people.reduce((each, who) => tell(each, answerTo(each, who, once), { view: two }), history)
      return ask(all, { type: 'SettleApproval', action: lastProposal(history) }, { view: two }).ok
    }
    expect([isAnsweredBy(ada), isAnsweredBy(cay), isAnsweredBy(ada, cay), isAnsweredBy(bea)]).toEqual([false, false, true, true])
  })

  test('count by the roles they have when it is settled', () => {
    const both = tellAll(told, answerTo(told, ada, once), answerTo(told, bea, once))
    for (const operators of [operatorsOf(ada), operatorsOf(ada, { ...bea, roles: ['legal'] })]) {
      const now = viewWith({ answer: obliges({ from: 'ops', count: 2 }), operators })
      expect(ask(both, { type: 'SettleApproval', action: act }, { view: now })).toMatchObject({ code: 'approval.waiting' })
    }
  })

  test('who have no role in it do not answer', () => {
    const operators = operatorsOf(ada, bea, cay)
    const now = viewWith({ operators })
    expect(ask(asked, answerTo(asked, cay, once), { view: now })).toMatchObject({ code: 'approval.not_role' })
  })
})

describe('between the question and the verdict', () => {
  const agreed = tell(asked, answerTo(asked, ada, once))

  test.each<[string, AuthorityView, object, Partial<RecordedStanding>]>([
    [
      'another policy makes the answer stale',
      viewWith({ policy: digestOf('other') }),
      { code: 'approval.stale', detail: 'assumption.policy' },
      {},
    ],
    [
      'other actions make the answer stale',
      viewWith({ catalog: digestOf('other') }),
      { code: 'approval.stale', detail: 'assumption.catalog' },
      {},
    ],
    [
      'rules that ask for more make the answer stale',
      viewWith({ answer: obliges({ from: 'ops', count: 2 }) }),
      { code: 'approval.stale' },
      {},
    ],
    [
      'rules that ask others make the answer stale',
      viewWith({ answer: obliges({ from: 'legal', count: 1 }) }),
      { code: 'approval.stale' },
      {},
    ],
    [
      'a rule that forbids refuses',
      viewWith({ answer: { effect: 'forbid', rules: ['told.cedar:3'] } }),
      { code: 'policy.forbidden', rules: ['told.cedar:3'] },
      {},
    ],
    ['a policy that breaks refuses', viewWith({ answer: { effect: 'error', detail: 'broken' } }), { code: 'policy.error' }, {}],
    ['a lockdown refuses', viewWith({ lockdown: true }), { code: 'lockdown.on', stage: 'lockdown' }, { lockdown: true }],
    [
      'a grant revoked elsewhere refuses',
      viewWith({ revoked: new Set([entryId(asked.run.id, askedIn(asked).grant)]) }),
      { code: 'grant.revoked', stage: 'grant' },
      { revoked: new Set([entryId(asked.run.id, askedIn(asked).grant)]) },
    ],
  ])('%s', (_, view, payload, standing) => {
    const refused = settledApproval(agreed, view)
    expect(lastEntry(refused)).toMatchObject({ type: 'ActionRefused', payload: { action, ...payload } })
    const replayed = replayDecisions(refused.entries, ({ seq }) => ({ ...nothingUnusual(), ...(seq === refused.run.seq ? standing : {}) }))
    expect(replayed.divergence).toBeUndefined()
  })

  test('a policy that an operator let the run go on under makes the answer stale', () => {
    const view = viewWith({ policy: digestOf('other') })
    const renewed = tell(tell(agreed, suspendOrder), resumeOrder, { view })
    expect(renewed.run.under?.policy).toBe(digestOf('other'))
    const refused = settledApproval(renewed, view)
    expect(lastEntry(refused)).toMatchObject({ payload: { code: 'approval.stale' } })
    expect(divergence(refused)).toBeUndefined()
  })

  test('a revoked grant is not stood in for by another one', () => {
    const more = tell(agreed, { type: 'GrantCapability', terms: wideGrant, by: ada.subject })
    const revoked = tell(more, { type: 'RevokeGrant', grant: entryId(more.run.id, askedIn(more).grant), reason: 'no more' })
    const refused = settledApproval(revoked)
    expect(lastEntry(refused)).toMatchObject({ payload: { code: 'grant.revoked' } })
    expect(divergence(refused)).toBeUndefined()
  })

  test('what the rules no longer ask about is allowed by what was answered', () => {
    const view = viewWith({ answer: { effect: 'allow', rules: ['told.cedar:1'] } })
    const allowed = settledApproval(agreed, view)
    expect(lastEntry(allowed)).toMatchObject({ type: 'ActionAuthorized', payload: { approval, rules: ['told.cedar:1'] } })
    expect(divergence(allowed)).toBeUndefined()
  })
})

describe('too many questions', () => {
  test('at once are refused', () => {
    const full = Array.from({ length: maxWaitingApprovals }).reduce<RunHistory>((history) => wish(history, askingNow), executing())
    expect(full.run.waiting).toHaveLength(maxWaitingApprovals)
    const refused = wish(full, askingNow)
    expect(lastEntry(refused)).toMatchObject({ payload: { code: 'approval.queue_full', rules: askedIn(full).rules } })
    expect(divergence(refused)).toBeUndefined()
  })

  test('about the same thing hold the run: whoever said no so often is not asked again', () => {
    const deny = (history: RunHistory): RunHistory => {
      const again = wish(history, askingNow)
      return settledApproval(tell(again, answerTo(again, ada, denied)))
    }
    const held = Array.from({ length: maxIdenticalRepeats }).reduce<RunHistory>(deny, executing())
    expect(lastEntry(held)).toMatchObject({ type: 'RunSuspended', payload: { cause: 'repetition', code: 'limit.repeated' } })
    expect(divergence(held)).toBeUndefined()
    const unheard = Array.from({ length: maxIdenticalRepeats }).reduce<RunHistory>(
      (history) => {
        const again = wish(history, askingNow)
        return tell(again, { type: 'ExpireApproval', action: lastProposal(again) }, { afterMs: askedIn(again).expires - again.run.at })
      },
      executing({ ceilings: { ...toldRequest.ceilings, wallMs: 30 * approvalLifeMs } }),
    )
    expect(lastEntry(unheard)).toMatchObject({ type: 'RunSuspended', payload: { cause: 'repetition' } })
    expect(divergence(unheard)).toBeUndefined()
  })
})
