import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  abortOrder,
  commitOrder,
  committing,
  digestOf,
  endOrder,
  executing,
  fail,
  finalLater,
  finalNow,
  keyedLater,
  keyedNow,
  nothingUnusual,
  passOrder,
  resumeOrder,
  staging,
  succeed,
  suspendOrder,
  tell,
  tellAll,
  tellingContext,
  toldCeilings,
  viewWith,
  wander,
  wish,
} from '@ice-runtime/conformance'
import type { RunHistory } from '@ice-runtime/conformance'
import { IceError } from '../log/errors.ts'
import { maxRecoveries } from '../run/decide-lifecycle.ts'
import { stateHash } from '../run/state-hash.ts'
import type { IceEntry } from '../run/taxonomy.ts'
import { replayDecisions } from './decision-replay.ts'
import type { DecisionReplay } from './decision-replay.ts'

function replay(entries: readonly IceEntry[]): DecisionReplay {
  return replayDecisions(entries, nothingUnusual)
}

/** Where a replay parts from the record, `same` when it does not; a record that no decision begins parts where it stops. */
function parting(entries: readonly IceEntry[]): number | 'same' | 'unreadable' {
  try {
    return replay(entries).divergence?.seq ?? 'same'
  } catch (error) {
    if (error instanceof IceError && error.code === 'replay.diverged') return 'unreadable'
    throw error
  }
}

function changed(history: RunHistory, seq: number, payload: object): readonly IceEntry[] {
  return history.entries.map((entry) => (entry.seq === seq ? ({ ...entry, payload: { ...entry.payload, ...payload } } as IceEntry) : entry))
}

describe('what was decided', () => {
  test('is decided again byte for byte, to the same state, on every walk', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9999), { minLength: 10, maxLength: 60 }), (tape) => {
        const history = wander(tape)
        const again = replay(history.entries)
        expect(again.divergence).toBeUndefined()
        expect(again.entries).toBe(history.entries.length)
        expect(stateHash(again.run, tellingContext.sha256)).toBe(stateHash(history.run, tellingContext.sha256))
      }),
      { numRuns: 100 },
    )
  })

  test.each<[string, RunHistory]>([
    ['a termination right after a refusal', tell(wish(executing(), { unread: 'refused' }), { type: 'TerminateRun', code: 'limit.wall' })],
    ['a proposal too many', wish(wish(executing({ ceilings: { ...toldCeilings, steps: 1 } }), {}), {})],
    ['a termination right after a recovery', tellAll(executing(), { type: 'RecoverRun' }, { type: 'TerminateRun', code: 'run.killed' })],
    [
      'a recovery too many',
      Array.from({ length: maxRecoveries + 1 }).reduce<RunHistory>((told) => tell(told, { type: 'RecoverRun' }), executing()),
    ],
    [
      'an abort right after a withholding',
      tellAll(
        committing(wish(executing(), keyedLater), 1),
        { type: 'WithholdReleases', code: 'run.undone' },
        { type: 'UndoChanges', code: 'files.conflict', paths: [] },
        { type: 'CompleteAbort' },
      ),
    ],
    [
      'a verdict by a policy that could not be asked',
      wish(executing(), {}, { view: viewWith({ answer: { effect: 'error', detail: 'broken' } }) }),
    ],
    [
      'a verdict that would need a person',
      wish(
        executing(),
        {},
        { view: viewWith({ answer: { effect: 'oblige', rules: ['a:1'], obligations: [{ type: 'approval', from: 'nobody', count: 1 }] } }) },
      ),
    ],
    ['a verdict by a rule that forbids', wish(executing(), {}, { view: viewWith({ answer: { effect: 'forbid', rules: ['a:1'] } }) })],
    [
      'a commit that policy forbids',
      tell(tellAll(wish(executing(), keyedLater), endOrder, passOrder), commitOrder(), {
        view: viewWith({ answer: { effect: 'forbid', rules: [] } }),
      }),
    ],
    ['a cost that is none', wish(executing(), { cost: { tokens: -1 } })],
  ])('is decided again after %s', (_, history) => {
    expect(parting(history.entries)).toBe('same')
  })

  test('under a lockdown is decided again only when the lockdown is known', () => {
    const history = wish(executing(), {}, { view: viewWith({ lockdown: true }) })
    expect(parting(history.entries)).toBe(history.run.seq)
    const known = replayDecisions(history.entries, (entry) => ({ ...nothingUnusual(), lockdown: entry.seq >= history.run.seq - 1 }))
    expect(known.divergence).toBeUndefined()
  })

  test('counts the commands it decided', () => {
    expect(replay(executing().entries)).toMatchObject({ decisions: 4, entries: 6 })
    expect(replay([])).toMatchObject({ decisions: 0, entries: 0 })
  })
})

