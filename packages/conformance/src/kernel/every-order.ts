import { entryId, openAction } from '@ice-runtime/kernel'
import type { RunCommand } from '@ice-runtime/kernel'
import {
  abortOrder,
  askingLater,
  askingNow,
  childEndOrder,
  commitOrder,
  doubt,
  endOrder,
  fail,
  fetching,
  finalLater,
  finalNow,
  hosted,
  importing,
  keyedLater,
  keyedNow,
  passOrder,
  propose,
  provisioned,
  reported,
  reportOf,
  resumeOrder,
  spawning,
  staging,
  succeed,
  suspendOrder,
  toldChild,
} from './run-history.ts'
import type { Order, RunHistory } from './run-history.ts'
import { digestOf, lendableGrant, toldParentage, toldRequest, wideGrant } from './run-world.ts'
import { answerOf } from './told-answer.ts'
import { ada, bea } from './told-operators.ts'

/** One of each kind of order that could be given next, sensible or not: what a matrix asks and a walk chooses from. */
export function ordersAt(history: RunHistory): { readonly [Type in RunCommand['type']]: readonly Order[] } {
  const { run } = history
  const actions = run.open.entries().map(([, open]) => open.action)
  const some = actions.length === 0 ? [1] : actions
  const commit = run.phase.name === 'committing' ? run.phase.commit : undefined
  const base = { kind: 'absent' } as const
  const change = { path: 'out/report.md', to: { kind: 'file', blob: digestOf('report'), sizeBytes: 5, mode: 0o644 }, base } as const
  return {
    RequestRun: requests,
    StartProvisioning: [{ type: 'StartProvisioning' }],
    CompleteProvisioning: [{ type: 'CompleteProvisioning', ...provisioned }],
    LoadContext: [{ type: 'LoadContext', items: [{ name: 'task', digest: digestOf('task'), sizeBytes: 4, label: 'trusted/private' }] }],
    ProposeAction: wishes.map((wish) => propose(history, wish)),
    ReportAction: [reportOf(history)],
    ImportAction: [importing(history), { ...importing(history), settlement: reported }],
    DispatchAction: some.map((action): Order => ({ type: 'DispatchAction', action })),
    SettleAction: some.flatMap((action) => [
      succeed(action, { cost: { moneyMicro: 7 } }),
      succeed(action, { changes: [change], reads: [{ path: 'src/a.ts', base }] }),
      fail(action),
      doubt(action),
      { type: 'SettleAction', action, settlement: reported },
    ]),
    ReconcileAction: some.flatMap((action): readonly Order[] => [
      { type: 'ReconcileAction', action, found: 'done', how: 'operator', by: ada.subject, reason: 'seen', result: { value: 'seen' } },
      { type: 'ReconcileAction', action, found: 'not_done', how: 'probe' },
    ]),
    RecordStatement: [
      { type: 'RecordStatement', statement: { type: 'PlanStated', origin: 'agent', causes: [1], payload: { text: 'a plan' } } },
    ],
    EndAgent: [endOrder, { type: 'EndAgent', end: { type: 'failed', code: 'agent.crashed', message: 'it threw', stack: 'at main' } }],
    RecordValidation: [passOrder, { type: 'RecordValidation', checks: [{ name: 'output', passed: false, detail: 'no text' }] }],
    DecideCommit: [commitOrder(0), commitOrder(2), conflicting],
    RecordApplied: [{ type: 'RecordApplied', index: commit?.appliedCount ?? 0, path: 'out/report.md' }],
    UndoChanges: [
      { type: 'UndoChanges', code: 'files.conflict', paths: ['out/report.md'], conflict: { path: 'out/report.md', actual: base } },
    ],
    ReleaseAction: (commit?.releases ?? some).map((action): Order => ({ type: 'ReleaseAction', action })),
    WithholdReleases: [{ type: 'WithholdReleases', code: 'run.killed' }],
    CompleteCommit: [{ type: 'CompleteCommit' }],
    MergeRun: [{ type: 'MergeRun' }, { type: 'MergeRun', conflict: 'out/report.md' }],
    SpawnChild: some.map((action): Order => ({ type: 'SpawnChild', action, child: toldChild })),
    EndChild: [childEndOrder(history, 'merged'), childEndOrder(history, 'aborted')],
    SuspendRun: [suspendOrder],
    ResumeRun: [resumeOrder],
    AbortRun: [abortOrder],
    CompleteAbort: [{ type: 'CompleteAbort' }],
    TerminateRun: [{ type: 'TerminateRun', code: 'run.killed', detail: 'by a test' }],
    StartTeardown: [{ type: 'StartTeardown' }],
    TearDown: [{ type: 'TearDown' }],
    RecoverRun: [{ type: 'RecoverRun' }],
    GrantCapability: [{ type: 'GrantCapability', terms: toldRequest.grants[0] ?? wideGrant, by: ada.subject }],
    AnswerApproval: answersAt(history),
    SettleApproval: some.map((action): Order => ({ type: 'SettleApproval', action })),
    ExpireApproval: some.map((action): Order => ({ type: 'ExpireApproval', action })),
    Declassify: [declassifying(history)],
    RevokeGrant: [{ type: 'RevokeGrant', grant: entryId(run.id, run.grants.list[0]?.id ?? 1), reason: 'no longer needed' }],
  }
}

/** What operators could say to the first request that waits, or to one that was never made. */
function answersAt(history: RunHistory): readonly Order[] {
  const [action = 0] = history.run.waiting
  const stage = openAction(history.run, action)?.stage
  if (stage?.name !== 'asked') return [unasked]
  const { approval } = stage.asked
  return [
    answerOf(history, ada, { approval, answer: { type: 'given', scope: 'once' } }),
    answerOf(history, bea, { approval, answer: { type: 'given', scope: 'run' } }),
    answerOf(history, ada, { approval, answer: { type: 'denied' } }),
  ]
}

/** Most walks are of a run in which something is decided. */
const lending = [...toldRequest.grants, lendableGrant]

const requests: readonly Order[] = [
  ...Array.from({ length: 7 }, (): Order => ({ type: 'RequestRun', ...toldRequest, grants: lending })),
  { type: 'RequestRun', ...toldRequest, grants: lending, imported: true },
  { type: 'RequestRun', ...toldRequest, grants: lending, parent: toldParentage },
]

const unasked: Order = {
  type: 'AnswerApproval',
  answer: { type: 'denied' },
  approval: 1,
  binds: digestOf('nothing'),
  by: ada.subject,
  signature: 'AAAA',
}

function declassifying({ run }: RunHistory): Order {
  const from = run.label
  return { type: 'Declassify', entry: entryId(run.id, 1), from, to: 'trusted/public', reason: 'it is published', by: ada.subject }
}

const wishes = [
  {},
  staging,
  keyedLater,
  finalLater,
  keyedNow,
  finalNow,
  fetching,
  askingLater,
  askingNow,
  spawning,
  { class: 'staged', resources: ['file:../outside'] },
  hosted,
  { ...askingNow, host: true },
  { action: 'mail.send' },
  { unread: 'malformed' },
  { unread: 'refused' },
] as const

const conflicting: Order = {
  type: 'DecideCommit',
  changes: { value: [] },
  changesCount: 1,
  conflicts: [{ path: 'out/report.md', expected: { kind: 'absent' }, actual: { kind: 'directory' } }],
}
