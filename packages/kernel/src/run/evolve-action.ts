import { assert, unreachable } from '../log/errors.ts'
import type { Seq } from '../log/ids.ts'
import { reservation } from '../authority/budget.ts'
import { neverUsed, usedOnce } from '../authority/grant.ts'
import { addCost, subtractCost } from '../authority/cost.ts'
import type { Cost } from '../authority/cost.ts'
import { joinLabels, publicTrusted } from '../authority/labels.ts'
import type { Label } from '../authority/labels.ts'
import type { ReadBase, StagedChange } from '../action/staged-change.ts'
import { answerFor, approvedBy } from './evolve-approval.ts'
import { repeated } from './repetition.ts'
import type { Answer } from './repetition.ts'
import { openAction } from './run.ts'
import type { ActionStage, Decided, OpenAction, Run, RunDraft } from './run.ts'
import type { IceEntry } from './taxonomy.ts'

export type ActionEntry = Extract<IceEntry, { type: `Action${string}` }>

/** Folds one entry of an action's life into the copy of a run that is being folded. */
export function evolveAction(run: RunDraft, entry: ActionEntry): void {
  switch (entry.type) {
    case 'ActionProposed':
      return proposed(run, entry)
    case 'ActionAuthorized':
      return authorized(run, entry)
    case 'ActionRefused':
      return refused(run, entry)
    case 'ActionDispatched':
      return dispatched(run, entry)
    case 'ActionSucceeded':
      return succeeded(run, entry)
    case 'ActionFailed':
      // Its agent is told why, and the words may be those of whoever it asked.
      run.label = joinLabels(run.label, labelOf(run, entry.payload.action))
      countAnswer(run, entry.payload.action, { type: 'failed', code: entry.payload.code })
      return settle(run, entry.payload.action, { seq: entry.seq, cost: entry.payload.cost ?? {}, succeeded: false })
    case 'ActionUncertain':
      return uncertain(run, entry)
    case 'ActionReconciled':
      return reconciled(run, entry)
    case 'ActionWithheld':
      return settle(run, entry.payload.action, { seq: entry.seq, cost: {}, succeeded: false })
    case 'ActionInherited':
      return inherited(run, entry)
    case 'ActionCompensated':
      return
    default:
      return unreachable(entry)
  }
}

function proposed(run: RunDraft, entry: Extract<ActionEntry, { type: 'ActionProposed' }>): void {
  const { payload, seq, at } = entry
  const action: OpenAction = {
    action: seq,
    name: payload.action,
    key: payload.key,
    args: payload.args ?? { value: null },
    at,
    atOnce: payload.atOnce ?? false,
    reason: payload.reason,
    performer: payload.performer ?? 'runtime',
    use: payload.use,
    stage: entry.origin === 'import' ? { name: 'imported' } : { name: 'proposed' },
  }
  if (payload.malformed !== undefined) run.malformed += 1
  run.steps += 1
  run.open = run.open.with(String(seq), action)
  run.validated = 0
  run.recoveries = 0
}

function authorized(run: RunDraft, entry: Extract<ActionEntry, { type: 'ActionAuthorized' }>): void {
  const { payload, seq } = entry
  const bound = payload.prepared.cost ?? {}
  const reserved = reservation(bound)
  const approved = approvedBy(run, payload)
  const decided: Decided = {
    verdict: seq,
    request: payload.request,
    grant: payload.grant,
    prepared: payload.prepared,
    reserved,
    ...(approved === undefined ? {} : { approved }),
  }
  const wasAsked = openAction(run, payload.action)?.stage.name === 'asked'
  if (wasAsked) answerFor(run, payload)
  setStage(run, payload.action, payload.deferred === true ? { name: 'deferred', decided } : { name: 'authorized', decided })
  run.calls += 1
  use(run, payload.grant, { bound, at: entry.at })
  run.reserved = addCost(run.reserved, reserved)
  if (payload.deferred !== true) return
  run.deferred = [...run.deferred, payload.action]
  // One that people were asked about was told to its agent then.
  if (wasAsked) return
  run.ended += 1
  run.lastOutcome = seq
}

/** A deferred effect of a child waits here from now on, and its bound is reserved here. Its use is counted with what the child used. */
function inherited(run: RunDraft, { payload, seq, at }: Extract<ActionEntry, { type: 'ActionInherited' }>): void {
  const { action: name, args, from, request, grant, prepared, approved } = payload
  const reserved = reservation(prepared.cost ?? {})
  const answered = approved === undefined ? {} : { approved: { approval: seq, obligations: approved } }
  const decided: Decided = { verdict: seq, request, grant, prepared, reserved, ...answered }
  const open: OpenAction = {
    action: seq,
    name,
    key: 0,
    args,
    at,
    atOnce: false,
    reason: undefined,
    performer: 'runtime',
    use: undefined,
    from,
    stage: { name: 'deferred', decided },
  }
  run.open = run.open.with(String(seq), open)
  run.deferred = [...run.deferred, seq]
  run.reserved = addCost(run.reserved, reserved)
}

/** Only counters change: the grants themselves, and what is compiled of them, stay as they are. */
function use(run: RunDraft, grant: Seq, once: Parameters<typeof usedOnce>[2]): void {
  const terms = run.grants.get(grant)?.terms
  if (terms === undefined) return
  const key = String(grant)
  run.grantUses = run.grantUses.with(key, usedOnce(run.grantUses.get(key) ?? neverUsed, terms, once))
}