/** A history with every decided event in it; `find` gives the `seq` of one. */
const rich = ((): RunHistory => {
  const begun = wish(wish(wish(wish(executing(), { unread: 'refused' }), staging), keyedLater), finalLater)
  const staged = begun.run.open.entries().find(([, open]) => open.name === 'files.write')?.[1].action ?? 0
  const settled = tell(begun, succeed(staged))
  const sent = wish(tellAll(settled, suspendOrder, resumeOrder), keyedNow)
  const action = sent.run.seq - 1
  const done = tellAll(sent, { type: 'DispatchAction', action }, { type: 'DispatchAction', action }, succeed(action))
  const commit = committing(done, 1)
  const [first = 0] = commit.run.phase.name === 'committing' ? commit.run.phase.commit.releases : []
  return tellAll(
    commit,
    { type: 'RecordApplied', index: 0, path: 'a' },
    { type: 'ReleaseAction', action: first },
    fail(first),
    { type: 'WithholdReleases', code: 'release.failed' },
    { type: 'CompleteCommit' },
    { type: 'TearDown' },
  )
})()

function find(type: IceEntry['type'], which = 0): number {
  return rich.entries.filter((entry) => entry.type === type)[which]?.seq ?? 0
}

describe('a record with one thing changed parts from what is decided, at that entry', () => {
  test('and without a change does not', () => {
    expect(parting(rich.entries)).toBe('same')
  })

  test.each<[string, IceEntry['type'], number, object]>([
    ['whom a grant is for', 'CapabilityGranted', 0, { holder: 'somebody' }],
    ['who granted', 'CapabilityGranted', 0, { by: 'somebody' }],
    ['what was granted', 'CapabilityGranted', 0, { terms: { ...rich.run.grants.list[0]?.terms, uses: 1 } }],
    ['whose verdict it is', 'ActionAuthorized', 0, { action: 1 }],
    ['the grant of a verdict', 'ActionAuthorized', 0, { grant: 2 }],
    ['that an effect waits', 'ActionAuthorized', 1, { deferred: false }],
    ['that a change is staged and not keyed', 'ActionAuthorized', 0, { prepared: { resources: ['file:a'], class: 'keyed' } }],
    ['a resource that no grant covers', 'ActionAuthorized', 0, { prepared: { resources: ['mail:a'], class: 'staged' } }],
    ['the stage of a refusal', 'ActionRefused', 0, { stage: 'grant' }],
    ['the attempt of a dispatch', 'ActionDispatched', 1, { attempt: 3 }],
    ['the action of a dispatch', 'ActionDispatched', 0, { action: 1 }],
    ['the order of releases', 'RunCommitDecided', 0, { releases: rich.run.deferred.toReversed() }],
    ['a release that was left out', 'RunCommitDecided', 0, { releases: rich.run.deferred.slice(1) }],
    ['what takes part in the commit', 'RunCommitDecided', 0, { memories: [1] }],
    ['which change comes next', 'ChangeApplied', 0, { index: 1 }],
    ['what was withheld', 'ActionWithheld', 0, { action: rich.run.deferred[0] }],
    ['how releases ended', 'RunCommitted', 0, { releases: 'complete' }],
    ['what was not sent', 'RunCommitted', 0, { unsent: [] }],
    ['the outcome', 'RunTornDown', 0, { outcome: 'aborted' }],
    ['why it ended', 'RunTornDown', 0, { code: 'run.killed' }],
    ['the number of steps', 'RunTornDown', 0, { steps: 0 }],
    ['the number of refusals', 'RunTornDown', 0, { refused: 0 }],
    ['what it cost', 'RunTornDown', 0, { cost: {} }],
    ['the attempt of a proposal that was never made', 'ActionSucceeded', 0, { action: 1 }],
  ])('%s', (_, type, which, payload) => {
    const seq = find(type, which)
    expect(seq).toBeGreaterThan(0)
    expect(parting(changed(rich, seq, payload))).toBe(seq)
  })

  test('its verdict itself', () => {
    const seq = find('ActionAuthorized')
    const refusal = {
      type: 'ActionRefused',
      payload: {
        action: seq - 1,
        code: 'grant.none',
        stage: 'grant',
        request: digestOf('r'),
        prepared: { resources: ['file:a'], class: 'observe' },
      },
    }
    expect(parting(rich.entries.map((entry) => (entry.seq === seq ? ({ ...entry, ...refusal } as IceEntry) : entry)))).toBe(seq)
  })

  test('its origin, its causes, its version', () => {
    const seq = find('ActionAuthorized')
    for (const part of [{ origin: 'operator' }, { causes: [1] }, { v: 2 }]) {
      expect(parting(rich.entries.map((entry) => (entry.seq === seq ? ({ ...entry, ...part } as IceEntry) : entry)))).toBe(seq)
    }
  })

  test('the time of one event of a command and not of the others', () => {
    const seq = find('ActionAuthorized')
    expect(parting(rich.entries.map((entry) => (entry.seq === seq ? { ...entry, at: entry.at + 1 } : entry)))).toBe(seq)
  })

  test('an abort that follows from a failure, but not one that was ordered', () => {
    const failed = tell(executing(), { type: 'EndAgent', end: { type: 'failed', code: 'agent.crashed', message: '' } })
    expect(parting(changed(failed, failed.run.seq, { code: 'other' }))).toBe(failed.run.seq)
    const ordered = tell(executing(), abortOrder)
    expect(parting(changed(ordered, ordered.run.seq, { code: 'other' }))).toBe('same')
  })

  test('a recovery too many that ended nothing', () => {
    const ended = Array.from({ length: maxRecoveries + 1 }).reduce<RunHistory>((told) => tell(told, { type: 'RecoverRun' }), executing())
    expect(parting(ended.entries.slice(0, -1))).toBe(ended.run.seq)
    expect(parting(changed(ended, ended.run.seq, { code: 'other' }))).toBe(ended.run.seq)
  })

  test('what left before an abort', () => {
    const begun = wish(executing(), finalNow)
    const history = tellAll(begun, { type: 'DispatchAction', action: begun.run.seq - 1 }, abortOrder, { type: 'CompleteAbort' })
    expect(parting(changed(history, history.run.seq, { left: [] }))).toBe(history.run.seq)
  })
})

