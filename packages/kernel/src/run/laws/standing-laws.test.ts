import { describe, expect, test } from 'vitest'
import {
  committing,
  digestOf,
  executing,
  finalLater,
  keyedNow,
  lastProposal,
  passOrder,
  endOrder,
  tell,
  tellAll,
  toldRequest,
  wish,
} from '@ice-runtime/conformance'
import type { RunHistory } from '@ice-runtime/conformance'
import { initialSystem } from '../../authority/system.ts'
import type { SystemState } from '../../authority/system.ts'
import { entryId } from '../../log/ids.ts'
import { evolve } from '../evolve.ts'
import { initialRun } from '../run.ts'
import { brokenStandingLaw } from './standing-laws.ts'

const start = executing()
const grant = entryId(start.run.id, start.run.grants.list[0]?.id ?? 0)
const authorized = wish(start, keyedNow)
const sent = tell(authorized, { type: 'DispatchAction', action: lastProposal(authorized) })
const committed = tellAll(start, endOrder, passOrder, { type: 'DecideCommit', changes: { value: [] }, changesCount: 1, conflicts: [] })
const empty = tellAll(start, endOrder, passOrder, { type: 'DecideCommit', changes: { value: [] }, changesCount: 0, conflicts: [] })
const released = ((): RunHistory => {
  const begun = committing(wish(start, finalLater))
  return tell(begun, { type: 'ReleaseAction', action: begun.run.deferred[0] ?? 0 })
})()

/** The law that the last entry of a history breaks when this is what holds for all runs. */
function lawBrokenBy(history: RunHistory, system: Partial<SystemState>): string | undefined {
  const last = history.entries.at(-1)
  const before = history.entries.slice(0, -1).reduce(evolve, initialRun(history.run.id))
  return last === undefined ? undefined : brokenStandingLaw({ ...initialSystem, ...system }, before, last)?.law
}

test('nothing is broken where nothing was ordered', () => {
  for (const history of [authorized, sent, committed, released]) expect(lawBrokenBy(history, {})).toBeUndefined()
})

describe('standing.revoked', () => {
  test('is broken by an authorization and by a dispatch under a grant that was revoked for all', () => {
    for (const history of [authorized, sent, released]) expect(lawBrokenBy(history, { revoked: new Set([grant]) })).toBe('standing.revoked')
    expect(lawBrokenBy(sent, { revoked: new Set([entryId(start.run.id, 99)]) })).toBeUndefined()
  })

  test('is broken by a dispatch after its own run revoked the grant', () => {
    const revoked = tell(authorized, { type: 'RevokeGrant', grant, reason: 'enough' })
    const planted = { ...sent.entries.at(-1), seq: revoked.run.seq + 1 } as (typeof sent.entries)[number]
    expect(brokenStandingLaw(initialSystem, revoked.run, planted)?.law).toBe('standing.revoked')
  })
})

describe('standing.lockdown', () => {
  test('is broken by an authorization, a dispatch and a commit while all are locked down, or this agent is', () => {
    for (const history of [authorized, sent, committed, released]) {
      expect(lawBrokenBy(history, { lockdown: true })).toBe('standing.lockdown')
      expect(lawBrokenBy(history, { lockedAgents: new Set([toldRequest.agent.name]) })).toBe('standing.lockdown')
      expect(lawBrokenBy(history, { lockedAgents: new Set(['another']) })).toBeUndefined()
    }
  })
})

describe('standing.policy', () => {
  test('is broken by what is used in a run that goes on under another policy than the adopted one', () => {
    for (const history of [authorized, sent, committed]) {
      expect(lawBrokenBy(history, { policy: digestOf('another') })).toBe('standing.policy')
      expect(lawBrokenBy(history, { policy: digestOf('policy') })).toBeUndefined()
    }
  })

  test('is not about a commit of nothing, nor is a lockdown', () => {
    expect(lawBrokenBy(empty, { policy: digestOf('another'), lockdown: true })).toBeUndefined()
  })

  test('is not about what a commit decided', () => {
    expect(lawBrokenBy(released, { policy: digestOf('another') })).toBeUndefined()
  })
})
