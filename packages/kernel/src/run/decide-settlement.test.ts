import { describe, expect, test } from 'vitest'
import {
  ada,
  abortOrder,
  ask,
  digestOf,
  doubt,
  executing,
  fail,
  fetching,
  finalNow,
  keyedLater,
  keyedNow,
  lastProposal,
  propose,
  resumeOrder,
  staging,
  succeed,
  suspendOrder,
  tell,
  tellAll,
  viewWith,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory, Wish } from '@ice-runtime/conformance'
import type { Run } from './run.ts'

function sent(asked: Wish): { readonly history: RunHistory; readonly action: number } {
  const told = wish(executing(), asked)
  const action = lastProposal(told)
  return { history: tell(told, { type: 'DispatchAction', action }), action }
}

function reconcile(action: number, found: 'done' | 'not_done', how: 'operator' | 'probe' = 'probe'): Order {
  const said = how === 'operator' ? { by: ada.subject, reason: 'the bank shows it' } : {}
  return { type: 'ReconcileAction', action, found, how, ...said, ...(found === 'done' ? { result: { value: 'seen' } } : {}) }
}

function budgetOf(run: Run): unknown {
  return { spent: run.spent, reserved: run.reserved }
}

describe('a dispatch', () => {
  test('counts attempts of what repeats safely', () => {
    for (const asked of [keyedNow, fetching]) {
      const { history, action } = sent(asked)
      const again = tell(history, { type: 'DispatchAction', action })
      expect(again.entries.slice(-2).map(({ payload }) => payload)).toEqual([
        { action, attempt: 1 },
        { action, attempt: 2 },
      ])
      expect(again.run.left.entries()).toEqual([[String(action), action]])
    }
  })

  test('of what is irreversible happens once', () => {
    const { history, action } = sent(finalNow)
    expect(ask(history, { type: 'DispatchAction', action })).toMatchObject({ ok: false, code: 'action.not_dispatchable' })
  })

  test('is not for what waits for the commit, what is uncertain, and what is not there', () => {
    const waiting = wish(executing(), keyedLater)
    expect(ask(waiting, { type: 'DispatchAction', action: lastProposal(waiting) })).toMatchObject({
      ok: false,
      code: 'action.not_dispatchable',
    })
    const { history, action } = sent(keyedNow)
    expect(ask(tell(history, doubt(action)), { type: 'DispatchAction', action })).toMatchObject({
      ok: false,
      code: 'action.not_dispatchable',
    })
    expect(ask(executing(), { type: 'DispatchAction', action: 99 })).toMatchObject({ ok: false, code: 'action.not_open' })
  })
})

