import { describe, expect, test } from 'vitest'
import {
  abortOrder,
  ada,
  ask,
  committing,
  digestOf,
  emptyHistory,
  endOrder,
  executing,
  keyedLater,
  lastProposal,
  passOrder,
  provisioned,
  resumeOrder,
  succeed,
  suspendOrder,
  tell,
  tellAll,
  tellingContext,
  toldRequest,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory } from '@ice-runtime/conformance'
import { entryId, parseRunId } from '../log/ids.ts'
import { record } from './record.ts'
import { runsView } from './run-summary.ts'
import { maxRecoveries } from './decide-lifecycle.ts'

const recover: Order = { type: 'RecoverRun' }

function recovered(history: RunHistory, times: number): RunHistory {
  return Array.from({ length: times }, () => recover).reduce((told, order) => tell(told, order), history)
}

function typesAfter(before: RunHistory, after: RunHistory): readonly string[] {
  return after.entries.slice(before.entries.length).map(({ type }) => type)
}

describe('a label', () => {
  const seen = tell(wish(executing(), { label: 'untrusted/private' }), succeed(executing().run.seq + 1))
  const said = {
    type: 'Declassify',
    entry: entryId(seen.run.id, seen.run.seq),
    from: 'untrusted/private',
    to: 'untrusted/public',
    reason: 'it is published',
    by: ada.subject,
  } as const

  test('is lowered by an operator, also of a run that has ended, and rises again with what is read then', () => {
    const lowered = tell(seen, said)
    expect(lowered.entries.at(-1)).toMatchObject({ type: 'LabelDeclassified', origin: 'operator', payload: { reason: said.reason } })
    expect(lowered.run.label).toBe('untrusted/public')
    const again = wish(lowered, { label: 'trusted/secret' })
    expect(tell(again, succeed(lastProposal(again))).run.label).toBe('untrusted/secret')
    const ended = tellAll(seen, abortOrder, { type: 'CompleteAbort' }, { type: 'TearDown' })
    expect(tell(ended, { ...said, entry: entryId(seen.run.id, 1) }).run.label).toBe('untrusted/public')
  })

  test.each([
    ['from another label', { from: 'untrusted/secret' }],
    ['to itself', { to: 'untrusted/private' }],
    ['to one beside it', { to: 'trusted/secret' }],
    ['to one above it', { to: 'untrusted/secret' }],
    ['of another run', { entry: entryId(parseRunId('run_0000000other'), 1) }],
    ['of what has not happened', { entry: entryId(seen.run.id, seen.run.seq + 1) }],
    ['without a reason', { reason: ' ' }],
  ])('is not lowered %s', (_, change) => {
    expect(ask(seen, { ...said, ...change } as Order)).toMatchObject({ ok: false, code: 'label.mismatch' })
  })
})

describe('a requested run', () => {
  test('is granted at its provisioning what its request listed, in order, and by whom', () => {
    const second = { ...wideGrant, uses: 1 }
    const { run, entries } = executing({ grants: [wideGrant, second] })
    expect(run.grants.list.map(({ terms, holder, revoked }) => ({ terms, holder, revoked }))).toEqual([
      { terms: wideGrant, holder: 'teller', revoked: false },
      { terms: second, holder: 'teller', revoked: false },
    ])
    expect(run.grantUses.size).toBe(0)
    expect(entries.find(({ type }) => type === 'CapabilityGranted')?.payload).toMatchObject({ by: toldRequest.principal.subject })
  })

  test.each([
    ['an action', { actions: ['*'] }],
    ['an action', { actions: ['files.re*'] }],
    ['a resource', { resources: ['file:src**'] }],
    ['a resource', { resources: ['src/**'] }],
    ['a limit', { uses: Number.NaN }],
  ])('that names %s in a way that cannot be checked (%o) is rejected before anything is recorded', (_, terms) => {
    expect(ask(emptyHistory(), { type: 'RequestRun', ...toldRequest, grants: [{ ...wideGrant, ...terms }] })).toMatchObject({
      ok: false,
      code: 'grant.malformed',
    })
  })

  test('knows what its context is labelled', () => {
    const begun = tellAll(
      emptyHistory(),
      { type: 'RequestRun', ...toldRequest },
      { type: 'StartProvisioning' },
      { type: 'CompleteProvisioning', ...provisioned },
    )
    const item = { name: 'mail', digest: digestOf('mail'), sizeBytes: 1 }
    const items = [item, { ...item, label: 'untrusted/public' }, { ...item, label: 'trusted/private' }] as const
    expect(tell(begun, { type: 'LoadContext', items }).run.label).toBe('untrusted/private')
  })
})