/**
 * What was told to the runtime from outside cannot be derived again, so a replay takes it as the question and never as the
 * answer: the request and what it was provisioned with, context, what agents propose and say, what preparation found, outcomes,
 * checks, the plan of changes, what people ordered and why, an objection at the commit point included (it reads back as an ordered
 * abort). The hash chain guards these, not the replay. `detail` of a refusal
 * at preparation, and the rules of a verdict, are answers of a driver and of policy, which a decision replay does not ask.
 */
describe('recorded facts are taken from the record', () => {
  test.each<[IceEntry['type'], object]>([
    ['RunProvisioned', { runtime: '9.9.9' }],
    ['ContextLoaded', { items: [] }],
    ['ActionProposed', { reason: 'another' }],
    ['ActionAuthorized', { rules: ['another'] }],
    ['ActionAuthorized', { request: digestOf('another') }],
    ['ActionRefused', { code: 'another.code', detail: 'another' }],
    ['ActionSucceeded', { result: { value: 'another' } }],
    ['ActionFailed', { message: 'another' }],
    ['RunSuspended', { code: 'another' }],
    ['RunResumed', { by: 'another' }],
    ['OutputStated', { output: { value: 'another' } }],
    ['ValidationPassed', { checks: [] }],
    ['RunCommitDecided', { changes: { value: ['another'] } }],
    ['ActionWithheld', { code: 'another' }],
    ['ChangeApplied', { path: 'another' }],
  ])('of %s: %o', (type, payload) => {
    expect(parting(changed(rich, find(type), payload))).toBe('same')
  })
})

describe('a record that is no sequence of commands', () => {
  test('is told as diverged, not read further', () => {
    expect(parting(rich.entries.slice(1))).toBe(2)
    expect(parting(executing().entries.toSpliced(4, 1))).not.toBe('same')
    const verdict = find('ActionAuthorized')
    expect(parting(rich.entries.slice(0, verdict - 1))).toBe('unreadable')
    expect(parting(rich.entries.toSpliced(verdict - 1, 1))).toBe('unreadable')
  })
})
