import { describe, expect, test } from 'vitest'
import {
  abortOrder,
  ada,
  answerOf,
  askingLater,
  committing,
  digestOf,
  doubt,
  emptyHistory,
  endOrder,
  executing,
  fetching,
  finalLater,
  finalNow,
  keyedLater,
  keyedNow,
  lastProposal,
  passOrder,
  preparedFor,
  propose,
  staging,
  succeed,
  tell,
  tellAll,
  toldRequest,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory } from '@ice-runtime/conformance'
import { approvalLifeMs } from '../../authority/approval.ts'
import type { CostBound } from '../../authority/cost.ts'
import type { Label } from '../../authority/labels.ts'
import { entryId } from '../../log/ids.ts'
import { evolve } from '../evolve.ts'
import type { IceEntry } from '../taxonomy.ts'
import { lawBrokenBy, lawBrokenIn } from '../../../tests/law-broken.ts'
import { brokenLaw, laws } from './laws.ts'

const plan = { type: 'PlanStated', origin: 'agent', payload: { text: 'a plan' } } as const
const aborted = { type: 'AbortStarted', payload: { code: 'run.aborted', by: 'runtime' } } as const
const read = wish(executing(), {})
const written = wish(executing(), staging)
const deferring = wish(wish(executing(), keyedLater), finalLater)
const [keyed = 0, irreversible = 0] = deferring.run.deferred
const commit = committing(deferring)
const changing = committing(deferring, 1)
const undo = { type: 'ChangesUndone', payload: { code: 'files.conflict', paths: [] } } as const
const atOnce = wish(executing(), finalNow)
const sent = tell(atOnce, { type: 'DispatchAction', action: lastProposal(atOnce) })
const ended = tellAll(sent, abortOrder, { type: 'CompleteAbort' }, { type: 'TearDown' })
const provisioning = tellAll(emptyHistory(), { type: 'RequestRun', ...toldRequest }, { type: 'StartProvisioning' })

function outcome(action: number, payload: object = {}): Partial<IceEntry> {
  return { type: 'ActionSucceeded', payload: { action, result: { value: null }, ...payload } }
}

function granted(terms: object): Partial<IceEntry> {
  return {
    type: 'CapabilityGranted',
    payload: { holder: 'teller', by: 'somebody', terms: { ...toldRequest.grants[0], ...terms } } as never,
  }
}

const askedAbout = wish(executing(), askingLater)
const approval = askedAbout.run.seq
const agreed = tell(askedAbout, answerOf(askedAbout, ada, { approval, answer: { type: 'given', scope: 'once' } }))

