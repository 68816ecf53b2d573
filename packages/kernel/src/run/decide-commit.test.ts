import { describe, expect, test } from 'vitest'
import {
  obliging,
  abortOrder,
  ask,
  commitOrder,
  digestOf,
  committing,
  doubt,
  endOrder,
  executing,
  fail,
  finalLater,
  keyedLater,
  keyedNow,
  lastProposal,
  passOrder,
  propose,
  succeed,
  suspendOrder,
  resumeOrder,
  tell,
  tellAll,
  toldCeilings,
  viewWith,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory, Telling } from '@ice-runtime/conformance'
import { entryId } from '../log/ids.ts'
import type { GrantTerms } from '../authority/grant-terms.ts'
import type { NewEvent } from './taxonomy.ts'

/** irreversible, keyed, irreversible, keyed: proposed in an order in which they are not released. */
function fourDeferred(grants: readonly GrantTerms[] = [wideGrant]): RunHistory {
  return [finalLater, keyedLater, finalLater, keyedLater].reduce((history, asked) => wish(history, asked), executing({ grants }))
}

function validated(history: RunHistory): RunHistory {
  return tellAll(history, endOrder, passOrder)
}

function release(history: RunHistory, action: number, settle: (action: number) => Order = succeed): RunHistory {
  return tellAll(history, { type: 'ReleaseAction', action }, settle(action))
}

function onlyEvent(history: RunHistory, order: Order, telling: Telling = {}): NewEvent | undefined {
  const decision = ask(history, order, telling)
  expect(decision).toMatchObject({ ok: true })
  return decision.ok ? decision.events[0] : undefined
}

