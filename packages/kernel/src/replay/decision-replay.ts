import { canonicalize } from '../log/canonical.ts'
import type { Digest } from '../log/ids.ts'
import type { Json } from '../log/json.ts'
import { assert } from '../log/errors.ts'
import type { Obligation, PolicyAnswer } from '../authority/policy-port.ts'
import type { BrokenAssumption } from '../run/assumptions.ts'
import type { AuthorityView, RunCommand } from '../run/commands.ts'
import { decide } from '../run/decide.ts'
import { approvedBy } from '../run/evolve-approval.ts'
import { evolve } from '../run/evolve.ts'
import { initialRun } from '../run/run.ts'
import type { Run } from '../run/run.ts'
import { taxonomy } from '../run/taxonomy.ts'
import type { IceEntry, NewEvent } from '../run/taxonomy.ts'
import { commandOf } from './command-of.ts'

/** The first place where deciding again comes to something else. */
export interface Divergence {
  readonly seq: number
  readonly recorded: string
  readonly replayed: string
}

export interface DecisionReplay {
  readonly run: Run
  /** Commands decided again. */
  readonly decisions: number
  readonly entries: number
  readonly divergence: Divergence | undefined
}

/**
 * Decides a run's whole history again from its own record: the commands are read back from the events, policy answers come from
 * the verdicts, and what `decide` returns must equal what is stored, byte for byte. Needs no agent, no model, no workspace.
 * `standing` tells what other streams said when an entry was written.
 */
export function replayDecisions(entries: readonly IceEntry[], standing: (entry: IceEntry) => RecordedStanding): DecisionReplay {
  const [first] = entries
  let run = initialRun(first === undefined || first.stream === 'system' ? ('' as Run['id']) : first.stream)
  let decisions = 0
  for (let index = 0; index < entries.length;) {
    const { command, length } = commandOf(entries, index, run)
    const recorded = entries.slice(index, index + length)
    const view = viewFor(run, recorded, standing)
    const divergence = compare(recorded, decidedAgain(command, run, view))
    if (divergence !== undefined) return { run, decisions, entries: index, divergence }
    run = recorded.reduce(evolve, run)
    decisions += 1
    index += length
  }
  return { run, decisions, entries: entries.length, divergence: undefined }
}

/** What other streams said when an entry was written, and the means to prove it. */
export type RecordedStanding = Pick<AuthorityView, 'lockdown' | 'revoked' | 'operators' | 'proofs'>

/** Policy and actions as the record says they were: a run that went on under others says so when it is resumed. */
function viewFor(run: Run, recorded: readonly IceEntry[], standing: (entry: IceEntry) => RecordedStanding): AuthorityView {
  const [first] = recorded
  assert(first !== undefined, 'a command led to at least one entry')
  const under = first.type === 'RunResumed' ? (first.payload.renewed ?? run.under) : run.under
  const wasBroken = (code: BrokenAssumption['code']): boolean => recorded.some((entry) => isBrokenBy(entry, code))
  // Which other policy or actions there were then makes no difference: the run rested on none but its own.
  const digest = wasBroken('assumption.policy') ? noDigest : (under?.policy ?? noDigest)
  const catalog = wasBroken('assumption.catalog') ? noDigest : under?.catalog
  return { ...standing(first), policy: { digest, evaluate: () => answerIn(recorded, run) }, catalog }
}

/** Refused because what the run rested on was no longer so. */
function isBrokenBy(entry: IceEntry, code: BrokenAssumption['code']): boolean {
  if (entry.type !== 'ActionRefused' || entry.payload.detail !== code) return false
  return entry.payload.code === 'assumption.broken' || entry.payload.code === 'approval.stale'
}

const noDigest = '' as Digest

function decidedAgain(command: RunCommand, run: Run, view: AuthorityView): { readonly events: readonly NewEvent[]; readonly at: number } {
  const decision = decide(command, run, view)
  return { events: decision.ok ? decision.events : [], at: command.at }
}

function compare(
  recorded: readonly IceEntry[],
  replayed: { readonly events: readonly NewEvent[]; readonly at: number },
): Divergence | undefined {
  const length = Math.max(recorded.length, replayed.events.length)
  for (let index = 0; index < length; index += 1) {
    const entry = recorded[index]
    const event = replayed.events[index]
    const was = entry === undefined ? 'nothing' : textOf(entry)
    const is = event === undefined ? 'nothing' : textOf({ ...event, v: taxonomy[event.type].v, at: replayed.at })
    if (was !== is) return { seq: entry?.seq ?? (recorded.at(-1)?.seq ?? 0) + 1, recorded: was, replayed: is }
  }
  return undefined
}

function textOf(body: Pick<IceEntry, 'type' | 'v' | 'origin' | 'at' | 'causes' | 'payload'>): string {
  const { type, v, origin, at, causes, payload } = body
  return canonicalize({ type, v, origin, at, causes, payload } as unknown as Json)
}

/** Gives the answer the verdict recorded; what was never asked is an error, which would refuse and so diverge. */
function answerIn(recorded: readonly IceEntry[], run: Run): PolicyAnswer {
  for (const entry of recorded) {
    if (entry.type === 'ActionAuthorized') return allowed(entry.payload, run)
    if (entry.type === 'ApprovalRequested') return { effect: 'oblige', rules: entry.payload.rules, obligations: entry.payload.obligations }
    // Sent although it was asked about again, or not asked again: either way policy did not object.
    if (entry.type === 'ActionDispatched') return { effect: 'allow', rules: [] }
    if (entry.type === 'RunCommitDecided' || entry.type === 'RunMerged') return { effect: 'allow', rules: [] }
    if (entry.type === 'AbortStarted' && entry.payload.code === 'policy.forbidden') return { effect: 'forbid', rules: [] }
    if (entry.type === 'ActionRefused') {
      const { code, rules = [], detail = '' } = entry.payload
      if (code === 'policy.forbidden') return { effect: 'forbid', rules }
      if (code === 'approval.unavailable' || code === 'approval.stale') return { effect: 'oblige', rules, obligations: [nobody] }
      if (code === 'approval.queue_full' || code === 'approval.required') return { effect: 'oblige', rules, obligations: [anybody] }
      if (code === 'policy.error') return { effect: 'error', detail }
      // A later stage refused, so policy had allowed.
      return { effect: 'allow', rules }
    }
  }
  return { effect: 'error', detail: 'the record holds no answer' }
}

/** Rules that were satisfied by people are told from rules that asked nobody by what the verdict rests on. Prices were accepted. */
function allowed({ action, approval, rules }: Extract<IceEntry, { type: 'ActionAuthorized' }>['payload'], run: Run): PolicyAnswer {
  const waives = ['price_unknown'] as const
  if (approval === undefined) return { effect: 'allow', rules, waives }
  return { effect: 'oblige', rules, waives, obligations: approvedBy(run, { action, approval })?.obligations ?? [] }
}

/** An obligation that could be met and is not: nobody was asked yet. */
const anybody: Obligation = { type: 'approval', from: '', count: 0 }
/** An obligation that no number of operators meets. */
const nobody: Obligation = { type: 'approval', from: '', count: Number.MAX_SAFE_INTEGER }
