import { assert, unreachable } from '../log/errors.ts'
import type { Seq } from '../log/ids.ts'
import { reservation } from '../authority/budget.ts'
import { neverUsed, usedOnce } from '../authority/grant.ts'
import { addCost, subtractCost } from '../authority/cost.ts'
import type { Cost } from '../authority/cost.ts'
import { joinLabels, publicTrusted } from '../authority/labels.ts'
import type { Label } from '../authority/labels.ts'
import type { ReadBase, StagedChange } from '../action/staged-change.ts'
import { answeredFor, approvedBy } from './evolve-approval.ts'
import { repeated } from './repetition.ts'
import type { Answer } from './repetition.ts'
import { openAction } from './run.ts'
import type { ActionStage, Decided, OpenAction, Run } from './run.ts'
import type { IceEntry } from './taxonomy.ts'

export type ActionEntry = Extract<IceEntry, { type: `Action${string}` }>

/** Folds one entry of an action's life into the run. */
export function evolveAction(run: Run, entry: ActionEntry): Run {
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
      return {
        ...settled(run, entry.payload.action, { seq: entry.seq, cost: entry.payload.cost ?? {}, succeeded: false }),
        // Its agent is told why, and the words may be those of whoever it asked.
        label: joinLabels(run.label, labelOf(run, entry.payload.action)),
        repeats: answeredAgain(run, entry.payload.action, { type: 'failed', code: entry.payload.code }),
      }
    case 'ActionUncertain':
      return uncertain(run, entry)
    case 'ActionReconciled':
      return reconciled(run, entry)
    case 'ActionWithheld':
      return settled(run, entry.payload.action, { seq: entry.seq, cost: {}, succeeded: false })
    case 'ActionInherited':
      return inherited(run, entry)
    case 'ActionCompensated':
      return run
    default:
      return unreachable(entry)
  }
}

function proposed(run: Run, entry: Extract<ActionEntry, { type: 'ActionProposed' }>): Run {
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
  const malformed = payload.malformed === undefined ? run.malformed : run.malformed + 1
  return { ...run, steps: run.steps + 1, malformed, open: run.open.with(String(seq), action), validated: 0, recoveries: 0 }
}

function authorized(run: Run, entry: Extract<ActionEntry, { type: 'ActionAuthorized' }>): Run {
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
  const stage: ActionStage = payload.deferred === true ? { name: 'deferred', decided } : { name: 'authorized', decided }
  const grantUses = withUse(run, payload.grant, { bound, at: entry.at })
  const wasAsked = openAction(run, payload.action)?.stage.name === 'asked'
  const answered = wasAsked ? answeredFor(run, payload) : run
  const next = { ...withStage(answered, payload.action, stage), calls: run.calls + 1, grantUses, reserved: addCost(run.reserved, reserved) }
  if (payload.deferred !== true) return next
  const waits = { ...next, deferred: [...run.deferred, payload.action] }
  // One that people were asked about was told to its agent then.
  return wasAsked ? waits : { ...waits, ended: run.ended + 1, lastOutcome: seq }
}

/** A deferred effect of a child waits here from now on, and its bound is reserved here. Its use is counted with what the child used. */
function inherited(run: Run, { payload, seq, at }: Extract<ActionEntry, { type: 'ActionInherited' }>): Run {
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
  return {
    ...run,
    open: run.open.with(String(seq), open),
    deferred: [...run.deferred, seq],
    reserved: addCost(run.reserved, reserved),
  }
}

/** Only counters change: the grants themselves, and what is compiled of them, stay as they are. */
function withUse(run: Run, grant: Seq, once: Parameters<typeof usedOnce>[2]): Run['grantUses'] {
  const terms = run.grants.get(grant)?.terms
  if (terms === undefined) return run.grantUses
  const key = String(grant)
  return run.grantUses.with(key, usedOnce(run.grantUses.get(key) ?? neverUsed, terms, once))
}

function refused(run: Run, entry: Extract<ActionEntry, { type: 'ActionRefused' }>): Run {
  const { action, request, code, observed } = entry.payload
  const { stage, performer } = openAction(run, action) ?? {}
  const isCounted = request !== undefined && performer !== 'host'
  const repeats = isCounted ? repeated(run.repeats, { request, answer: { type: 'refused', code }, action }) : run.repeats
  const counted = { ...run, refused: run.refused + 1, repeats }
  if (observed === true) return withStage(counted, action, { name: 'observed' })
  if (stage?.name !== 'asked') return ended(counted, action, entry.seq)
  const waiting = counted.waiting.filter((other) => other !== action)
  if (!stage.asked.deferred) return ended({ ...counted, waiting }, action, entry.seq)
  return { ...counted, waiting, denied: [...run.denied, action], open: run.open.without(String(action)) }
}