describe('the end of an agent', () => {
  test('that completed keeps its output and starts validation', () => {
    const ended = tell(executing(), endOrder)
    expect(ended.run).toMatchObject({ output: { value: 'told' }, phase: { name: 'validating' } })
    expect(ended.entries.at(-2)).toMatchObject({ type: 'OutputStated', origin: 'agent' })
  })

  test('that failed aborts the run', () => {
    const failed = tell(executing(), { type: 'EndAgent', end: { type: 'failed', code: 'agent.crashed', message: 'it threw' } })
    expect(failed.run.phase).toEqual({ name: 'aborting', code: 'agent.failed' })
  })

  test('waits for actions under way, not for those that wait for the commit', () => {
    expect(ask(wish(executing(), {}), endOrder)).toMatchObject({ ok: false, code: 'run.actions_open' })
    expect(ask(wish(executing(), keyedLater), endOrder)).toMatchObject({ ok: true })
  })
})

test('a failed check aborts the run and names every check that failed', () => {
  const checks = [
    { name: 'output', passed: true },
    { name: 'bounds', passed: false },
    { name: 'secrets', passed: false },
  ]
  const decision = ask(tell(executing(), endOrder), { type: 'RecordValidation', checks })
  expect(decision.ok && decision.events.map(({ type, payload }) => ({ type, payload }))).toEqual([
    { type: 'ValidationFailed', payload: { checks } },
    { type: 'AbortStarted', payload: { code: 'validation.failed', detail: 'bounds, secrets', by: 'runtime' } },
  ])
})

describe('a suspension', () => {
  test('says why, and who asked for it and for its end', () => {
    const history = tellAll(executing(), { ...suspendOrder, detail: 'for lunch' } as Order, resumeOrder)
    expect(history.entries.slice(-2)).toMatchObject([
      { type: 'RunSuspended', origin: 'operator', payload: { cause: 'operator', code: 'run.suspended', detail: 'for lunch' } },
      { type: 'RunResumed', origin: 'operator', payload: { by: 'sub_0000000golden' } },
    ])
  })

  test('keeps a validation that covers everything', () => {
    const validated = tellAll(executing(), endOrder, passOrder)
    expect(tellAll(validated, suspendOrder, resumeOrder).run.validated).toBe(validated.run.validated)
  })
})