describe('an entry that breaks a law is named by it', () => {
  test('action.approved: an authorization without an answer, against one, or too late', () => {
    const action = lastProposal(askedAbout)
    const settled = tell(agreed, { type: 'SettleApproval', action }).entries.at(-1)
    expect(settled?.type).toBe('ActionAuthorized')
    const verdict = { type: 'ActionAuthorized', payload: settled?.payload } as Partial<IceEntry>
    expect(lawBrokenBy(agreed, verdict)).toBeUndefined()
    expect(lawBrokenBy(askedAbout, verdict)).toBe('action.approved')
    const denied = tell(agreed, answerOf(agreed, ada, { approval, answer: { type: 'denied' } }))
    expect(lawBrokenBy(denied, verdict)).toBe('action.approved')
    expect(lawBrokenBy(agreed, { ...verdict, at: agreed.run.at + approvalLifeMs })).toBe('action.approved')
  })

  test('action.approved: an authorization of what nobody agreed to, or on an answer that was not for the run', () => {
    const action = lastProposal(askedAbout)
    const settle: Order = { type: 'SettleApproval', action }
    const other = { type: 'ActionAuthorized', payload: { request: digestOf('other') } } as const
    expect(lawBrokenIn(agreed, settle, other)).toBe('action.approved')
    const forOther = tell(askedAbout, answerOf(askedAbout, ada, { approval, answer: { type: 'given', scope: 'run' } }))
    const allowed = tell(forOther, settle)
    expect(lawBrokenIn(allowed, propose(allowed, staging), { type: 'ActionAuthorized', payload: { approval } })).toBeUndefined()
    const onceOnly = tell(agreed, settle)
    expect(lawBrokenIn(onceOnly, propose(onceOnly, staging), { type: 'ActionAuthorized', payload: { approval } })).toBe('action.approved')
  })

  test('approval.bound: an answer to what was never asked, or to something else', () => {
    const said = agreed.entries.at(-1)
    expect(lawBrokenBy(askedAbout, { ...said, causes: [approval] })).toBeUndefined()
    for (const payload of [
      { ...said?.payload, approval: 1 },
      { ...said?.payload, binds: digestOf('other') },
    ]) {
      expect(lawBrokenBy(askedAbout, { type: 'ApprovalGiven', origin: 'operator', payload } as never)).toBe('approval.bound')
      expect(lawBrokenBy(askedAbout, { type: 'ApprovalDenied', origin: 'operator', payload } as never)).toBe('approval.bound')
    }
  })

  test('log.gapless: a number left out, or used again', () => {
    expect(lawBrokenBy(read, { ...plan, seq: read.run.seq + 2 })).toBe('log.gapless')
    expect(lawBrokenBy(read, { ...plan, seq: read.run.seq })).toBe('log.gapless')
  })

  test('log.time: a moment before the last', () => {
    expect(lawBrokenBy(read, { ...plan, at: read.run.at - 1 })).toBe('log.time')
    expect(lawBrokenBy(read, { ...plan, at: read.run.at })).toBeUndefined()
  })

  test('log.causality: caused by itself, or by nothing there is', () => {
    expect(lawBrokenBy(read, { ...plan, causes: [read.run.seq + 1] })).toBe('log.causality')
    expect(lawBrokenBy(read, { ...plan, causes: [0] })).toBe('log.causality')
  })

  test('log.taxonomy: a type or a version of another taxonomy', () => {
    expect(lawBrokenBy(read, { ...plan, type: 'RunPaused' as 'PlanStated' })).toBe('log.taxonomy')
    expect(lawBrokenBy(read, { ...plan, v: 2 })).toBe('log.taxonomy')
  })

  test('log.origin: an agent that decides, a runtime that plans', () => {
    expect(lawBrokenBy(read, { ...plan, origin: 'runtime' })).toBe('log.origin')
    expect(lawBrokenBy(deferring, { ...aborted, origin: 'agent' })).toBe('log.origin')
  })

  test('run.first: another beginning, or a second one', () => {
    expect(lawBrokenBy(emptyHistory(), { type: 'ProvisioningStarted', payload: {}, causes: [] })).toBe('run.first')
    expect(lawBrokenBy(executing(), { type: 'RunRequested', payload: toldRequest })).toBe('run.first')
  })

  test('run.accountable: nobody who answers for it', () => {
    const principal = { ...toldRequest.principal, subject: '' as never }
    expect(lawBrokenBy(emptyHistory(), { type: 'RunRequested', causes: [], payload: { ...toldRequest, principal } })).toBe(
      'run.accountable',
    )
  })

  test('run.transition: a move the table does not have', () => {
    expect(lawBrokenBy(executing(), { type: 'RunCommitted', payload: { releases: 'none', unsent: [] } })).toBe('run.transition')
    expect(lawBrokenBy(commit, { type: 'RunResumed', payload: { by: 'somebody' } })).toBe('run.transition')
  })

  test('run.commit_point: an abort or a termination after it is no transition, and nothing is undone once an effect was sent', () => {
    const released = tell(commit, { type: 'ReleaseAction', action: keyed })
    for (const history of [released, tell(released, succeed(keyed)), tell(released, doubt(keyed))]) {
      expect(lawBrokenBy(history, undo)).toBe('run.commit_point')
    }
    expect(lawBrokenBy(changing, undo)).toBeUndefined()
    const law = laws.find(({ id }) => id === 'run.commit_point')
    for (const event of [aborted, { type: 'RunTerminatedByRuntime', payload: { code: 'limit.wall' } }]) {
      expect(law?.broken(commit.run, { ...event, seq: commit.run.seq + 1 } as IceEntry)).toContain('after the commit point')
    }
  })

  test('run.validated_commit: a proposal after the validation', () => {
    const payload = { changes: { value: [] }, changesCount: 0, releases: [keyed, irreversible], memories: [] }
    const validated = tellAll(deferring, endOrder, passOrder)
    expect(lawBrokenBy(validated, { type: 'RunCommitDecided', payload })).toBeUndefined()
    expect(lawBrokenBy(wish(validated, {}), { type: 'RunCommitDecided', payload })).toBe('run.validated_commit')
  })

  test.each([[[]], [[keyed]], [[keyed, keyed]], [[keyed, irreversible, 1]], [[keyed, 1]]])(
    'run.answered_commit: releases %j',
    (releases) => {
      const validated = tellAll(deferring, endOrder, passOrder)
      const payload = { changes: { value: [] }, changesCount: 0, releases, memories: [] }
      expect(lawBrokenBy(validated, { type: 'RunCommitDecided', payload })).toBe('run.answered_commit')
    },
  )

  test('run.release_order: out of turn, before its files, before the commit', () => {
    const dispatch = (action: number): Partial<IceEntry> => ({ type: 'ActionDispatched', payload: { action, attempt: 1 } })
    expect(lawBrokenBy(commit, dispatch(irreversible))).toBe('run.release_order')
    expect(lawBrokenBy(changing, dispatch(keyed))).toBe('run.release_order')
    expect(lawBrokenBy(deferring, dispatch(keyed))).toBe('run.release_order')
    expect(lawBrokenBy(commit, dispatch(keyed))).toBeUndefined()
  })

  test('run.complete_commit: a change missing, an effect without outcome, an unsent one unnamed', () => {
    const committed = { type: 'RunCommitted', payload: { releases: 'complete', unsent: [] } } as const
    expect(lawBrokenBy(changing, committed)).toBe('run.complete_commit')
    expect(lawBrokenBy(commit, committed)).toBe('run.complete_commit')
    expect(lawBrokenBy(tell(commit, { type: 'WithholdReleases', code: 'run.killed' }), committed)).toBe('run.complete_commit')
  })

  test('run.final: a word after the end', () => {
    expect(lawBrokenBy(ended, plan)).toBe('run.final')
    expect(
      lawBrokenBy(ended, { type: 'CapabilityRevoked', origin: 'operator', payload: { grant: `${ended.run.id}#3` as never, reason: '' } }),
    ).toBeUndefined()
  })

  test('memory.promoted_after_commit: a memory of a run that did not commit', () => {
    const payload = { candidate: `${read.run.id}#1` as never, version: 1, validFrom: 0, rules: [] }
    expect(lawBrokenBy(read, { type: 'MemoryPromoted', payload })).toBe('memory.promoted_after_commit')
    expect(lawBrokenBy(commit, { type: 'MemoryPromoted', payload })).toBeUndefined()
  })

  test('action.one_verdict: a second one, or one that comes late', () => {
    const payload = { action: lastProposal(read), code: 'grant.none', stage: 'grant' } as const
    expect(lawBrokenBy(read, { type: 'ActionRefused', payload })).toBe('action.one_verdict')
    const order = propose(read)
    expect(lawBrokenIn(read, order, { type: 'ActionAuthorized', payload: { action: lastProposal(read) } })).toBe('action.one_verdict')
  })

  test('action.verdict_first: an outcome of what was never authorized', () => {
    expect(lawBrokenBy(executing(), outcome(3))).toBe('action.verdict_first')
    const refused = wish(executing(), { unread: 'refused' })
    expect(lawBrokenBy(refused, { type: 'ActionDispatched', payload: { action: lastProposal(refused), attempt: 1 } })).toBe(
      'action.verdict_first',
    )
  })

  test('action.phase: an authorization while the run does not execute', () => {
    const order = propose(deferring, {})
    const proposed = tell(tell(deferring, endOrder), order).entries.at(-2)
    const verdict = tell(deferring, order).entries.at(-1)
    if (proposed === undefined || verdict === undefined) throw new Error('nothing was proposed')
    const run = evolve(tell(deferring, endOrder).run, proposed)
    const payload = { ...verdict.payload, action: proposed.seq } as never
    expect(brokenLaw(run, { ...verdict, seq: run.seq + 1, at: run.at, causes: [1], payload })?.law).toBe('action.phase')
  })

  test('action.durable_departure: what left and was not recorded as leaving', () => {
    expect(lawBrokenBy(atOnce, outcome(lastProposal(atOnce)))).toBe('action.durable_departure')
    expect(lawBrokenBy(sent, outcome(lastProposal(atOnce)))).toBeUndefined()
  })

  test('action.settled_once: a second outcome', () => {
    const unsure = tell(sent, doubt(lastProposal(sent)))
    expect(lawBrokenBy(unsure, outcome(lastProposal(sent)))).toBe('action.settled_once')
  })

  test('action.resend_keyed: an irreversible effect sent twice, or a gap in the attempts', () => {
    const action = lastProposal(sent)
    expect(lawBrokenBy(sent, { type: 'ActionDispatched', payload: { action, attempt: 2 } })).toBe('action.resend_keyed')
    expect(lawBrokenBy(atOnce, { type: 'ActionDispatched', payload: { action, attempt: 2 } })).toBe('action.resend_keyed')
    const twice = tell(wish(executing(), keyedNow), { type: 'DispatchAction', action })
    expect(lawBrokenBy(twice, { type: 'ActionDispatched', payload: { action, attempt: 2 } })).toBeUndefined()
    expect(lawBrokenBy(twice, { type: 'ActionDispatched', payload: { action, attempt: 3 } })).toBe('action.resend_keyed')
  })

  test('action.deferred: an effect that does not wait, or a read that does', () => {
    expect(lawBrokenIn(executing(), propose(executing(), keyedLater), { type: 'ActionAuthorized', payload: { deferred: false } })).toBe(
      'action.deferred',
    )
    expect(lawBrokenIn(executing(), propose(executing()), { type: 'ActionAuthorized', payload: { deferred: true } })).toBe(
      'action.deferred',
    )
  })

  test('action.staged_changes: a read that changes files', () => {
    const changes = [{ path: 'a', to: { kind: 'directory' }, base: { kind: 'absent' } }]
    expect(lawBrokenBy(read, outcome(lastProposal(read), { changes }))).toBe('action.staged_changes')
    expect(lawBrokenBy(written, outcome(lastProposal(written), { changes }))).toBeUndefined()
  })

  test('action.after: more outcomes than there have been', () => {
    expect(lawBrokenIn(read, propose(read), { type: 'ActionProposed', payload: { after: 1 } })).toBe('action.after')
  })

  test('action.reconciled: an answer nobody waits for, a word that is nobody’s, and one that is put into another mouth', () => {
    const payload = { action: lastProposal(sent), found: 'done', how: 'probe' } as const
    expect(lawBrokenBy(sent, { type: 'ActionReconciled', payload })).toBe('action.reconciled')
    const unsure = tell(sent, doubt(lastProposal(sent)))
    const word = { by: ada.subject, reason: 'the bank shows it' }
    const said = (how: object, origin: 'operator' | 'runtime' = 'operator'): string | undefined =>
      lawBrokenBy(unsure, { type: 'ActionReconciled', origin, payload: { ...payload, ...how } })
    expect([said({}, 'runtime'), said({ how: 'operator', ...word })]).toEqual([undefined, undefined])
    for (const how of [{ how: 'operator' }, { how: 'operator', by: word.by }, { how: 'operator', ...word, reason: ' ' }, {}, { ...word }])
      expect(said(how)).toBe('action.reconciled')
    expect([said(word, 'runtime'), said({ how: 'operator', ...word }, 'runtime')]).toEqual(['action.reconciled', 'action.reconciled'])
  })

  test('authority.grant_covers: a grant that is not there, or does not reach so far', () => {
    const change = (payload: object) => lawBrokenIn(executing(), propose(executing()), { type: 'ActionAuthorized', payload })
    expect(change({ grant: 99 })).toBe('authority.grant_covers')
    expect(change({ prepared: { resources: ['mail:a'], class: 'observe' } })).toBe('authority.grant_covers')
  })

  test('authority.grant_covers: a use beyond what the grant has left, or before its pace allows', () => {
    const used = (terms: object): RunHistory => wish(executing({ grants: [{ ...wideGrant, ...terms }] }), { cost: { tokens: 5 } })
    const [asked, allowed] = wish(used({}), { cost: { tokens: 5 } }).entries.slice(-2)
    const again = (terms: object): string | undefined => brokenLaw(evolve(used(terms).run, asked as IceEntry), allowed as IceEntry)?.law
    expect(again({})).toBeUndefined()
    expect(again({ uses: 1 })).toBe('authority.grant_covers')
    expect(again({ tokens: 9 })).toBe('authority.grant_covers')
    expect(again({ rate: { uses: 1, perMs: 60_000 } })).toBe('authority.grant_covers')
  })

  test('authority.cleared: a way out for what the run has seen, under a grant that is not cleared for it', () => {
    const inside = { action: 'http.request', resources: ['url:https://example.org/a'] }
    const out = { ...inside, destinations: ['https://example.org:443'] }
    const asked = (label: Label): RunHistory => {
      const history = executing()
      return { ...history, run: { ...history.run, label } }
    }
    const leaving = (label: Label): string | undefined => {
      const change = { type: 'ActionAuthorized', payload: { prepared: preparedFor(out) } } as const
      return lawBrokenIn(asked(label), propose(asked(label), inside), change)
    }
    expect(leaving('untrusted/private')).toBeUndefined()
    expect(leaving('untrusted/secret')).toBe('authority.cleared')
    expect(leaving('trusted/secret')).toBe('authority.cleared')
  })

  test('authority.declassified: a label that is not the run’s, none that is lower, or no reason', () => {
    const seen = tell(wish(executing(), fetching), { type: 'DispatchAction', action: lastProposal(wish(executing(), fetching)) })
    const history = tell(seen, succeed(lastProposal(seen)))
    expect(history.run.label).toBe('untrusted/public')
    const said = { entry: entryId(history.run.id, 1), from: 'untrusted/public', to: 'trusted/public', reason: 'read', by: ada.subject }
    const broken = (change: object): string | undefined =>
      lawBrokenBy(history, { type: 'LabelDeclassified', origin: 'operator', payload: { ...said, ...change } as never })
    expect(broken({})).toBeUndefined()
    expect(broken({ from: 'untrusted/private' })).toBe('authority.declassified')
    expect(broken({ to: 'untrusted/public' })).toBe('authority.declassified')
    expect(broken({ to: 'untrusted/private' })).toBe('authority.declassified')
    expect(broken({ to: 'trusted/private' })).toBe('authority.declassified')
    expect(broken({ reason: ' ' })).toBe('authority.declassified')
  })

  test('authority.budget: a promise that the run cannot keep', () => {
    const change = (cost: CostBound) => ({ type: 'ActionAuthorized', payload: { prepared: preparedFor({ cost }) } }) as const
    const limited = executing({ ceilings: { ...toldRequest.ceilings, cost: { tokens: 9 } } })
    const spent = wish(limited, { cost: { tokens: 5 } })
    expect(lawBrokenIn(spent, propose(spent), change({ tokens: 4 }))).toBeUndefined()
    expect(lawBrokenIn(spent, propose(spent), change({ tokens: 5 }))).toBe('authority.budget')
    expect(lawBrokenIn(spent, propose(spent), change({ moneyMicro: 'unknown' }))).toBeUndefined()
  })

  test('authority.well_formed: a pattern that promises what it does not keep', () => {
    expect(lawBrokenBy(executing(), granted({ actions: ['*'] }))).toBe('authority.well_formed')
    expect(lawBrokenBy(executing(), granted({ resources: ['file:a*'] }))).toBe('authority.well_formed')
    expect(lawBrokenBy(executing(), granted({ uses: 0.5 }))).toBe('authority.well_formed')
  })

  test('authority.spec_grants: a grant nobody asked for', () => {
    expect(lawBrokenBy(provisioning, granted({ uses: 1 }))).toBe('authority.spec_grants')
    expect(lawBrokenBy(provisioning, granted({}))).toBeUndefined()
  })

  test('authority.amounts: a cost that is none', () => {
    expect(lawBrokenBy(read, outcome(lastProposal(read), { cost: { tokens: -1 } }))).toBe('authority.amounts')
    expect(lawBrokenBy(read, outcome(lastProposal(read), { cost: { tokens: 0.5 } }))).toBe('authority.amounts')
  })
})

test('laws have ids of their own', () => {
  expect(new Set(laws.map(({ id }) => id)).size).toBe(laws.length)
})