function refused(run: RunDraft, entry: Extract<ActionEntry, { type: 'ActionRefused' }>): void {
  const { action, request, code, observed } = entry.payload
  const { stage, performer } = openAction(run, action) ?? {}
  run.refused += 1
  if (request !== undefined && performer !== 'host')
    run.repeats = repeated(run.repeats, { request, answer: { type: 'refused', code }, action })
  if (observed === true) return setStage(run, action, { name: 'observed' })
  if (stage?.name !== 'asked') return end(run, action, entry.seq)
  run.waiting = run.waiting.filter((other) => other !== action)
  if (!stage.asked.deferred) return end(run, action, entry.seq)
  run.denied = [...run.denied, action]
  run.open = run.open.without(String(action))
}

function dispatched(run: RunDraft, entry: Extract<ActionEntry, { type: 'ActionDispatched' }>): void {
  const { action, attempt } = entry.payload
  const decided = decidedOf(run, action)
  if (decided === undefined) return
  if (run.phase.name !== 'committing' && attempt <= 1) run.left = run.left.with(String(action), action)
  setStage(run, action, { name: 'dispatched', decided, attempt })
}

function succeeded(run: RunDraft, entry: Extract<ActionEntry, { type: 'ActionSucceeded' }>): void {
  const { action, cost, changes, reads, label } = entry.payload
  const prepared = labelOf(run, action)
  countAnswer(run, action, { type: 'succeeded', result: entry.payload.result })
  settle(run, action, { seq: entry.seq, cost: cost ?? {}, succeeded: true })
  // What was prepared bounds the label from below: a receipt can only make it stricter.
  run.label = joinLabels(run.label, joinLabels(prepared, label ?? publicTrusted))
  if (changes !== undefined) run.staged = stage(run.staged, changes)
  if (reads !== undefined) run.reads = firstReads(run.reads, reads)
}

/** Before the action is settled, while its request is known. */
function countAnswer(run: RunDraft, action: Seq, answer: Answer): void {
  const request = decidedOf(run, action)?.request
  // What a host repeats is its own affair.
  if (request === undefined || openAction(run, action)?.performer === 'host') return
  run.repeats = repeated(run.repeats, { request, answer, action })
}

/** Found done, its result is told to the agent under the label it was prepared with. */
function reconciled(run: RunDraft, entry: Extract<ActionEntry, { type: 'ActionReconciled' }>): void {
  const { action, found } = entry.payload
  const label = labelOf(run, action)
  settle(run, action, { seq: entry.seq, cost: {}, succeeded: found === 'done' })
  if (found === 'done') run.label = joinLabels(run.label, label)
}

/** What comes of an action carries at least the label it was prepared with. */
function labelOf(run: Run, action: Seq): Label {
  return decidedOf(run, action)?.prepared.label ?? publicTrusted
}

/** The last content of a path wins; its base stays what the run first found. */
function stage(manifest: Run['staged'], changes: readonly StagedChange[]): Run['staged'] {
  return changes.reduce((staged, change) => {
    const earlier = staged.get(change.path)
    return staged.with(change.path, earlier === undefined ? change : { ...change, base: earlier.base })
  }, manifest)
}

function firstReads(reads: Run['reads'], more: readonly ReadBase[]): Run['reads'] {
  return more.reduce((known, read) => (known.has(read.path) ? known : known.with(read.path, read)), reads)
}

function uncertain(run: RunDraft, entry: Extract<ActionEntry, { type: 'ActionUncertain' }>): void {
  const { action } = entry.payload
  const decided = decidedOf(run, action)
  // Nobody can look up what a host left open, so this is the end of it.
  if (openAction(run, action)?.performer === 'host')
    return settle(run, action, { seq: entry.seq, cost: decided?.reserved ?? {}, succeeded: false })
  if (decided === undefined) return
  setStage(run, action, { name: 'uncertain', decided })
  run.spent = addCost(run.spent, decided.reserved)
  run.reserved = subtractCost(run.reserved, decided.reserved)
  release(run, action, false)
}

/** The action has ended: what it reserved is returned, what it cost is spent. */
function settle(run: RunDraft, action: Seq, how: { readonly seq: Seq; readonly cost: Cost; readonly succeeded: boolean }): void {
  const open = openAction(run, action)
  const decided = decidedOf(run, action)
  release(run, action, how.succeeded)
  if (open?.stage.name !== 'uncertain') {
    run.spent = addCost(run.spent, how.cost)
    if (decided !== undefined) run.reserved = subtractCost(run.reserved, decided.reserved)
  }
  // A deferred one counted as ended when the agent was told that it waits.
  if (run.deferred.includes(action)) run.open = run.open.without(String(action))
  else end(run, action, how.seq)
}

function end(run: RunDraft, action: Seq, seq: Seq): void {
  run.open = run.open.without(String(action))
  run.ended += 1
  run.lastOutcome = seq
}

function release(run: RunDraft, action: Seq, succeeded: boolean): void {
  if (run.phase.name !== 'committing' || !run.phase.commit.releases.includes(action)) return
  const earlier = run.phase.commit.released.filter((released) => released.action !== action)
  const sent = openAction(run, action)?.stage.name !== 'deferred'
  const released = [...earlier, { action, succeeded, sent }]
  // A run that gets one effect further is not one that keeps killing its runtime.
  run.recoveries = 0
  run.phase = { ...run.phase, commit: { ...run.phase.commit, released } }
}

function setStage(run: RunDraft, action: Seq, stage: ActionStage): void {
  const open = openAction(run, action)
  if (open !== undefined) run.open = run.open.with(String(action), { ...open, stage })
}

function decidedOf(run: Run, action: Seq): Decided | undefined {
  const stage = openAction(run, action)?.stage
  if (stage === undefined || !('decided' in stage)) return undefined
  assert(stage.decided.verdict >= action, 'a verdict follows its proposal, or is inherited with it')
  return stage.decided
}