describe('a run that keeps ending its runtime', () => {
  test('is recovered a bounded number of times and ended before its commit point', () => {
    const history = recovered(executing(), maxRecoveries)
    expect(history.run).toMatchObject({ recoveries: maxRecoveries, phase: { name: 'executing' } })
    const ended = tell(history, recover)
    expect(typesAfter(history, ended)).toEqual(['RunRecovered', 'RunTerminatedByRuntime'])
    expect(ended.run.phase).toEqual({ name: 'terminated_by_runtime', code: 'run.quarantined' })
  })

  test('is left alone past its commit point until an operator resumes it where it is', () => {
    const history = recovered(committing(executing(), 1), maxRecoveries)
    const aside = tell(history, recover)
    expect(typesAfter(history, aside)).toEqual(['RunRecovered', 'RunQuarantined'])
    expect(ask(aside, recover)).toEqual({ ok: true, events: [] })
    const resumed = tell(aside, resumeOrder)
    expect(resumed.run).toMatchObject({ quarantined: false, recoveries: 0, phase: { name: 'committing' } })
    expect(tell(resumed, { type: 'RecordApplied', index: 0, path: 'a' }).run.phase.name).toBe('committing')
  })

  test('is not resumed once it has ended after all', () => {
    const terminated = tell(executing(), { type: 'TerminateRun', code: 'run.killed' })
    const aside = tell(recovered(terminated, maxRecoveries), recover)
    const over = tellAll(aside, { type: 'StartTeardown' }, { type: 'TearDown' })
    expect(over.run).toMatchObject({ quarantined: true, phase: { name: 'terminated' } })
    expect(ask(over, resumeOrder)).toMatchObject({ ok: false, code: 'run.phase' })
  })

  test.each<[string, RunHistory, Order]>([
    [
      'a proposal',
      executing(),
      {
        type: 'ProposeAction',
        proposed: { key: 0, action: 'files.read', after: 0 },
        preparation: { type: 'refused', code: 'args.invalid', detail: '' },
      },
    ],
    ['a validation', tell(executing(), endOrder), passOrder],
    ['an applied change', committing(executing(), 2), { type: 'RecordApplied', index: 0, path: 'a' }],
  ])('that got further by %s is counted anew', (_, history, order) => {
    expect(tell(recovered(history, maxRecoveries), order).run.recoveries).toBe(0)
  })

  test('that is not there or has ended needs no recovery', () => {
    const ended = tellAll(executing(), abortOrder, { type: 'CompleteAbort' }, { type: 'TearDown' })
    for (const history of [emptyHistory(), ended]) expect(ask(history, recover)).toMatchObject({ ok: false, code: 'run.phase' })
  })
})

test('the end of a run tells its steps, refusals and cost', () => {
  const history = tellAll(wish(executing(), { unread: 'refused' }), abortOrder, { type: 'CompleteAbort' }, { type: 'TearDown' })
  expect(history.entries.at(-1)?.payload).toEqual({ outcome: 'aborted', code: 'run.aborted', steps: 1, refused: 1, cost: {} })
})

describe('the list of runs', () => {
  const fold = (history: RunHistory): unknown =>
    history.entries.reduce((summary: Parameters<typeof runsView.step>[0], entry) => runsView.step(summary, entry), undefined)

  test('shows where a run is, why, and how it ended', () => {
    expect(fold(tell(executing(), suspendOrder))).toMatchObject({
      agent: 'teller',
      phase: 'suspended',
      suspendedFrom: 'executing',
      code: 'run.suspended',
    })
    expect(fold(tellAll(executing(), suspendOrder, resumeOrder))).not.toHaveProperty('code')
    const ended = tellAll(committing(executing()), { type: 'CompleteCommit' }, { type: 'TearDown' })
    expect(fold(ended)).toMatchObject({ phase: 'terminated', outcome: 'committed', releases: 'none', steps: 0, refused: 0 })
  })

  test('shows a quarantined run as such until it is resumed', () => {
    const aside = recovered(committing(executing(), 1), maxRecoveries + 1)
    expect(fold(aside)).toMatchObject({ phase: 'committing', quarantined: true, code: 'run.quarantined' })
    const resumed = fold(tell(aside, resumeOrder))
    expect(resumed).toMatchObject({ phase: 'committing' })
    expect(resumed).not.toHaveProperty('quarantined')
  })
})

test('what breaks a law is not recorded: the bug is thrown and nothing is sealed', () => {
  const { tip } = executing()
  const event = { type: 'RunCommitted', origin: 'runtime', causes: [1], payload: { releases: 'none', unsent: [] } } as const
  expect(() => record(tip, { events: [event], at: tip.head.at }, tellingContext)).toThrow(
    expect.objectContaining({ code: 'invariant.violated' }),
  )
})
