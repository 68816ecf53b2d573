import { approvalLifeMs, entryId, stateHash } from '@ice-runtime/kernel'
import type { ApprovalAnswer } from '@ice-runtime/kernel'
import {
  abortOrder,
  askingLater,
  askingNow,
  childEndOrder,
  commitOrder,
  committing,
  doubt,
  endOrder,
  executing,
  fail,
  fetching,
  finalLater,
  finalNow,
  hosted,
  importing,
  keyedLater,
  lastProposal,
  passOrder,
  preparedFor,
  reported,
  reportOf,
  reportOn,
  resumeOrder,
  spawning,
  staging,
  succeed,
  suspendOrder,
  tell,
  tellAll,
  toldChild,
  wish,
} from '../kernel/run-history.ts'
import type { Order, RunHistory, Wish } from '../kernel/run-history.ts'
import { digestOf, lendableGrant, requestOf, tellingContext, toldCeilings, toldParentage, toldRequest, viewWith, wideGrant } from '../kernel/run-world.ts'
import { approvalIn } from '../kernel/told-approval.ts'
import { answerOf, denied, once } from '../kernel/told-answer.ts'
import { ada, bea } from '../kernel/told-operators.ts'
import type { ToldOperator } from '../kernel/told-operators.ts'
import type { GoldenLog } from './golden-log.ts'

const absent = { kind: 'absent' } as const
const report = { kind: 'file', blob: digestOf('report'), sizeBytes: 5, mode: 0o644 } as const

function read(history: RunHistory): RunHistory {
  const asked = wish(history, {})
  return tell(asked, succeed(lastProposal(asked), { label: 'trusted/private', reads: [{ path: 'src/a.ts', base: report }] }))
}

function written(history: RunHistory): RunHistory {
  const asked = wish(history, staging)
  const changes = [
    { path: 'out', to: { kind: 'directory' }, base: absent },
    { path: 'out/report.md', to: report, base: absent },
    { path: 'out/latest', to: { kind: 'symlink', target: 'report.md' }, base: { kind: 'other' } },
  ]
  return tell(asked, succeed(lastProposal(asked), { cost: { sizeBytes: 5 }, changes }))
}

function asking(history: RunHistory, ...wishes: readonly Wish[]): RunHistory {
  return wishes.reduce((told, asked) => wish(told, asked), history)
}

function sentAtOnce(history: RunHistory, asked: Wish): RunHistory {
  const told = wish(history, asked)
  return tell(told, { type: 'DispatchAction', action: lastProposal(told) })
}

function ended(history: RunHistory): RunHistory {
  return tell(history, { type: 'TearDown' })
}

function committedWithFiles(): RunHistory {
  const planned = tell(executing(), { type: 'RecordStatement', statement: { type: 'PlanStated', origin: 'agent', causes: [6], payload: { text: 'read, then write' } } })
  const paths = ['out', 'out/latest', 'out/report.md']
  const begun = tellAll(written(read(planned)), endOrder, passOrder, { ...commitOrder(paths.length), changes: { value: paths } } as Order)
  const applied = tellAll(begun, ...paths.map((path, index) => ({ type: 'RecordApplied', index, path }) as const))
  return ended(tell(applied, { type: 'CompleteCommit' }))
}

function refusedThroughout(): RunHistory {
  const tight = executing({ ceilings: { ...toldCeilings, cost: { moneyMicro: 5 } } })
  const views = [
    viewWith({ lockdown: false, answer: { effect: 'forbid', rules: ['policy.cedar:3'] } }),
    viewWith({ answer: { effect: 'oblige', rules: ['policy.cedar:7'], obligations: [{ type: 'approval', from: 'ops', count: 3 }] } }),
    viewWith({ answer: { effect: 'error', detail: 'a fact is too large' } }),
  ]
  const byPolicy = views.reduce((history, view) => wish(history, {}, { view }), tight)
  const wishes = [{ unread: 'malformed' }, { unread: 'refused' }, { action: 'mail.send' }, { resources: ['mail:a'] }, keyedLater, { cost: { moneyMicro: 'unknown' } }] as const
  const refused = asking(byPolicy, ...wishes)
  return ended(tell(committing(refused), { type: 'CompleteCommit' }))
}

function aborted(): RunHistory {
  const asked = sentAtOnce(wish(executing(), keyedLater), fetching)
  const got = tell(asked, succeed(lastProposal(asked), { result: { blob: digestOf('page'), sizeBytes: 4096 }, cost: { moneyMicro: 4 } }))
  return ended(tellAll(got, { ...abortOrder, detail: 'changed my mind' } as Order, { type: 'CompleteAbort' }))
}

function failedValidation(): RunHistory {
  const checks = [
    { name: 'output', passed: false, detail: 'no text' },
    { name: 'bounds', passed: true },
  ]
  return ended(tellAll(tell(written(executing()), endOrder), { type: 'RecordValidation', checks }, { type: 'CompleteAbort' }))
}

