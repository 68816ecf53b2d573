import { fromRecorded, foldRun } from '@ice-runtime/ice/record'
import { sha256 } from '@ice-runtime/ice/reader'
import { approvalBinds, entryId, IceError, requestDigest, undoablePhases } from '@ice-runtime/kernel'
import type { EntryId, IceEntry, PreparedAction, Run, StoreReader } from '@ice-runtime/kernel'
import { parseEntryPlace } from '../record/entry-place.ts'
import { readRun } from '../record/recorded-run.ts'
import type { RecordedRun } from '../record/recorded-run.ts'

type Entry<Type extends IceEntry['type']> = Extract<IceEntry, { type: Type }>

export interface TimedAnswer {
  readonly entry: Entry<'ApprovalGiven' | 'ApprovalDenied'>
  /** It came after the verdict or the expiry, and changed nothing. */
  readonly isLate: boolean
}

/** A question to people as the record has it, with all that was said to it. */
export interface RecordedApproval {
  readonly id: EntryId
  readonly recorded: RecordedRun
  readonly proposed: Entry<'ActionProposed'>
  readonly asked: Entry<'ApprovalRequested'>
  /** What was asked about, read back from the record; its digest is the one that the record names. */
  readonly prepared: PreparedAction
  /** The run when it was asked. */
  readonly before: Run
  readonly answers: readonly TimedAnswer[]
  readonly verdict: Entry<'ActionAuthorized' | 'ActionRefused'> | undefined
  /** The run can still use an answer. */
  readonly isOpen: boolean
}

/**
 * The question that `RUN#SEQ` names, by itself or by its action; `RUN` alone where one waits there. Throws `run.not_found`,
 * `usage.invalid` where several wait, and `integrity.broken` when the record does not hold what it says was asked.
 */
export function findApproval(store: StoreReader, text: string): RecordedApproval {
  const { runText, seq } = parseEntryPlace(text)
  const recorded = readRun(store, runText)
  const asked = seq === undefined ? onlyOpen(recorded) : questionAt(recorded, seq)
  return readApproval(store, recorded, asked)
}

/** The questions of a run that wait, in the order they were asked. */
export function openQuestions({ entries, id, summary }: RecordedRun): readonly Entry<'ApprovalRequested'>[] {
  if (!undoablePhases.includes(summary.phase)) return []
  const run = foldRun(id, entries)
  return entries.filter((entry) => entry.type === 'ApprovalRequested').filter(({ payload }) => run.waiting.includes(payload.action))
}

export function readApproval(store: StoreReader, recorded: RecordedRun, asked: Entry<'ApprovalRequested'>): RecordedApproval {
  const { entries, id } = recorded
  const proposed = entries[asked.payload.action - 1]
  if (proposed?.type !== 'ActionProposed') throw broken(id, asked.seq)
  const before = foldRun(id, entries.slice(0, asked.seq - 1))
  return {
    id: entryId(id, asked.seq),
    recorded,
    proposed,
    asked,
    prepared: provenRequest(store, { proposed, asked, before }),
    before,
    answers: answersTo(entries, asked),
    verdict: verdictOn(entries, asked),
    isOpen: openQuestions(recorded).some(({ seq }) => seq === asked.seq),
  }
}

/** What was said to a question, each with whether it came in time and before the verdict. */
export function answersTo(entries: readonly IceEntry[], asked: Entry<'ApprovalRequested'>): readonly TimedAnswer[] {
  const verdict = verdictOn(entries, asked)
  return entries.flatMap((entry) => {
    if ((entry.type !== 'ApprovalGiven' && entry.type !== 'ApprovalDenied') || entry.payload.approval !== asked.seq) return []
    return [{ entry, isLate: entry.at >= asked.payload.expires || (verdict !== undefined && verdict.seq < entry.seq) }]
  })
}

function verdictOn(entries: readonly IceEntry[], asked: Entry<'ApprovalRequested'>): RecordedApproval['verdict'] {
  const verdicts = entries.filter((entry) => entry.type === 'ActionAuthorized' || entry.type === 'ActionRefused')
  return verdicts.find(({ payload }) => payload.action === asked.payload.action)
}

/** What is shown must be what is signed: the request's digest, and what the question binds, are computed from what is shown. */
function provenRequest(
  store: StoreReader,
  { proposed, asked, before }: Pick<RecordedApproval, 'proposed' | 'asked' | 'before'>,
): PreparedAction {
  const { action, args: given = { value: null }, reason, atOnce } = proposed.payload
  const { prepared, request, binds, grant, obligations } = asked.payload
  const { args, ...record } = prepared
  const shown: PreparedAction = {
    action,
    facts: {},
    cost: {},
    ...record,
    args: fromRecorded(args ?? given, store.blobs),
    ...(atOnce === true ? { atOnce: { reason: reason ?? '' } } : {}),
  }
  const policy = before.under?.policy
  const bound = policy === undefined ? undefined : { run: before.id, action: proposed.seq, request, policy, grant, obligations }
  if (requestDigest(shown, sha256) === request && bound !== undefined && approvalBinds(bound, sha256) === binds) return shown
  throw broken(before.id, asked.seq)
}

function broken(run: string, seq: number): IceError {
  return new IceError('integrity.broken', `the record does not hold what ${run}#${seq} asks`, { hint: 'run: ice verify' })
}

function questionAt({ entries, id }: RecordedRun, seq: number): Entry<'ApprovalRequested'> {
  const entry = entries[seq - 1]
  const after = entries[seq]
  if (entry?.type === 'ApprovalRequested') return entry
  if (entry?.type === 'ActionProposed' && after?.type === 'ApprovalRequested') return after
  const what = entry === undefined ? `there is no entry ${id}#${seq}` : `${id}#${seq} is ${entry.type}, which asks nobody`
  throw new IceError('run.not_found', what, { hint: 'list what waits with: ice approvals' })
}

function onlyOpen(recorded: RecordedRun): Entry<'ApprovalRequested'> {
  const [only, ...others] = openQuestions(recorded)
  if (only === undefined) throw new IceError('run.not_found', `${recorded.id} asks nobody`, { hint: 'list what waits with: ice approvals' })
  if (others.length === 0) return only
  const hint = [only, ...others].map(({ seq }) => `${recorded.id}#${seq}`).join(', ')
  throw new IceError('usage.invalid', `${recorded.id} asks several things`, { hint })
}