describe('the commit point', () => {
  test('lists releases keyed first and irreversible last, each group as proposed', () => {
    const history = fourDeferred()
    const [first = 0, second = 0, third = 0, fourth = 0] = history.run.deferred
    expect(onlyEvent(validated(history), commitOrder(3))).toEqual({
      type: 'RunCommitDecided',
      origin: 'runtime',
      causes: [validated(history).run.seq],
      payload: { changes: { value: [] }, changesCount: 3, releases: [second, fourth, first, third], memories: [] },
    })
  })

  test.each<[string, RunHistory, Order, Telling, string]>([
    ['nothing has validated', tell(fourDeferred(), endOrder), commitOrder(), {}, 'validation.missing'],
    [
      'a base has changed',
      validated(fourDeferred()),
      { ...commitOrder(), conflicts: [{ path: 'a', expected: { kind: 'absent' }, actual: { kind: 'directory' } }] } as Order,
      {},
      'files.conflict',
    ],
    ['it took too long', validated(fourDeferred()), commitOrder(), { afterMs: toldCeilings.wallMs }, 'limit.wall'],
    [
      'policy forbids an effect by now',
      validated(fourDeferred()),
      commitOrder(),
      { view: viewWith({ answer: { effect: 'forbid', rules: [] } }) },
      'policy.forbidden',
    ],
    [
      'policy asks a person by now',
      validated(fourDeferred()),
      commitOrder(),
      { view: viewWith({ answer: obliging }) },
      'approval.required',
    ],
    [
      'policy cannot be asked',
      validated(fourDeferred()),
      commitOrder(),
      { view: viewWith({ answer: { effect: 'error', detail: '' } }) },
      'policy.error',
    ],
    [
      'a grant was revoked elsewhere',
      validated(fourDeferred()),
      commitOrder(),
      { view: viewWith({ revoked: new Set([entryId(fourDeferred().run.id, fourDeferred().run.grants.list[0]?.id ?? 0)]) }) },
      'grant.revoked',
    ],
    [
      'a grant has expired',
      validated(fourDeferred([{ ...wideGrant, expires: fourDeferred().run.at + 100 }])),
      commitOrder(),
      { afterMs: 200 },
      'grant.expired',
    ],
  ])('is not passed when %s: the run aborts', (_, history, order, telling, code) => {
    expect(onlyEvent(history, order, telling)).toMatchObject({ type: 'AbortStarted', origin: 'runtime', payload: { code, by: 'runtime' } })
  })

  const changing = commitOrder(1)

  test.each<[string, RunHistory, Telling, object]>([
    ['under a lockdown', validated(executing()), { view: viewWith({ lockdown: true }) }, { cause: 'lockdown', code: 'lockdown.on' }],
    [
      'under a lockdown with effects that wait',
      validated(fourDeferred()),
      { view: viewWith({ lockdown: true }) },
      { cause: 'lockdown', code: 'lockdown.on' },
    ],
    [
      'once another policy is in force',
      validated(executing()),
      { view: viewWith({ policy: digestOf('another') }) },
      { cause: 'assumption', code: 'assumption.policy' },
    ],
  ])('is not passed %s: the run is held, and can commit later', (_, history, telling, payload) => {
    expect(onlyEvent(history, changing, telling)).toMatchObject({ type: 'RunSuspended', origin: 'runtime', payload })
    const held = tell(history, changing, telling)
    const resumed = tell(held, { type: 'ResumeRun', by: 'runtime', origin: 'runtime' })
    expect(onlyEvent(resumed, changing)).toMatchObject({ type: 'RunCommitDecided' })
  })

  test('is passed under a lockdown by a run that commits no effect', () => {
    const telling = { view: viewWith({ lockdown: true, policy: digestOf('another') }) }
    expect(onlyEvent(validated(executing()), commitOrder(), telling)).toMatchObject({ type: 'RunCommitDecided' })
  })

  test('does not count the use that an effect was authorized with a second time', () => {
    const tight = validated(fourDeferred([{ ...wideGrant, uses: 4, sizeBytes: 0 }]))
    expect(onlyEvent(tight, commitOrder())).toMatchObject({ type: 'RunCommitDecided' })
  })

  test('does not ask for a budget that is reserved already', () => {
    const grants = [wideGrant]
    const history = wish(executing({ grants, ceilings: { ...toldCeilings, cost: { moneyMicro: 100 } } }), finalLater)
    expect(onlyEvent(validated(history), commitOrder())).toMatchObject({ type: 'RunCommitDecided' })
  })

  test('needs a new validation after anything was proposed', () => {
    const history = wish(validated(fourDeferred()), {})
    expect(history.run.validated).toBe(0)
    expect(onlyEvent(history, commitOrder())).toMatchObject({ type: 'AbortStarted', payload: { code: 'validation.missing' } })
    expect(onlyEvent(tell(history, passOrder), commitOrder())).toMatchObject({ type: 'RunCommitDecided' })
  })

  test('is not asked for while an action is under way', () => {
    const history = wish(executing(), {})
    expect(ask(history, endOrder)).toMatchObject({ ok: false, code: 'run.actions_open' })
  })

  test('can neither be aborted, nor terminated, nor suspended', () => {
    const history = committing(fourDeferred())
    for (const order of [abortOrder, suspendOrder, { type: 'TerminateRun', code: 'run.killed' } as const]) {
      expect(ask(history, order)).toMatchObject({ ok: false, code: 'run.phase' })
    }
  })
})