function failedAgent(): RunHistory {
  const failed = tell(executing(), { type: 'EndAgent', end: { type: 'failed', code: 'agent.crashed', message: 'it threw', stack: 'at main.ts:3' } })
  return ended(tell(failed, { type: 'CompleteAbort' }))
}

function conflicting(): RunHistory {
  const begun = tell(committing(wish(written(executing()), keyedLater), 2), { type: 'RecordApplied', index: 0, path: 'out' })
  const undone = tell(begun, { type: 'UndoChanges', code: 'files.conflict', paths: ['out'], conflict: { path: 'out/report.md', actual: { kind: 'directory' } } })
  return ended(tell(undone, { type: 'CompleteAbort' }))
}

function incompleteReleases(): RunHistory {
  const begun = committing(asking(executing(), finalLater, keyedLater, keyedLater, finalLater))
  const releases = begun.run.phase.name === 'committing' ? begun.run.phase.commit.releases : []
  const [first = 0, second = 0] = releases
  const released = tellAll(begun, { type: 'ReleaseAction', action: first }, succeed(first), { type: 'ReleaseAction', action: second }, { type: 'ReleaseAction', action: second }, fail(second))
  return ended(tellAll(released, { type: 'WithholdReleases', code: 'release.failed' }, { type: 'CompleteCommit' }))
}

function suspendedAndResumed(): RunHistory {
  const asked = sentAtOnce(executing(), finalNow)
  const action = lastProposal(asked)
  const found = tellAll(asked, doubt(action), { type: 'ReconcileAction', action, found: 'done', how: 'operator', by: ada.subject, reason: 'the bank shows it', result: { value: 'seen' } }, resumeOrder)
  const validating = tellAll(found, endOrder, suspendOrder, { type: 'RecoverRun' }, resumeOrder, passOrder, commitOrder())
  return ended(tell(validating, { type: 'CompleteCommit' }))
}

function terminated(): RunHistory {
  const begun = wish(executing({ ceilings: { ...toldCeilings, steps: 2 } }), keyedLater)
  return ended(tell(asking(begun, {}, {}), { type: 'StartTeardown' }))
}

/** Asked and told, refused and asked again, edited, unasked, and left open at the end. */
function hostSession(): RunHistory {
  const asked = wish(executing({ agent: { ...toldRequest.agent, kind: 'host' } }), hosted)
  const told = tell(asked, reportOn(lastProposal(asked)))
  const forbidden = wish(told, hosted, { view: viewWith({ answer: { effect: 'forbid', rules: ['policy.cedar:3'] } }) })
  const prompted = wish(forbidden, { ...askingNow, host: true })
  const failed = tell(prompted, { type: 'SettleAction', action: lastProposal(prompted), settlement: { type: 'failed', code: 'effect.failed', message: 'they said no', reported: true } })
  const unasked = tell(failed, reportOf(failed))
  const open = wish(unasked, hosted)
  const closed = tell(open, { type: 'SettleAction', action: lastProposal(open), settlement: { type: 'uncertain', code: 'effect.uncertain', message: 'no report came' } })
  return ended(tell(committing(closed), { type: 'CompleteCommit' }))
}

function imported(): RunHistory {
  const begun = executing({ agent: { ...toldRequest.agent, kind: 'host' }, grants: [], imported: true })
  const kept = tell(begun, { ...importing(begun), settlement: reported })
  const failed = tell(kept, { ...importing(kept), settlement: { type: 'failed', code: 'effect.not_done', message: 'refused by the host', reported: true } })
  return ended(tell(committing(tell(failed, importing(failed))), { type: 'CompleteCommit' }))
}

function quarantined(): RunHistory {
  const begun = committing(executing(), 1)
  const killed = Array.from({ length: 4 }).reduce<RunHistory>((history) => tell(history, { type: 'RecoverRun' }), begun)
  const resumed = tellAll(killed, resumeOrder, { type: 'RecordApplied', index: 0, path: 'a' }, { type: 'CompleteCommit' })
  const grant = entryId(resumed.run.id, resumed.run.grants.list[0]?.id ?? 1)
  return tell(ended(resumed), { type: 'RevokeGrant', grant, reason: 'the run has ended' })
}

function continuing(): RunHistory {
  const request = { continues: 'run_0000000before' as never }
  return ended(tell(committing(executing({ ...toldRequest, ...request })), { type: 'CompleteCommit' }))
}

/** Asked, answered by each of these in turn, and settled. */
function answeredBy(history: RunHistory, asked: Wish, answers: readonly (readonly [ToldOperator, ApprovalAnswer])[]): RunHistory {
  const told = wish(history, asked)
  const approval = approvalIn(told)
  const answered = answers.reduce((each, [who, answer]) => tell(each, answerOf(each, who, { approval, answer })), told)
  return tell(answered, { type: 'SettleApproval', action: lastProposal(told) })
}