describe('a settlement', () => {
  test('returns what was reserved and spends what it cost', () => {
    const { history, action } = sent({ ...keyedNow, cost: { moneyMicro: 10, tokens: 5 } })
    expect(budgetOf(history.run)).toEqual({ spent: {}, reserved: { moneyMicro: 10, tokens: 5 } })
    expect(budgetOf(tell(history, succeed(action, { cost: { moneyMicro: 3 } })).run)).toEqual({ spent: { moneyMicro: 3 }, reserved: {} })
    expect(budgetOf(tell(history, fail(action)).run)).toEqual({ spent: { moneyMicro: 1 }, reserved: {} })
  })

  test('that is uncertain spends the whole bound and suspends the run until it is reconciled', () => {
    const { history, action } = sent(keyedNow)
    const unsure = tell(history, doubt(action))
    expect(unsure.run.phase).toEqual({ name: 'suspended', from: 'executing', cause: 'reconciliation', code: 'effect.timeout' })
    expect(budgetOf(unsure.run)).toEqual({ spent: { moneyMicro: 10 }, reserved: {} })
    expect(ask(unsure, resumeOrder)).toMatchObject({ ok: false, code: 'run.actions_open' })
    for (const found of ['done', 'not_done'] as const) {
      const known = tell(unsure, reconcile(action, found))
      expect(budgetOf(known.run)).toEqual({ spent: { moneyMicro: 10 }, reserved: {} })
      expect(known.run.open.size).toBe(0)
      expect(tell(known, resumeOrder).run.phase).toEqual({ name: 'executing' })
    }
  })

  test('that is uncertain while the run is suspended or undone leaves it there', () => {
    const { history, action } = sent(keyedNow)
    for (const order of [suspendOrder, abortOrder]) {
      const moved = tell(history, order)
      expect(ask(moved, doubt(action))).toMatchObject({ ok: true, events: [{ type: 'ActionUncertain' }] })
    }
  })

  test('of what left the runtime unrecorded is rejected, but that it failed before it left can be said', () => {
    const history = wish(executing(), keyedNow)
    const action = lastProposal(history)
    expect(ask(history, succeed(action))).toMatchObject({ ok: false, code: 'action.not_dispatched' })
    expect(ask(history, doubt(action))).toMatchObject({ ok: false, code: 'action.not_dispatched' })
    expect(ask(history, fail(action))).toMatchObject({ ok: true })
  })

  test('with changes is only for what is staged', () => {
    const changes = [{ path: 'a', to: { kind: 'directory' }, base: { kind: 'absent' } }]
    const read = wish(executing(), {})
    expect(ask(read, succeed(lastProposal(read), { changes }))).toMatchObject({ ok: false, code: 'action.not_staged' })
    const written = wish(executing(), staging)
    expect(ask(written, succeed(lastProposal(written), { changes }))).toMatchObject({ ok: true })
  })

  test('comes once, and not after the end of the run', () => {
    const { history, action } = sent(keyedNow)
    expect(ask(tell(history, succeed(action)), succeed(action))).toMatchObject({ ok: false, code: 'action.not_open' })
    const ended = tellAll(history, abortOrder, { type: 'CompleteAbort' }, { type: 'TearDown' })
    expect(ask(ended, succeed(action))).toMatchObject({ ok: false, code: 'run.phase' })
  })
})

describe('a reconciliation', () => {
  test('is for what is uncertain only, and once', () => {
    const { history, action } = sent(keyedNow)
    expect(ask(history, reconcile(action, 'done'))).toMatchObject({ ok: false, code: 'action.not_uncertain' })
    const known = tellAll(history, doubt(action), reconcile(action, 'done'))
    expect(ask(known, reconcile(action, 'done'))).toMatchObject({ ok: false, code: 'action.not_uncertain' })
  })

  test('by a person names them and says why, and by a probe nobody', () => {
    const { history, action } = sent(keyedNow)
    const unsure = tell(history, doubt(action))
    const word = { by: ada.subject, reason: 'the bank shows it' }
    const found = { type: 'ReconcileAction', action, found: 'done' } as const
    for (const how of [
      { how: 'operator' } as const,
      { how: 'operator', by: word.by } as const,
      { how: 'operator', ...word, reason: '\n' } as const,
      { how: 'probe', ...word } as const,
      { how: 'probe', reason: word.reason } as const,
    ])
      expect(ask(unsure, { ...found, ...how })).toMatchObject({ ok: false, code: 'action.unattributed' })
    expect(tell(unsure, { ...found, how: 'operator', ...word }).entries.at(-1)?.payload).toEqual({
      action,
      found: 'done',
      how: 'operator',
      ...word,
    })
  })

  test('comes from who found it: a probe of the runtime, or an operator', () => {
    const { history, action } = sent(keyedNow)
    const unsure = tell(history, doubt(action))
    expect(ask(unsure, reconcile(action, 'done'))).toMatchObject({
      ok: true,
      events: [{ origin: 'runtime', payload: { result: { value: 'seen' } } }],
    })
    expect(ask(unsure, reconcile(action, 'not_done', 'operator'))).toMatchObject({ ok: true, events: [{ origin: 'operator' }] })
  })

  test('may still come after the end of the run', () => {
    const { history, action } = sent(keyedNow)
    const ended = tellAll(history, doubt(action), abortOrder, { type: 'CompleteAbort' }, { type: 'TearDown' })
    expect(tell(ended, reconcile(action, 'done', 'operator')).run.phase.name).toBe('terminated')
  })
})

