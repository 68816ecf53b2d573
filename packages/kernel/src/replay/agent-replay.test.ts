import { describe, expect, test } from 'vitest'
import {
  ada,
  committing,
  doubt,
  executing,
  fail,
  finalLater,
  keyedLater,
  keyedNow,
  lastProposal,
  resumeOrder,
  succeed,
  tell,
  tellAll,
  wish,
} from '@ice-runtime/conformance'
import { parseDigest } from '../log/ids.ts'
import { describeMatch, matchProposal, recordedDeliveries, recordedProposals } from './agent-replay.ts'
import type { RecordedProposal } from './agent-replay.ts'

/** Two reads that end in the other order, a refusal, a failure, an effect that waits and one that was uncertain. */
const both = wish(wish(executing(), {}), {})
const [first = 0, second = 0] = both.run.open.entries().map(([, open]) => open.action)
const crossed = tellAll(both, succeed(second), fail(first))
const waiting = wish(wish(crossed, { unread: 'refused' }), keyedLater)
const asked = wish(waiting, keyedNow)
const unsure = tellAll(asked, { type: 'DispatchAction', action: lastProposal(asked) }, doubt(lastProposal(asked)))
const history = tellAll(
  unsure,
  { type: 'ReconcileAction', action: lastProposal(asked), found: 'done', how: 'probe', result: { value: 'seen' } },
  resumeOrder,
)

describe('deliveries read from a record', () => {
  test('are outcomes in log order, each with the key of its proposal and the time of its entry', () => {
    const deliveries = recordedDeliveries(history.entries)
    expect(deliveries.map(({ key, outcome }) => ({ key, outcome }))).toEqual([
      { key: 1, outcome: { type: 'succeeded', result: { value: 'done' } } },
      { key: 0, outcome: { type: 'failed', code: 'effect.failed', message: 'it broke' } },
      { key: 2, outcome: { type: 'refused', code: 'args.invalid' } },
      { key: 3, outcome: { type: 'deferred', action: lastProposal(waiting) } },
      { key: 4, outcome: { type: 'succeeded', result: { value: 'seen' } } },
    ])
    for (const { seq, at } of deliveries) expect(history.entries[seq - 1]).toMatchObject({ seq, at })
    expect(deliveries).toHaveLength(history.run.ended)
  })

  test('say nothing of an uncertain outcome until it is known, and of one found not done that it failed', () => {
    expect(recordedDeliveries(unsure.entries)).toHaveLength(4)
    const failed = tell(unsure, {
      type: 'ReconcileAction',
      action: lastProposal(asked),
      found: 'not_done',
      how: 'operator',
      by: ada.subject,
      reason: 'not there',
    })
    expect(recordedDeliveries(failed.entries).at(-1)?.outcome).toMatchObject({ type: 'failed', code: 'effect.failed' })
  })

  test('say nothing of a deferred effect but that it is deferred, whatever came of it', () => {
    const deferring = wish(wish(executing(), keyedLater), finalLater)
    const [keyed = 0, irreversible = 0] = deferring.run.deferred
    const ended = tellAll(
      committing(deferring),
      { type: 'ReleaseAction', action: keyed },
      succeed(keyed),
      { type: 'ReleaseAction', action: irreversible },
      fail(irreversible),
    )
    expect(recordedDeliveries(ended.entries).map(({ outcome }) => outcome.type)).toEqual(['deferred', 'deferred'])
  })
})

describe('a proposal made again', () => {
  const [recorded] = recordedProposals(wish(executing(), keyedNow).entries)
  if (recorded === undefined) throw new Error('nothing was proposed')
  const { seq, ...again } = recorded
  const received = parseDigest('a'.repeat(64))

  test('is the same when nothing an agent says differs', () => {
    expect(matchProposal(recorded, again)).toEqual({ match: 'same' })
    const reordered = { ...again, args: { value: { b: 1, a: 2 } } }
    expect(matchProposal({ ...recorded, args: { value: { a: 2, b: 1 } } }, reordered)).toEqual({ match: 'same' })
  })

  test.each<[string, Partial<RecordedProposal>]>([
    ['action', { action: 'files.read' }],
    ['args', { args: { value: 1 } }],
    ['args', { raw: received }],
    ['reason', { reason: undefined }],
    ['atOnce', { atOnce: false }],
    ['after', { after: 7 }],
  ])('is different in its %s: %o', (field, part) => {
    expect(matchProposal(recorded, { ...again, ...part })).toEqual({ match: 'different', seq, field })
  })

  test('that could not be read is the same only when the same is received again', () => {
    const unreadable = { ...recorded, raw: received, args: { value: null } }
    expect(matchProposal(unreadable, { ...again, raw: received })).toEqual({ match: 'same' })
    expect(matchProposal(unreadable, { ...again, raw: parseDigest('b'.repeat(64)) })).toMatchObject({ match: 'different', field: 'args' })
    expect(matchProposal(unreadable, again)).toMatchObject({ match: 'different', field: 'args' })
  })

  test('is extra when the record has none under its key', () => {
    expect(matchProposal(undefined, again)).toEqual({ match: 'extra', key: again.key })
  })

  test('is told in one line', () => {
    expect(
      [
        { match: 'same' },
        matchProposal(recorded, { ...again, after: 7 }),
        matchProposal(undefined, again),
        { match: 'missing', seq: 3 },
      ].map((match) => describeMatch(match as never)),
    ).toEqual(['same', `different: after of #${seq}`, 'extra: proposal 0 is not in the record', 'missing: #3 was not proposed again'])
  })
})

test('proposals are read with what an agent must say again, with what was received where it could not be read', () => {
  const told = wish(wish(executing(), { reason: 'why' }), { unread: 'malformed' })
  expect(recordedProposals(told.entries)).toMatchObject([
    { key: 0, action: 'files.read', args: { value: { step: 0 } }, reason: 'why', atOnce: false, after: 0, raw: undefined },
    { key: 1, reason: undefined, after: 0, raw: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ])
})
