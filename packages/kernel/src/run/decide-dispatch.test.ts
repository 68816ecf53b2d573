import { describe, expect, test } from 'vitest'
import {
  ask,
  digestOf,
  executing,
  fetching,
  finalNow,
  keyedNow,
  lastProposal,
  nothingUnusual,
  resumeOrder,
  suspendOrder,
  tell,
  viewWith,
  wish,
} from '@ice-runtime/conformance'
import type { RunHistory, Wish } from '@ice-runtime/conformance'
import { entryId } from '../log/ids.ts'
import { replayDecisions } from '../replay/decision-replay.ts'
import type { AuthorityView } from './commands.ts'

const start = executing()
const revoked = new Set([entryId(start.run.id, start.run.grants.list[0]?.id ?? 0)])
const taken: readonly (readonly [code: string, view: AuthorityView])[] = [
  ['lockdown.on', viewWith({ lockdown: true })],
  ['grant.revoked', viewWith({ revoked })],
]
const renewing = viewWith({ policy: digestOf('another') })

function dispatch(history: RunHistory, view?: AuthorityView): RunHistory {
  return tell(history, { type: 'DispatchAction', action: lastProposal(history) }, view === undefined ? {} : { view })
}

function types(history: RunHistory): readonly string[] {
  return history.entries.map(({ type }) => type)
}

/** What decision replay comes to when it is told the same of other streams. */
function replayed(history: RunHistory, told: Partial<ReturnType<typeof nothingUnusual>>, from: number): unknown {
  return replayDecisions(history.entries, ({ seq }) => ({ ...nothingUnusual(), ...(seq > from ? told : {}) })).divergence
}

describe.each<[string, Wish]>([
  ['a keyed change', keyedNow],
  ['an irreversible change', finalNow],
  ['a read', fetching],
])('%s that was authorized', (_, asked) => {
  const authorized = wish(start, asked)

  test.each(taken)('and is not sent because of %s has failed, and says so', (code, view) => {
    const stopped = dispatch(authorized, view)
    expect(stopped.entries.at(-1)).toMatchObject({ type: 'ActionFailed', payload: { action: lastProposal(authorized), code } })
    expect(types(stopped)).not.toContain('ActionDispatched')
    const told = { lockdown: view.lockdown, revoked: view.revoked }
    expect(replayed(stopped, told, authorized.run.seq)).toBeUndefined()
  })

  test('is not sent while another policy is in force: the run is held, under a code that says why', () => {
    const held = dispatch(authorized, renewing)
    expect(held.entries.at(-1)).toMatchObject({ type: 'RunSuspended', payload: { cause: 'assumption', code: 'assumption.policy' } })
    const order = { type: 'DispatchAction', action: lastProposal(authorized) } as const
    expect(ask(held, order, { view: renewing })).toMatchObject({ ok: false, code: 'run.phase' })
  })

  test('is decided again when its run goes on under another policy', () => {
    const renewed = tell(tell(authorized, suspendOrder), resumeOrder, { view: renewing })
    expect(dispatch(renewed, renewing).entries.at(-1)).toMatchObject({ type: 'ActionDispatched' })
    expect(replayed(dispatch(renewed, renewing), {}, 0)).toBeUndefined()
    const forbidding = viewWith({ policy: digestOf('another'), answer: { effect: 'forbid', rules: ['a:1'] } })
    expect(dispatch(renewed, forbidding).entries.at(-1)).toMatchObject({ type: 'ActionFailed', payload: { code: 'policy.forbidden' } })
  })

  test('is not decided again when nothing was renewed: its verdict stands', () => {
    const forbidding = viewWith({ answer: { effect: 'forbid', rules: ['a:1'] } })
    expect(dispatch(authorized, forbidding).entries.at(-1)).toMatchObject({ type: 'ActionDispatched' })
  })
})

describe('what was sent and has no outcome', () => {
  test.each(taken)('is not sent again because of %s: a read has failed', (code, view) => {
    const stopped = dispatch(dispatch(wish(start, fetching)), view)
    expect(stopped.entries.at(-1)).toMatchObject({ type: 'ActionFailed', payload: { code } })
  })

  test.each(taken)(
    'is not sent again because of %s: a change may have happened, and its run waits for somebody who knows',
    (code, view) => {
      const stopped = dispatch(dispatch(wish(start, keyedNow)), view)
      expect(stopped.entries.slice(-2)).toMatchObject([
        { type: 'ActionUncertain', payload: { code } },
        { type: 'RunSuspended', payload: { cause: 'reconciliation' } },
      ])
    },
  )
})

test('a grant that its own run revokes is used no more, as one that is revoked for all', () => {
  const authorized = wish(start, keyedNow)
  const grant = entryId(start.run.id, start.run.grants.list[0]?.id ?? 0)
  const told = tell(authorized, { type: 'RevokeGrant', grant, reason: 'enough' })
  const stopped = tell(told, { type: 'DispatchAction', action: lastProposal(authorized) })
  expect(stopped.entries.at(-1)).toMatchObject({ type: 'ActionFailed', payload: { code: 'grant.revoked' } })
})