describe('what an outcome leaves in the run', () => {
  test('is the label of the result, never less strict than what was prepared', () => {
    const read = wish(executing(), { label: 'untrusted/private' })
    const laxer = tell(read, succeed(lastProposal(read), { label: 'trusted/public' }))
    expect(laxer.run.label).toBe('untrusted/private')
    const stricter = tell(read, succeed(lastProposal(read), { label: 'trusted/secret' }))
    expect(stricter.run.label).toBe('untrusted/secret')
    // Why it failed may be told in the words of whoever was asked.
    const failed = tell(read, fail(lastProposal(read)))
    expect(failed.run.label).toBe('untrusted/private')
  })

  test('is the label of a result that was found later', () => {
    const { history, action } = sent(fetching)
    const unsure = tell(history, doubt(action))
    expect(tell(unsure, reconcile(action, 'done')).run.label).toBe('untrusted/public')
    expect(tell(unsure, reconcile(action, 'not_done')).run.label).toBe('trusted/public')
  })

  test('is the last content of a path over the first base, and the first look at what was read', () => {
    const file = (name: string) => ({ kind: 'file', blob: digestOf(name), sizeBytes: 1, mode: 0o644 }) as const
    const change = (name: string, base: object) => ({ changes: [{ path: 'a', to: file(name), base }], reads: [{ path: 'b', base }] })
    const first = wish(executing(), staging)
    const second = wish(tell(first, succeed(lastProposal(first), change('one', { kind: 'absent' }))), staging)
    const { run } = tell(second, succeed(lastProposal(second), change('two', { kind: 'directory' })))
    expect(run.staged.entries()).toEqual([['a', { path: 'a', to: file('two'), base: { kind: 'absent' } }]])
    expect(run.reads.entries()).toEqual([['b', { path: 'b', base: { kind: 'absent' } }]])
  })

  test('is one more outcome to deliver, which a deferred one is when it is authorized and not again when it is sent', () => {
    const history = wish(executing(), keyedLater)
    expect(history.run.ended).toBe(1)
    const refused = wish(history, { unread: 'refused' })
    expect(refused.run).toMatchObject({ ended: 2, refused: 1, steps: 2 })
  })

  test('is a use of the grant that covered it, by number and by what it might cost', () => {
    const grants = [{ ...wideGrant, actions: ['files.write'] }, wideGrant]
    const history = wish(wish(executing({ grants }), staging), {})
    expect(history.run.grants.list.map(({ id }) => history.run.grantUses.get(String(id)))).toEqual([
      { count: 1, cost: { sizeBytes: 5 }, dueMicros: 0 },
      { count: 1, cost: {}, dueMicros: 0 },
    ])
  })
})

test('a statement is heard while the run executes, from those who may make it', () => {
  const statement = { type: 'PlanStated', origin: 'agent', causes: [1], payload: { text: 'a plan' } } as const
  expect(ask(executing(), { type: 'RecordStatement', statement })).toEqual({ ok: true, events: [statement] })
  const posing = { ...statement, origin: 'runtime' } as const
  expect(ask(executing(), { type: 'RecordStatement', statement: posing })).toMatchObject({ ok: false, code: 'statement.origin' })
})

test('a revoked grant refuses the next action', () => {
  const history = executing()
  const grant = `${history.run.id}#${history.run.grants.list[0]?.id}` as never
  const revoked = tell(history, { type: 'RevokeGrant', grant, reason: 'no longer' })
  expect(ask(revoked, propose(revoked), { view: viewWith() })).toMatchObject({
    ok: true,
    events: [{}, { payload: { code: 'grant.revoked' } }],
  })
  expect(ask(history, { type: 'RevokeGrant', grant: `${history.run.id}#99` as never, reason: '' })).toMatchObject({
    ok: false,
    code: 'grant.not_found',
  })
})