/** Every way a question to people can go: once, for the run, edited, denied, too late, twice, in vain; deferred ones and others. */
function approved(): RunHistory {
  const prepared = { ...preparedFor(askingNow), args: { value: { words: 12 } }, facts: { words: 12 } }
  const edited: ApprovalAnswer = { type: 'given', scope: 'once', edited: { request: requestOf(prepared), prepared } }
  const allowed = answeredBy(executing({ ceilings: { ...toldCeilings, wallMs: 2 * approvalLifeMs } }), askingNow, [[ada, once], [bea, once]])
  const late = tell(allowed, answerOf(allowed, bea, { approval: approvalIn(allowed), answer: denied }))
  const forRun = answeredBy(tell(late, succeed(lastProposal(late))), askingNow, [[bea, { type: 'given', scope: 'run' }]])
  const again = wish(tell(forRun, succeed(lastProposal(forRun))), askingNow)
  const changed = answeredBy(tell(again, fail(lastProposal(again))), { ...askingNow, class: 'observe', destinations: ['https://example.org:443'] }, [[ada, edited]])
  const refused = answeredBy(tell(changed, fail(lastProposal(changed))), { ...askingLater, atOnce: true }, [[ada, denied]])
  const waiting = wish(answeredBy(refused, askingLater, [[bea, once]]), { ...askingNow, class: 'observe', label: 'untrusted/public', cost: { tokens: 1 }, destinations: ['https://example.org:443'] })
  const held = tellAll(waiting, { type: 'SuspendRun', cause: 'approval', code: 'approval.required', origin: 'runtime' }, { type: 'ResumeRun', by: 'runtime', origin: 'runtime' })
  const expired = tell(held, { type: 'ExpireApproval', action: lastProposal(held) })
  const begun = tellAll(expired, endOrder, passOrder, commitOrder())
  const [release = 0] = begun.run.phase.name === 'committing' ? begun.run.phase.commit.releases : []
  return ended(tellAll(begun, { type: 'ReleaseAction', action: release }, succeed(release), { type: 'CompleteCommit' }))
}

function mergedChild(): RunHistory {
  const begun = executing({ grants: [wideGrant, lendableGrant], parent: { ...toldParentage, label: 'untrusted/private' } })
  return ended(tellAll(wish(written(begun), keyedLater), endOrder, passOrder, { type: 'MergeRun' }))
}

function conflictingChild(): RunHistory {
  const begun = executing({ grants: [wideGrant, lendableGrant], parent: toldParentage })
  return ended(tellAll(written(begun), endOrder, passOrder, { type: 'MergeRun', conflict: 'out/report.md' }, { type: 'CompleteAbort' }))
}

function spawned(): RunHistory {
  const begun = wish(executing({ grants: [wideGrant, lendableGrant] }), spawning)
  return tell(begun, { type: 'SpawnChild', action: lastProposal(begun), child: toldChild })
}

function parentOfMerged(): RunHistory {
  const begun = spawned()
  const changes = [{ path: 'out/report.md', to: report, base: absent }]
  const merged = tellAll(begun, childEndOrder(begun, 'merged'), succeed(lastProposal(begun), { label: 'untrusted/public', changes }))
  const paths = ['out/report.md']
  const decided = tellAll(merged, endOrder, passOrder, { ...commitOrder(1), changes: { value: paths } } as Order)
  const [release = 0] = decided.run.deferred
  const applied = tellAll(decided, { type: 'RecordApplied', index: 0, path: 'out/report.md' }, { type: 'ReleaseAction', action: release }, succeed(release))
  return ended(tell(applied, { type: 'CompleteCommit' }))
}

function parentOfAborted(): RunHistory {
  const begun = spawned()
  const aborting = tell(begun, abortOrder)
  const childless = tellAll(aborting, childEndOrder(begun, 'aborted'), fail(lastProposal(begun)))
  return ended(tell(childless, { type: 'CompleteAbort' }))
}

/** Each way a run can go, as this version decides it. */
export const goldenStories: ReadonlyMap<string, () => RunHistory> = new Map([
  ['aborted', aborted],
  ['approved', approved],
  ['committed-with-files', committedWithFiles],
  ['conflicting', conflicting],
  ['conflicting-child', conflictingChild],
  ['continuing', continuing],
  ['failed-agent', failedAgent],
  ['failed-validation', failedValidation],
  ['host-session', hostSession],
  ['imported', imported],
  ['incomplete-releases', incompleteReleases],
  ['merged-child', mergedChild],
  ['parent-of-aborted', parentOfAborted],
  ['parent-of-merged', parentOfMerged],
  ['quarantined', quarantined],
  ['refused-throughout', refusedThroughout],
  ['suspended-and-resumed', suspendedAndResumed],
  ['terminated', terminated],
])

export function goldenLogOf(history: RunHistory): GoldenLog {
  const { id } = history.run
  return { logId: tellingContext.logId, decided: [id], states: { [id]: stateHash(history.run, tellingContext.sha256) }, entries: history.sealed }
}
