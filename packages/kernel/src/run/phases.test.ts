import { describe, expect, test } from 'vitest'
import {
  abortOrder,
  ada,
  answerOf,
  ask,
  askingLater,
  committing,
  doubt,
  emptyHistory,
  endOrder,
  executing,
  finalLater,
  finalNow,
  keyedLater,
  keyedNow,
  lastProposal,
  lendableGrant,
  ordersAt,
  passOrder,
  provisioned,
  resumeOrder,
  spawning,
  staging,
  succeed,
  suspendOrder,
  tell,
  tellAll,
  toldChild,
  toldParentage,
  toldRequest,
  wideGrant,
  wish,
} from '@ice-runtime/conformance'
import type { Order, RunHistory } from '@ice-runtime/conformance'
import { approvalLifeMs } from '../authority/approval.ts'
import { entryId } from '../log/ids.ts'
import type { RunCommand } from './commands.ts'
import { phaseEvents, phases, transitionFor, transitions } from './phases.ts'
import type { Phase } from './phases.ts'

/** Histories that end in a phase with everything in it that can be: open, sent, uncertain and deferred actions. */
function historiesIn(phase: Phase | 'none'): readonly RunHistory[] {
  const begun = tellAll(emptyHistory(), { type: 'RequestRun', ...toldRequest }, { type: 'StartProvisioning' })
  const busy = wish(wish(wish(executing(), keyedLater), staging), keyedNow)
  const sent = tell(wish(busy, finalNow), { type: 'DispatchAction', action: lastProposal(busy) })
  const uncertain = tell(sent, doubt(lastProposal(busy)))
  const deferring = wish(wish(executing(), keyedLater), finalLater)
  const validating = tell(deferring, endOrder)
  const asked = wish(executing(), askingLater)
  const [approval = 0] = asked.run.approvals.entries().map(([seq]) => Number(seq))
  const answered = tell(asked, answerOf(asked, ada, { approval, answer: { type: 'given', scope: 'once' } }))
  const reading = wish(executing(), { label: 'untrusted/public' })
  const seen = tell(reading, succeed(lastProposal(reading)))
  const overdue = tell(
    asked,
    { type: 'RevokeGrant', grant: entryId(asked.run.id, asked.run.grants.list[0]?.id ?? 0), reason: 'late' },
    { afterMs: approvalLifeMs },
  )
  const started = wish(executing({ grants: [wideGrant, lendableGrant] }), spawning)
  const leading = tell(started, { type: 'SpawnChild', action: lastProposal(started), child: toldChild })
  const below = tellAll(executing({ grants: [wideGrant, lendableGrant], parent: toldParentage }), endOrder, passOrder)
  const undone: readonly [RunHistory, RunHistory, RunHistory] = [
    tell(uncertain, abortOrder),
    tell(uncertain, { type: 'TerminateRun', code: 'run.killed' }),
    tell(asked, abortOrder),
  ]
  switch (phase) {
    case 'none':
      return [emptyHistory()]
    case 'requested':
      return [tell(emptyHistory(), { type: 'RequestRun', ...toldRequest })]
    case 'provisioning':
      return [begun]
    case 'loading_context':
      return [tell(begun, { type: 'CompleteProvisioning', ...provisioned })]
    case 'executing':
      return [executing(), executing({ imported: true }), busy, sent, deferring, asked, answered, overdue, seen, started, leading]
    case 'suspended':
      return [tell(sent, suspendOrder), uncertain, tell(validating, suspendOrder), tell(asked, suspendOrder), tell(leading, suspendOrder)]
    case 'validating':
      return [validating, tell(validating, passOrder), tell(answered, endOrder), tell(overdue, endOrder), below]
    case 'committing':
      return commitsOf(deferring)
    case 'aborting':
      return [undone[0], undone[2], tell(leading, abortOrder)]
    case 'terminated_by_runtime':
      return [undone[1], tell(leading, { type: 'TerminateRun', code: 'run.killed' })]
    case 'tearing_down':
      return [...endingsOf(undone), tell(below, { type: 'MergeRun' })]
    case 'terminated':
      return endingsOf(undone).map((history) => tell(history, { type: 'TearDown' }))
  }
}

function commitsOf(deferring: RunHistory): readonly RunHistory[] {
  const begun = committing(deferring, 1)
  const applied = tell(begun, { type: 'RecordApplied', index: 0, path: 'a' })
  const [first = 0] = deferring.run.deferred
  const released = tell(applied, { type: 'ReleaseAction', action: first })
  return [begun, applied, released, tell(released, doubt(first)), committing(executing())]
}

function endingsOf([aborted, terminated, unanswered]: readonly [RunHistory, RunHistory, RunHistory]): readonly RunHistory[] {
  return [
    tell(aborted, { type: 'CompleteAbort' }),
    tell(unanswered, { type: 'CompleteAbort' }),
    tell(terminated, { type: 'StartTeardown' }),
    tell(committing(executing()), { type: 'CompleteCommit' }),
  ]
}

const undoable: readonly Phase[] = ['requested', 'provisioning', 'loading_context', 'executing', 'suspended', 'validating']
const living: readonly Phase[] = phases.filter((phase) => phase !== 'terminated')

