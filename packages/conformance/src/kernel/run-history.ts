import { approvalLifeMs, decide, emptyHead, entryId, initialRun, parseRunId, record } from '@ice-runtime/kernel'
import type {
  AuthorityView,
  CostBound,
  Decision,
  EffectClass,
  Facts,
  IceEntry,
  Label,
  PreparedRecord,
  Run,
  RunCommand,
  RunEvents,
  RunId,
  RunTip,
  SealedEntry,
  SpawnTerms,
} from '@ice-runtime/kernel'
import { digestOf, requestOf, tellingContext, tellingStart, toldRequest, toldRun, viewWith } from './run-world.ts'

type Untimed<Command> = Command extends unknown ? Omit<Command, 'at'> : never
/** A command without its time, which the telling gives it. */
export type Order = Untimed<RunCommand>

/** A run as it was told: what `decide` accepted and `record` sealed, in order. */
export interface RunHistory {
  readonly tip: RunTip
  readonly run: Run
  readonly entries: readonly IceEntry[]
  readonly sealed: readonly SealedEntry[]
}

export interface Telling {
  readonly view?: AuthorityView
  /** Time since the last entry; 1 ms when absent, and as long as a request can wait for one that expires. */
  readonly afterMs?: number
}

export function emptyHistory(): RunHistory {
  const tip = { run: initialRun(toldRun), head: emptyHead(toldRun, tellingContext) }
  return { tip, run: tip.run, entries: [], sealed: [] }
}

/** The command an order becomes when it is told next. */
export function timed(history: RunHistory, order: Order, telling: Telling = {}): RunCommand {
  const last = history.tip.head.at === 0 ? tellingStart - 1 : history.tip.head.at
  return { ...order, at: last + (telling.afterMs ?? usualWait(order)) }
}

/** A request expires only when time has passed. */
function usualWait(order: Order): number {
  return order.type === 'ExpireApproval' ? approvalLifeMs : 1
}

/** What `decide` says to an order, without telling it. */
export function ask(history: RunHistory, order: Order, telling: Telling = {}): Decision {
  return decide(timed(history, order, telling), history.run, telling.view ?? viewWith())
}

/** The history after an order. Throws when it is rejected: a history is told of what happened. */
export function tell(history: RunHistory, order: Order, telling: Telling = {}): RunHistory {
  const command = timed(history, order, telling)
  const decision = decide(command, history.run, telling.view ?? viewWith())
  if (!decision.ok) throw new Error(`${order.type} after #${history.run.seq} is rejected: ${decision.code}, ${decision.detail}`)
  const { tip, appending, entries } = record(history.tip, { events: decision.events, at: command.at }, tellingContext)
  return {
    tip,
    run: tip.run,
    entries: [...history.entries, ...entries],
    sealed: [...history.sealed, ...appending.map(({ sealed }) => sealed)],
  }
}

export function tellAll(history: RunHistory, ...orders: readonly Order[]): RunHistory {
  return orders.reduce((told, order) => tell(told, order), history)
}

/** What an agent asks for. Absent parts are what is most ordinary: reading a file. */
export interface Wish {
  readonly action?: string
  readonly resources?: readonly string[]
  readonly class?: EffectClass
  readonly destinations?: readonly string[]
  readonly cost?: CostBound
  readonly facts?: Facts
  readonly secrets?: readonly string[]
  readonly label?: Label
  readonly atOnce?: boolean
  readonly reason?: string
  readonly host?: boolean
  readonly spawn?: SpawnTerms
  /** The proposal could not be read, or not be prepared. */
  readonly unread?: 'malformed' | 'refused'
}