describe('after the commit point', () => {
  const history = fourDeferred()
  const [irreversible = 0, keyed = 0, lastIrreversible = 0, secondKeyed = 0] = history.run.deferred
  const order = [keyed, secondKeyed, irreversible, lastIrreversible]

  test('files come before effects, one after the other and no more than there are', () => {
    const begun = committing(history, 2)
    expect(ask(begun, { type: 'ReleaseAction', action: keyed })).toMatchObject({ ok: false, code: 'release.out_of_order' })
    expect(ask(begun, { type: 'RecordApplied', index: 1, path: 'b' })).toMatchObject({ ok: false, code: 'release.out_of_order' })
    const applied = tellAll(begun, { type: 'RecordApplied', index: 0, path: 'a' }, { type: 'RecordApplied', index: 1, path: 'b' })
    expect(ask(applied, { type: 'RecordApplied', index: 2, path: 'c' })).toMatchObject({ ok: false, code: 'release.out_of_order' })
    expect(ask(applied, { type: 'ReleaseAction', action: keyed })).toMatchObject({ ok: true })
  })

  test('effects go one at a time in the decided order, and the run is committed completely', () => {
    let told = committing(history)
    for (const [index, action] of order.entries()) {
      const now = told
      expect(order.filter((other) => ask(now, { type: 'ReleaseAction', action: other }).ok)).toEqual([action])
      const sent = tell(told, { type: 'ReleaseAction', action })
      expect(order.slice(index + 1).filter((next) => ask(sent, { type: 'ReleaseAction', action: next }).ok)).toEqual([])
      expect(ask(sent, { type: 'CompleteCommit' })).toMatchObject({ ok: false, code: 'release.out_of_order' })
      told = tell(sent, succeed(action))
    }
    expect(onlyEvent(told, { type: 'CompleteCommit' })).toMatchObject({
      type: 'RunCommitted',
      payload: { releases: 'complete', unsent: [] },
    })
  })

  test('a run without effects is committed with none', () => {
    expect(onlyEvent(committing(executing()), { type: 'CompleteCommit' })).toMatchObject({ payload: { releases: 'none', unsent: [] } })
  })

  test.each([
    ['fails', fail],
    ['is uncertain', doubt],
  ])('an effect that %s keeps back those behind it and undoes nothing', (_, end) => {
    const sent = release(release(committing(history), keyed), secondKeyed, end)
    expect(ask(sent, { type: 'ReleaseAction', action: irreversible })).toMatchObject({ ok: false, code: 'release.out_of_order' })
    expect(ask(sent, { type: 'UndoChanges', code: 'files.conflict', paths: [] })).toMatchObject({ ok: false })
    const withheld = tell(sent, { type: 'WithholdReleases', code: 'release.failed' })
    expect(onlyEvent(withheld, { type: 'CompleteCommit' })).toMatchObject({
      type: 'RunCommitted',
      payload: { releases: 'incomplete', unsent: [secondKeyed, irreversible, lastIrreversible] },
    })
  })

  const taken = [
    ['lockdown.on', viewWith({ lockdown: true })],
    ['grant.revoked', viewWith({ revoked: new Set([entryId(history.run.id, history.run.grants.list[0]?.id ?? 0)]) })],
  ] as const

  test.each(taken)('%s withholds what has not been sent', (code, view) => {
    const sent = release(committing(history), keyed)
    const decision = ask(sent, { type: 'ReleaseAction', action: secondKeyed }, { view })
    expect(decision.ok && decision.events.map(({ type, payload }) => ({ type, payload }))).toEqual(
      order.slice(1).map((action) => ({ type: 'ActionWithheld', payload: { action, code } })),
    )
  })

  test.each(taken)('%s makes uncertain what was sent and has no outcome, and the rest is withheld', (code, view) => {
    const sent = tell(committing(history), { type: 'ReleaseAction', action: keyed })
    const stopped = tell(sent, { type: 'ReleaseAction', action: keyed }, { view })
    expect(stopped.entries.at(-1)).toMatchObject({ type: 'ActionUncertain', payload: { action: keyed, code } })
    const withheld = tell(stopped, { type: 'WithholdReleases', code: 'release.withheld' })
    expect(onlyEvent(withheld, { type: 'CompleteCommit' })).toMatchObject({ payload: { releases: 'incomplete', unsent: order } })
  })

  test('a keyed effect without an outcome is sent again as the next attempt, an irreversible one never', () => {
    const keyedSent = tell(committing(history), { type: 'ReleaseAction', action: keyed })
    expect(onlyEvent(keyedSent, { type: 'ReleaseAction', action: keyed })).toMatchObject({
      type: 'ActionDispatched',
      payload: { attempt: 2 },
    })
    const finalSent = tell(release(release(committing(history), keyed), secondKeyed), { type: 'ReleaseAction', action: irreversible })
    expect(ask(finalSent, { type: 'ReleaseAction', action: irreversible })).toMatchObject({ ok: false, code: 'action.not_dispatchable' })
  })

  test('an uncertain effect found done lets the rest go on, and found not done does not', () => {
    const unsure = release(committing(history), keyed, doubt)
    const found = (what: 'done' | 'not_done'): RunHistory =>
      tell(unsure, { type: 'ReconcileAction', action: keyed, found: what, how: 'probe' })
    expect(ask(found('done'), { type: 'ReleaseAction', action: secondKeyed })).toMatchObject({ ok: true })
    expect(ask(found('not_done'), { type: 'ReleaseAction', action: secondKeyed })).toMatchObject({ ok: false })
  })
})