/** Where an order can be accepted, in some state of the phase. Everywhere else it is rejected in all of them. */
const accepting: { readonly [Type in RunCommand['type']]: readonly (Phase | 'none')[] } = {
  RequestRun: ['none'],
  StartProvisioning: ['requested'],
  CompleteProvisioning: ['provisioning'],
  LoadContext: ['loading_context'],
  ProposeAction: living,
  ReportAction: ['executing', 'suspended'],
  ImportAction: ['executing'],
  DispatchAction: ['executing', 'suspended'],
  SettleAction: ['executing', 'suspended', 'committing', 'aborting', 'terminated_by_runtime', 'tearing_down'],
  ReconcileAction: ['suspended', 'committing', 'aborting', 'terminated_by_runtime', 'tearing_down', 'terminated'],
  RecordStatement: ['executing'],
  EndAgent: ['executing'],
  RecordValidation: ['validating'],
  DecideCommit: ['validating'],
  RecordApplied: ['committing'],
  UndoChanges: ['committing'],
  ReleaseAction: ['committing'],
  WithholdReleases: ['committing'],
  CompleteCommit: ['committing'],
  SpawnChild: ['executing'],
  MergeRun: ['validating'],
  EndChild: ['executing', 'suspended', 'aborting', 'terminated_by_runtime'],
  SuspendRun: ['executing', 'validating'],
  ResumeRun: ['suspended'],
  AbortRun: undoable,
  CompleteAbort: ['aborting'],
  TerminateRun: [...undoable, 'aborting'],
  StartTeardown: ['terminated_by_runtime'],
  TearDown: ['tearing_down'],
  RecoverRun: living,
  GrantCapability: ['loading_context', 'executing', 'suspended', 'validating'],
  AnswerApproval: ['executing', 'suspended', 'validating', 'aborting', 'tearing_down', 'terminated'],
  SettleApproval: ['executing', 'validating'],
  ExpireApproval: ['executing', 'validating'],
  // Wherever something was seen; of these histories one that executes has.
  Declassify: ['executing'],
  RevokeGrant: phases.filter((phase) => phase !== 'requested' && phase !== 'provisioning'),
}

describe.each(['none', ...phases] as const)('a run that is %s', (phase) => {
  const histories = historiesIn(phase)

  test('is what the histories told of it end in', () => {
    expect(histories.map(({ run }) => run.phase.name)).toEqual(histories.map(() => phase))
  })

  test.each(Object.keys(accepting) as RunCommand['type'][])('takes %s exactly where the table says', (type) => {
    const decisions = histories.flatMap((history) => ordersAt(history)[type].map((order) => ask(history, order)))
    expect(decisions).not.toEqual([])
    expect(decisions.some(({ ok }) => ok)).toBe(accepting[type].includes(phase))
  })

  test('stays where it is or moves as the transition table has it, by every order it takes', () => {
    expect(histories.flatMap(allMoves).filter((move) => !move.known)).toEqual([])
  })
})

describe('the transition table', () => {
  test('is reached row by row', () => {
    const reached = new Set(
      (['none', ...phases] as const)
        .flatMap(historiesIn)
        .flatMap(allMoves)
        .map(({ text }) => text),
    )
    const rows = transitions.map(({ from, event }) => `${from} ${event}`)
    expect(rows.filter((row) => !reached.has(row))).toEqual([])
  })

  test('has nothing but its rows', () => {
    const rows = new Set(transitions.map(({ from, event }) => `${from} ${event}`))
    expect(rows.size).toBe(transitions.length)
    for (const from of ['none', ...phases] as const) {
      for (const event of phaseEvents) expect(transitionFor(from, event) !== undefined).toBe(rows.has(`${from} ${event}`))
    }
  })

  test('leads only forward, but for a suspension', () => {
    const order = ['none', ...phases]
    const back = transitions.filter(({ from, to }) => to === 'origin' || order.indexOf(to) <= order.indexOf(from))
    expect(back.map(({ from, to }) => `${from} to ${to}`)).toEqual(['validating to suspended', 'suspended to origin'])
  })

  test('has no way from the commit point to an abort or a termination but undone changes', () => {
    const ways = transitions.filter(({ from }) => from === 'committing').map(({ event }) => event)
    expect(ways).toEqual(['RunCommitted', 'ChangesUndone'])
  })
})

test('a suspended run returns to where it was suspended', () => {
  const validating = tell(executing(), endOrder)
  expect(tellAll(validating, suspendOrder, resumeOrder).run.phase).toEqual({ name: 'validating' })
  expect(tellAll(executing(), suspendOrder, resumeOrder).run.phase).toEqual({ name: 'executing' })
})

test('a settlement reaches the run that is being undone', () => {
  const [aborting] = historiesIn('aborting')
  const staged = aborting?.run.open.entries().find(([, open]) => open.name === 'files.write')?.[1].action
  expect(aborting !== undefined && staged !== undefined && ask(aborting, succeed(staged)).ok).toBe(true)
})

interface Move {
  readonly text: string
  readonly known: boolean
}

function allMoves(history: RunHistory): readonly Move[] {
  const possible = Object.values(ordersAt(history)).flatMap((orders) => orders.filter((order) => ask(history, order).ok))
  return possible.flatMap((order) => movesOf(history, order))
}

/** The phase events an order leads to, each with whether the table has it where it came. */
function movesOf(history: RunHistory, order: Order): readonly Move[] {
  const after = tell(history, order)
  const moves: Move[] = []
  let at = history.run.phase.name
  for (const entry of after.entries.slice(history.entries.length)) {
    const event = phaseEvents.find((type) => type === entry.type)
    if (event === undefined) continue
    const transition = transitionFor(at, event)
    moves.push({ text: `${at} ${event}`, known: transition !== undefined })
    if (transition !== undefined) at = transition.to === 'origin' ? after.run.phase.name : transition.to
  }
  return moves
}