export function preparedFor(wish: Wish): PreparedRecord {
  const { cost, label, destinations, facts, secrets } = wish
  return {
    resources: wish.resources ?? ['file:src/a.ts'],
    class: wish.class ?? 'observe',
    ...(destinations === undefined ? {} : { egress: { destinations } }),
    ...(cost === undefined ? {} : { cost }),
    ...(facts === undefined ? {} : { facts }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(label === undefined ? {} : { label }),
    ...(wish.spawn === undefined ? {} : { spawn: wish.spawn }),
  }
}

export function propose(history: RunHistory, wish: Wish = {}): Extract<Order, { type: 'ProposeAction' }> {
  const proposed = {
    key: history.run.steps,
    action: wish.action ?? 'files.read',
    args: { value: { step: history.run.steps } },
    after: history.run.ended,
    ...(wish.reason === undefined ? {} : { reason: wish.reason }),
    ...(wish.atOnce === true ? { atOnce: true } : {}),
    ...(wish.host === true ? { performer: 'host' as const, use: `use_${history.run.steps}` } : {}),
  }
  if (wish.unread === 'malformed') {
    return { type: 'ProposeAction', proposed, preparation: { type: 'malformed', code: 'json.malformed', raw: digestOf('raw') } }
  }
  if (wish.unread === 'refused') {
    return { type: 'ProposeAction', proposed, preparation: { type: 'refused', code: 'args.invalid', detail: 'path is no text' } }
  }
  const record = preparedFor(wish)
  return { type: 'ProposeAction', proposed, preparation: { type: 'prepared', record, request: requestOf(record) } }
}

/** The wishes that stand for the classes: a change that waits, one that is sent at once, a file, a read. */
export const keyedLater: Wish = {
  action: 'http.request',
  resources: ['url:https://example.org/a'],
  class: 'keyed',
  destinations: ['https://example.org:443'],
  cost: { moneyMicro: 10 },
}
export const keyedNow: Wish = { ...keyedLater, atOnce: true, reason: 'the answer is needed' }
export const finalLater: Wish = { action: 'ledger.post', resources: ['ledger:main'], class: 'irreversible', cost: { moneyMicro: 100 } }
export const finalNow: Wish = { ...finalLater, atOnce: true, reason: 'the answer is needed' }
export const staging: Wish = { action: 'files.write', resources: ['file:out/report.md'], class: 'staged', cost: { sizeBytes: 5 } }
export const fetching: Wish = { ...keyedLater, class: 'observe', label: 'untrusted/public' }

/** What a host is about to do, which waits for nothing. */
export const hosted: Wish = { action: 'files.write', resources: ['file:src/a.ts'], class: 'irreversible', host: true }

/** What people are asked about: a change that waits for the commit, and one that is wanted now. */
export const askingLater: Wish = { action: 'mail.ask', resources: ['mail:ops'], class: 'irreversible' }
export const askingNow: Wish = { ...askingLater, class: 'staged' }

/** A child that is lent a few reads and changes, and a share of the money. */
export const spawning: Wish = {
  action: 'agent.spawn',
  resources: ['agent:helper'],
  class: 'staged',
  spawn: {
    agent: { ...toldRequest.agent, name: 'helper', digest: digestOf('helper') },
    grants: [
      { actions: ['files.read'], resources: ['file:src/**'], class: 'observe', egress: [], uses: 2, sizeBytes: 1000 },
      {
        actions: ['http.request'],
        resources: ['url:https://example.org/a'],
        class: 'keyed',
        egress: ['https://example.org:443'],
        uses: 1,
        sizeBytes: 0,
      },
    ],
    ceilings: { steps: 10, cost: { moneyMicro: 1000 } },
  },
}

/** The one child that told runs start. */
export const toldChild: RunId = parseRunId('run_00000000child')

/** The end of a child that did one read and left one effect to be done at the commit. */
export function childEndOrder(history: RunHistory, outcome: 'merged' | 'aborted'): Order {
  const record = preparedFor(keyedLater)
  const inherited = {
    from: entryId(toldChild, 12),
    action: 'http.request',
    args: { value: null },
    request: requestOf(record),
    grant: history.run.children.get(toldChild)?.lent[1]?.grant ?? 1,
    prepared: record,
  }
  const isMerged = outcome === 'merged'
  return {
    type: 'EndChild',
    child: toldChild,
    outcome,
    ...(isMerged ? {} : { code: 'agent.failed' }),
    used: [
      { count: 1, cost: { sizeBytes: 100 } },
      { count: isMerged ? 1 : 0, cost: {} },
    ],
    spent: { moneyMicro: 300 },
    steps: 3,
    calls: 2,
    inherited: isMerged ? [inherited] : [],
  }
}

/** Tells a proposal. */
export function wish(history: RunHistory, asked: Wish, telling: Telling = {}): RunHistory {
  return tell(history, propose(history, asked), telling)
}

/** What was told last. */
export function lastEntry(history: RunHistory): IceEntry | undefined {
  return history.entries.at(-1)
}

/** `seq` of the proposal told last. */
export function lastProposal(history: RunHistory): number {
  return history.entries.findLast((entry) => entry.type === 'ActionProposed')?.seq ?? 0
}

export function succeed(action: number, more: object = {}): Order {
  return { type: 'SettleAction', action, settlement: { type: 'succeeded', result: { value: 'done' }, ...more } }
}

export function fail(action: number): Order {
  return {
    type: 'SettleAction',
    action,
    settlement: { type: 'failed', code: 'effect.failed', message: 'it broke', cost: { moneyMicro: 1 } },
  }
}

/** What a host says came of it. */
export const reported: Extract<Order, { type: 'SettleAction' }>['settlement'] = {
  type: 'succeeded',
  result: { value: 'it says so' },
  reported: true,
}

export function reportOn(action: number, settlement: typeof reported = reported): Order {
  return { type: 'SettleAction', action, settlement }
}

/** A host's report of something that it never asked about. */
export function reportOf(history: RunHistory, asked: Wish = hosted): Extract<Order, { type: 'ReportAction' }> {
  const { proposed, preparation } = propose(history, asked)
  return { type: 'ReportAction', proposed, preparation, code: 'host.unasked', detail: 'nobody was asked', settlement: reported }
}

/** What a host kept of an action. */
export function importing(history: RunHistory): Extract<Order, { type: 'ImportAction' }> {
  const { proposed } = propose(history, hosted)
  return { type: 'ImportAction', proposed: { ...proposed, statedAt: 1_700_000_000_000 } }
}

export function doubt(action: number): Order {
  return { type: 'SettleAction', action, settlement: { type: 'uncertain', code: 'effect.timeout', message: 'no answer' } }
}

export const provisioned: RunEvents['RunProvisioned'] = {
  policy: digestOf('policy'),
  catalog: digestOf('catalog'),
  runtime: '0.1.0',
  isolation: [{ primitive: 'openat2', available: true }],
}

export const abortOrder: Order = { type: 'AbortRun', code: 'run.aborted', by: 'sub_0000000golden', origin: 'operator' }
export const suspendOrder: Order = { type: 'SuspendRun', cause: 'operator', code: 'run.suspended', origin: 'operator' }
export const resumeOrder: Order = { type: 'ResumeRun', by: 'sub_0000000golden', origin: 'operator' }
export const endOrder: Order = { type: 'EndAgent', end: { type: 'completed', output: { value: 'told' } } }
export const passOrder: Order = { type: 'RecordValidation', checks: [{ name: 'output', passed: true }] }

export function commitOrder(changesCount = 0): Order {
  return { type: 'DecideCommit', changes: { value: [] }, changesCount, conflicts: [] }
}

/** A run whose agent is at work. */
export function executing(request: Partial<RunEvents['RunRequested']> = {}): RunHistory {
  return tellAll(
    emptyHistory(),
    { type: 'RequestRun', ...toldRequest, ...request },
    { type: 'StartProvisioning' },
    { type: 'CompleteProvisioning', ...provisioned },
    { type: 'LoadContext', items: [{ name: 'task', digest: digestOf('task'), sizeBytes: 4 }] },
  )
}

/** A run past its commit point, from one that executes. */
export function committing(history: RunHistory, changesCount = 0): RunHistory {
  return tellAll(history, endOrder, passOrder, commitOrder(changesCount))
}
