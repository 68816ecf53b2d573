import { describe, expect, test } from 'vitest'
import {
  ada,
  answerTo,
  approvalIn,
  ask,
  askedIn,
  askingLater,
  askingNow,
  bea,
  cay,
  commitOrder,
  denied,
  divergence,
  endOrder,
  executing,
  forRun,
  lastEntry,
  lastProposal,
  nothingUnusual,
  obliges,
  once,
  operatorsOf,
  passOrder,
  preparedFor,
  requestOf,
  resumeOrder,
  settledApproval,
  suspendOrder,
  tell,
  tellAll,
  toldQuestion,
  toldRequest,
  viewWith,
  wish,
} from '@ice-runtime/conformance'
import type { RunHistory, Wish } from '@ice-runtime/conformance'
import { approvalLifeMs } from '../authority/approval.ts'
import type { ApprovalAnswer } from '../authority/approval.ts'
import { replayDecisions } from '../replay/decision-replay.ts'
import type { AuthorityView } from './commands.ts'
import { stateHash } from './state-hash.ts'

const { asked, approval, action } = toldQuestion()

function edit(changed: Partial<Wish>): {
  readonly request: ReturnType<typeof requestOf>
  readonly prepared: ReturnType<typeof preparedFor>
} {
  const prepared = { ...preparedFor({ ...askingNow, ...changed }), facts: { edited: true } }
  return { request: requestOf(prepared), prepared }
}

describe('an edit', () => {
  const edited = edit({})
  const editing: ApprovalAnswer = { ...once, edited }

  test('is what is done, marked as edited', () => {
    const allowed = settledApproval(tell(asked, answerTo(asked, ada, editing)))
    const { request, prepared } = edited
    expect(lastEntry(allowed)).toMatchObject({ type: 'ActionAuthorized', payload: { action, request, prepared, edited: true, approval } })
    expect(divergence(allowed)).toBeUndefined()
  })

  test('is no answer to what was asked, nor the other way round', () => {
    const held = tell(asked, suspendOrder)
    const both = tellAll(held, answerTo(held, ada, once), answerTo(held, bea, editing), resumeOrder)
    expect(lastEntry(settledApproval(both))).toMatchObject({ payload: { request: askedIn(asked).request } })
    const onlyBea = viewWith({ operators: operatorsOf(bea) })
    expect(lastEntry(settledApproval(both, onlyBea))).toMatchObject({ payload: { request: edited.request, edited: true } })
    const onlyCay = viewWith({ operators: operatorsOf({ ...cay, roles: ['ops'] }) })
    expect(ask(both, { type: 'SettleApproval', action }, { view: onlyCay })).toMatchObject({ code: 'approval.waiting' })
  })

  test('that no grant covers is refused as what it is', () => {
    const wide = edit({ resources: ['mail:everybody'] })
    const refused = settledApproval(tell(asked, answerTo(asked, ada, { ...once, edited: wide })))
    expect(lastEntry(refused)).toMatchObject({ payload: { code: 'grant.resource', request: wide.request, prepared: wide.prepared } })
    expect(divergence(refused)).toBeUndefined()
  })

  test('for the run covers what was made of it, not what was asked', () => {
    const allowed = settledApproval(tell(asked, answerTo(asked, ada, { ...forRun, edited })))
    expect(allowed.run.allowances).toMatchObject([{ prepared: edited.prepared }])
  })

  test.each<[string, RunHistory, ApprovalAnswer, AuthorityView, string]>([
    [
      'is none when nothing is changed',
      asked,
      { ...once, edited: { ...edited, request: askedIn(asked).request } },
      viewWith(),
      'approval.edit_same',
    ],
    [
      'does not turn into an effect that waits',
      asked,
      { ...once, edited: edit({ class: 'irreversible' }) },
      viewWith(),
      'approval.edit_timing',
    ],
    [
      'is not made by one of several',
      wish(executing(), askingNow, { view: viewWith({ answer: obliges({ from: 'ops', count: 2 }) }) }),
      editing,
      viewWith({ answer: obliges({ from: 'ops', count: 2 }) }),
      'approval.edit_alone',
    ],
  ])('%s', (_, history, said, view, code) => {
    expect(ask(history, answerTo(history, ada, said), { view })).toMatchObject({ code })
  })
})

describe('a deferred effect', () => {
  const later = wish(executing({ ceilings: { ...toldRequest.ceilings, wallMs: 3 * approvalLifeMs } }), askingLater)

  test('is told as deferred when it is asked about, and once', () => {
    expect(later.run).toMatchObject({ ended: 1, lastOutcome: approvalIn(later) })
    expect(settledApproval(tell(later, answerTo(later, ada, once))).run).toMatchObject({ ended: 1, deferred: [lastProposal(later)] })
    expect(settledApproval(tell(later, answerTo(later, ada, denied))).run).toMatchObject({ ended: 1, denied: [lastProposal(later)] })
  })

  test('that waits for people keeps its run from the commit', () => {
    const ready = tellAll(later, endOrder, passOrder)
    expect(lastEntry(tell(ready, commitOrder()))).toMatchObject({ type: 'AbortStarted', payload: { code: 'approval.required' } })
  })

  test('that is allowed while the run is judged is committed with it', () => {
    const judged = tellAll(later, endOrder, passOrder, answerTo(later, ada, once))
    const committed = tell(settledApproval(judged), commitOrder())
    expect(lastEntry(committed)).toMatchObject({ type: 'RunCommitDecided', payload: { releases: [lastProposal(later)] } })
    expect(divergence(committed)).toBeUndefined()
  })

  test.each<[string, RunHistory]>([
    ['denied', settledApproval(tell(later, answerTo(later, ada, denied)))],
    ['expired', tell(later, { type: 'ExpireApproval', action: lastProposal(later) })],
  ])('that was %s aborts the commit', (_, history) => {
    const end = tellAll(history, endOrder, passOrder)
    const committed = tell(end, commitOrder())
    expect(lastEntry(committed)).toMatchObject({ type: 'AbortStarted', payload: { code: 'approval.denied' } })
    expect(divergence(committed)).toBeUndefined()
  })

  test('is decided again before the commit point with what was answered, and with no more', () => {
    const ready = tellAll(settledApproval(tell(later, answerTo(later, ada, once))), endOrder, passOrder)
    expect(lastEntry(tell(ready, commitOrder()))).toMatchObject({ type: 'RunCommitDecided' })
    const more = viewWith({ answer: obliges({ from: 'ops', count: 2 }) })
    expect(lastEntry(tell(ready, commitOrder(), { view: more }))).toMatchObject({
      type: 'AbortStarted',
      payload: { code: 'approval.required' },
    })
  })
})

test('two runs that were told the same have the same state, whatever became of their questions', () => {
  const tellings = [tell(asked, answerTo(asked, ada, forRun)), tell(asked, answerTo(asked, ada, { ...once, edited: edit({}) }))]
  for (const history of tellings) {
    const again = replayDecisions(history.entries, nothingUnusual)
    expect(stateHash(again.run, nothingUnusual().proofs.sha256)).toBe(stateHash(history.run, nothingUnusual().proofs.sha256))
  }
})