describe('a conflict found while files are put in place', () => {
  const undo: Order = { type: 'UndoChanges', code: 'files.conflict', paths: ['a'], conflict: { path: 'a', actual: { kind: 'directory' } } }

  test('before any effect undoes them, and the run aborts with no effect sent', () => {
    const begun = tell(committing(fourDeferred(), 2), { type: 'RecordApplied', index: 0, path: 'a' })
    const undone = tell(begun, undo)
    expect(undone.run.phase).toEqual({ name: 'aborting', code: 'files.conflict' })
    const ended = tell(undone, { type: 'CompleteAbort' })
    expect(ended.entries.slice(undone.entries.length).map(({ type }) => type)).toEqual([
      ...Array.from({ length: 4 }, () => 'ActionWithheld'),
      'RunAborted',
    ])
    expect(ended.run).toMatchObject({ reserved: {}, phase: { name: 'tearing_down', outcome: 'aborted', code: 'files.conflict' } })
  })

  test('also undoes them when effects were only withheld', () => {
    const killed = tell(committing(fourDeferred(), 2), { type: 'WithholdReleases', code: 'run.killed' })
    expect(tell(killed, undo).run.phase.name).toBe('aborting')
  })

  test.each([
    ['under way', (history: RunHistory, action: number) => tell(history, { type: 'ReleaseAction', action })],
    ['sent', (history: RunHistory, action: number) => release(history, action)],
    ['failed', (history: RunHistory, action: number) => release(history, action, fail)],
    ['uncertain', (history: RunHistory, action: number) => release(history, action, doubt)],
  ])('once an effect is %s undoes nothing', (_, send) => {
    const begun = committing(fourDeferred())
    expect(ask(send(begun, fourDeferred().run.deferred[1] ?? 0), undo)).toMatchObject({ ok: false, code: 'release.out_of_order' })
  })
})

describe('an abort', () => {
  test('says what had left, withholds what waited and returns what was reserved', () => {
    const waiting = wish(executing(), keyedLater)
    const asked = wish(waiting, keyedNow)
    const action = lastProposal(asked)
    const left = tellAll(asked, { type: 'DispatchAction', action }, succeed(action), suspendOrder, resumeOrder, abortOrder)
    const ended = tell(left, { type: 'CompleteAbort' })
    const [withheld, aborted] = ended.entries.slice(-2)
    expect(withheld).toMatchObject({ type: 'ActionWithheld', payload: { action: lastProposal(waiting), code: 'run.undone' } })
    expect(aborted).toMatchObject({ type: 'RunAborted', payload: { left: [action] } })
    expect(ended.run).toMatchObject({ reserved: {}, phase: { outcome: 'aborted', code: 'run.aborted' } })
  })

  test('lists what had left in the order proposed, however much it is', () => {
    const actions: number[] = []
    const history = Array.from({ length: 12 }).reduce<RunHistory>((told, _, index) => {
      const asked = wish(told, keyedNow)
      actions.push(lastProposal(asked))
      return tellAll(
        asked,
        { type: 'DispatchAction', action: lastProposal(asked) },
        succeed(lastProposal(asked), { result: { value: index } }),
      )
    }, executing())
    expect(tellAll(history, abortOrder, { type: 'CompleteAbort' }).entries.at(-1)?.payload).toEqual({
      left: actions,
      leftCount: actions.length,
    })
  })

  test('lets nothing more leave', () => {
    const aborting = tell(wish(executing(), keyedNow), abortOrder)
    expect(ask(aborting, { type: 'DispatchAction', action: aborting.run.open.entries()[0]?.[1].action ?? 0 })).toMatchObject({
      ok: false,
      code: 'run.phase',
    })
    expect(ask(aborting, propose(aborting, keyedNow))).toMatchObject({ ok: true, events: [{}, { type: 'ActionRefused' }] })
  })

  test('keeps its code and its detail to the end', () => {
    const ended = tellAll(executing(), { ...abortOrder, detail: 'asked for' } as Order, { type: 'CompleteAbort' }, { type: 'TearDown' })
    expect(ended.entries.find(({ type }) => type === 'AbortStarted')?.payload).toMatchObject({ detail: 'asked for' })
    expect(ended.entries.at(-1)).toMatchObject({ type: 'RunTornDown', payload: { outcome: 'aborted', code: 'run.aborted' } })
  })
})