function dispatched(run: Run, entry: Extract<ActionEntry, { type: 'ActionDispatched' }>): Run {
  const { action, attempt } = entry.payload
  const decided = decidedOf(run, action)
  if (decided === undefined) return run
  const left = run.phase.name === 'committing' || attempt > 1 ? run.left : run.left.with(String(action), action)
  return { ...withStage(run, action, { name: 'dispatched', decided, attempt }), left }
}

function succeeded(run: Run, entry: Extract<ActionEntry, { type: 'ActionSucceeded' }>): Run {
  const { action, cost, changes, reads, label } = entry.payload
  const next = settled(run, action, { seq: entry.seq, cost: cost ?? {}, succeeded: true })
  return {
    ...next,
    repeats: answeredAgain(run, action, { type: 'succeeded', result: entry.payload.result }),
    // What was prepared bounds the label from below: a receipt can only make it stricter.
    label: joinLabels(run.label, joinLabels(labelOf(run, action), label ?? publicTrusted)),
    staged: changes === undefined ? next.staged : stage(next.staged, changes),
    reads: reads === undefined ? next.reads : firstReads(next.reads, reads),
  }
}

function answeredAgain(run: Run, action: Seq, answer: Answer): Run['repeats'] {
  const request = decidedOf(run, action)?.request
  // What a host repeats is its own affair.
  return request === undefined || openAction(run, action)?.performer === 'host'
    ? run.repeats
    : repeated(run.repeats, { request, answer, action })
}

/** Found done, its result is told to the agent under the label it was prepared with. */
function reconciled(run: Run, entry: Extract<ActionEntry, { type: 'ActionReconciled' }>): Run {
  const { action, found } = entry.payload
  const next = settled(run, action, { seq: entry.seq, cost: {}, succeeded: found === 'done' })
  return found === 'done' ? { ...next, label: joinLabels(run.label, labelOf(run, action)) } : next
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

function uncertain(run: Run, entry: Extract<ActionEntry, { type: 'ActionUncertain' }>): Run {
  const { action } = entry.payload
  const decided = decidedOf(run, action)
  // Nobody can look up what a host left open, so this is the end of it.
  if (openAction(run, action)?.performer === 'host')
    return settled(run, action, { seq: entry.seq, cost: decided?.reserved ?? {}, succeeded: false })
  if (decided === undefined) return run
  const next = withStage(run, action, { name: 'uncertain', decided })
  const settledCost = { spent: addCost(run.spent, decided.reserved), reserved: subtractCost(run.reserved, decided.reserved) }
  return withReleased({ ...next, ...settledCost }, action, false)
}

/** The action has ended: what it reserved is returned, what it cost is spent. */
function settled(run: Run, action: Seq, end: { readonly seq: Seq; readonly cost: Cost; readonly succeeded: boolean }): Run {
  const open = openAction(run, action)
  const decided = decidedOf(run, action)
  const wasUncertain = open?.stage.name === 'uncertain'
  const spent = wasUncertain ? run.spent : addCost(run.spent, end.cost)
  const reserved = wasUncertain || decided === undefined ? run.reserved : subtractCost(run.reserved, decided.reserved)
  const released = withReleased(run, action, end.succeeded)
  if (run.deferred.includes(action)) return { ...released, spent, reserved, open: run.open.without(String(action)) }
  return { ...ended(released, action, end.seq), spent, reserved }
}

function ended(run: Run, action: Seq, seq: Seq): Run {
  return { ...run, open: run.open.without(String(action)), ended: run.ended + 1, lastOutcome: seq }
}

function withReleased(run: Run, action: Seq, succeeded: boolean): Run {
  if (run.phase.name !== 'committing' || !run.phase.commit.releases.includes(action)) return run
  const earlier = run.phase.commit.released.filter((release) => release.action !== action)
  const sent = openAction(run, action)?.stage.name !== 'deferred'
  const released = [...earlier, { action, succeeded, sent }]
  // A run that gets one effect further is not one that keeps killing its runtime.
  return { ...run, recoveries: 0, phase: { ...run.phase, commit: { ...run.phase.commit, released } } }
}

function withStage(run: Run, action: Seq, stage: ActionStage): Run {
  const open = openAction(run, action)
  if (open === undefined) return run
  return { ...run, open: run.open.with(String(action), { ...open, stage }) }
}

function decidedOf(run: Run, action: Seq): Decided | undefined {
  const stage = openAction(run, action)?.stage
  if (stage === undefined || !('decided' in stage)) return undefined
  assert(stage.decided.verdict >= action, 'a verdict follows its proposal, or is inherited with it')
  return stage.decided
}
