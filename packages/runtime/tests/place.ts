import { hash } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { functionAgent } from '@ice-runtime/agents'
import type { AgentContext } from '@ice-runtime/agents'
import {
  addOperators,
  askingPolicy,
  countedIds,
  cutStore,
  plainGrant,
  plainPrincipal,
  signedAnswer,
  steppedTime,
  verifies,
} from '@ice-runtime/conformance'
import type { Asks, SteppedTime, ToldOperator } from '@ice-runtime/conformance'
import { createCatalog, fileDrivers, ledgerDrivers, openWorkspace, readLedger, spawnDriver, timeDriver } from '@ice-runtime/effects'
import type { LedgerRecord } from '@ice-runtime/effects'
import { openRoot } from '@ice-runtime/isolation'
import { builtinPolicy, parseLogId, views } from '@ice-runtime/kernel'
import type {
  AgentHost,
  AppendRequest,
  ApprovalAnswer,
  PolicyEngine,
  Driver,
  GrantTerms,
  IceEntry,
  Json,
  RunId,
  Secrets,
  Sha256,
  Store,
  Workspace,
} from '@ice-runtime/kernel'
import {
  boundsValidator,
  createRuntime,
  outputValidator,
  readEntries,
  replayRun,
  secretsValidator,
  verifyStore,
} from '@ice-runtime/runtime'
import type { Limits, PolicyInForce, RunHandle, RunRequest, Runtime, Validator } from '@ice-runtime/runtime'
import { openSqliteStore } from '@ice-runtime/stores/sqlite'

export const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer')

/** What one process has: a runtime over the directories of a place. */
export interface Process {
  readonly runtime: Runtime
  readonly store: Store
  readonly time: SteppedTime
  readonly workspace: string
  /** Starts a run of an agent with the plain grant. */
  start(agent: AgentHost, more?: Partial<RunRequest>): Promise<RunHandle>
  /** Takes the workspace, as a commit does. */
  lock(): Promise<AsyncDisposable>
  entries(run: RunId): readonly IceEntry[]
  types(run: RunId): readonly string[]
  /** Resolves when the runtime was cut off from its store. */
  readonly cut: Promise<void>
  /** Ends the process as a kill does: the runtime is left where it stands, the store is free for the next one. */
  die(): Promise<void>
}

export interface ProcessOptions {
  readonly agents?: readonly AgentHost[]
  readonly drivers?: readonly Driver[]
  readonly validators?: readonly Validator[]
  readonly limits?: Partial<Limits>
  readonly time?: SteppedTime
  /** Cuts the runtime off from its store at a request. */
  readonly cutAt?: (request: AppendRequest, index: number) => boolean
  /** What may happen at once, by the built-in policy. */
  readonly atOnce?: readonly string[]
  /** Who must agree to what. */
  readonly asks?: Asks
  /** Names the policy: another name is another policy. */
  readonly policyName?: string
  readonly secrets?: Secrets
  readonly onAgentLog?: (text: string) => void
  /** Another policy than the built-in one. */
  readonly policy?: PolicyInForce
  /** Puts something between the runtime and the directory. */
  readonly around?: (workspace: Workspace) => Workspace
}

/** Directories of one test: a log, a workspace, and a ledger that stands for the outside. */
export interface Place extends AsyncDisposable {
  readonly files: string
  open(options?: ProcessOptions): Process
  ledger(): readonly LedgerRecord[]
  write(path: string, text: string): void
  read(path: string): string | undefined
  /** Every name in the workspace. */
  names(): readonly string[]
}

const logId = parseLogId('log_runtimetests')
/** What may happen at once in tests that say nothing else. */
const toldAtOnce = ['ledger.transfer', 'ledger.wire', 'ledger.post', 'test.send']

/** What an allowance stands for here: files below the pattern it is. */
export const lentFiles: GrantTerms = { actions: ['files.*'], resources: ['file:**'], class: 'staged', egress: [] }

export function newPlace(): Place {
  const top = fs.mkdtempSync(join(tmpdir(), 'ice-runtime-'))
  const files = join(top, 'files')
  fs.mkdirSync(files)
  const opened: Process[] = []
  let processCount = 0
  return {
    files,
    open: (options = {}) => {
      processCount += 1
      const process = openProcess(top, { ...options, name: `p${processCount}x` })
      opened.push(process)
      return process
    },
    ledger: () => readLedger(join(top, 'ledger')),
    write: (path, text) => fs.writeFileSync(join(files, path), text),
    read: (path) => (fs.existsSync(join(files, path)) ? fs.readFileSync(join(files, path), 'utf8') : undefined),
    names: () => fs.readdirSync(files, { recursive: true }).map(String).sort(),
    [Symbol.asyncDispose]: async () => {
      for (const process of opened) await process.die()
      fs.rmSync(top, { recursive: true })
    },
  }
}

function openProcess(top: string, options: ProcessOptions & { readonly name: string }): Process {
  const { time = steppedTime(), cutAt = () => false } = options
  const disk = openSqliteStore({ directory: join(top, 'data'), logId, sha256, views, lingerMs: 1 })
  const { store, cut } = cutStore(disk, cutAt)
  const root = openRoot(join(top, 'files'))
  const held: Held = { locks: new Set(), calls: new Set(), isDead: false }
  void cut.then(() => {
    held.isDead = true
  })
  const workspace = (options.around ?? same)(mortal(held, openWorkspace({ root, blobs: disk.blobs })))
  const agents = new Map((options.agents ?? []).map((agent) => [agent.identity.digest, agent]))
  const spawning = spawnDriver({
    agent: (name) => agents.values().find(({ identity }) => identity.name === name)?.identity,
    terms: (allow) => ({ ...lentFiles, resources: [allow] }),
  })
  const drivers = [
    ...fileDrivers({ root }),
    ...ledgerDrivers({ directory: join(top, 'ledger') }),
    timeDriver(),
    spawning,
    ...(options.drivers ?? []),
  ]
  const catalog = createCatalog(drivers, sha256)
  const runtime = createRuntime({
    store,
    sha256,
    verifies,
    clock: time,
    timers: time,
    ids: countedIds(options.name),
    policy: options.policy ?? (() => policyOf(options)),
    agent: (identity) => agents.get(identity.digest),
    world: (identity) => (identity === undefined ? { catalog, workspace: undefined } : { catalog, workspace }),
    validators: [outputValidator(), boundsValidator(), secretsValidator(), ...(options.validators ?? [])],
    isolation: [],
    runtimeName: 'test 1',
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
    onAgentLog: (_run, _level, text) => options.onAgentLog?.(text),
  })
  let isAlive = true
  const entries = (run: RunId): readonly IceEntry[] => readEntries(disk.log, run)
  return {
    runtime,
    store,
    time,
    workspace: workspace.identity,
    lock: () => workspace.lock(),
    start: async (agent, more = {}) => {
      agents.set(agent.identity.digest, agent)
      return await runtime.start({
        agent,
        input: null,
        principal: plainPrincipal,
        grants: [plainGrant],
        workspace: workspace.identity,
        ...more,
      })
    },
    entries,
    cut,
    types: (run) => entries(run).map(({ type }) => type),
    die: async () => {
      if (!isAlive) return
      isAlive = false
      // The system takes back what a dead process had locked.
      held.isDead = true
      await Promise.allSettled(held.calls)
      for (const lock of held.locks) await lock[Symbol.asyncDispose]()
      if (disk.healthy) await disk.close()
      // The root stays open: what is left of the runtime may still use its descriptor, which must not become another file's.
    },
  }
}

function policyOf({ asks, atOnce = toldAtOnce, policyName = 'asking' }: ProcessOptions): PolicyEngine {
  const policy = builtinPolicy(sha256, atOnce)
  return asks === undefined ? policy : askingPolicy(policy, asks, { name: policyName, sha256 })
}

/** Tells a log whose operators there are, before any process works on it. */
export async function withOperators(place: Place, ...operators: readonly ToldOperator[]): Promise<void> {
  const before = place.open()
  await addOperators(before.store, operators, sha256)
  await before.die()
}

/** The questions that a run's log asks, in order. */
export function questions(process: Process, run: RunId): readonly Extract<IceEntry, { type: 'ApprovalRequested' }>[] {
  return process.entries(run).filter((entry) => entry.type === 'ApprovalRequested')
}

/** Has operators answer a run's question, the last one when no other is named. */
export async function answer(
  process: Process,
  run: RunId,
  said: { readonly by: ToldOperator; readonly answer: ApprovalAnswer; readonly nth?: number },
): Promise<void> {
  const asked = questions(process, run).at(said.nth ?? -1)
  if (asked === undefined) throw new Error(`${run} asks nobody`)
  await process.runtime.answer(run, signedAnswer(said.by, { run, approval: asked.seq, binds: asked.payload.binds }, said.answer))
}

/** What a process holds of a workspace: its locks, and the calls it has under way. */
interface Held {
  readonly locks: Set<AsyncDisposable>
  readonly calls: Set<Promise<unknown>>
  isDead: boolean
}

/** A workspace that stands still once its process is dead, as the files do for a killed one. */
function mortal(held: Held, workspace: Workspace): Workspace {
  const alive =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>): ((...args: Args) => Promise<Result>) =>
    async (...args) => {
      if (held.isDead) return await new Promise(() => undefined)
      const calling = call(...args)
      held.calls.add(calling)
      return await calling.finally(() => held.calls.delete(calling))
    }
  return {
    ...workspace,
    apply: alive(workspace.apply),
    undo: alive(workspace.undo),
    discard: alive(workspace.discard),
    lock: alive(async () => {
      const lock = await workspace.lock()
      held.locks.add(lock)
      return {
        [Symbol.asyncDispose]: async () => {
          if (held.locks.delete(lock)) await lock[Symbol.asyncDispose]()
        },
      }
    }),
  }
}

function same(workspace: Workspace): Workspace {
  return workspace
}

/** An agent that is a function of this process. */
export function agentOf(run: (context: AgentContext, input: Json) => unknown, name = 'tester', output?: Json): AgentHost {
  return functionAgent({
    name,
    version: '1',
    requests: [],
    run: (input: Json, context) => run(context, input),
    ...(output === undefined ? {} : { output }),
  })
}

/** What must hold of any log when nothing is at work on it: it verifies, and what a run decided it decides again. */
export async function findings(process: Process, agents: readonly AgentHost[] = []): Promise<readonly string[]> {
  const report = verifyStore(process.store, sha256)
  const listed = [...report.problems, ...report.violations, ...report.blobs, ...report.store].map((problem) => JSON.stringify(problem))
  for (const stream of process.store.log.streams({ limit: 1000 })) {
    if (stream === 'system') continue
    const requested = process.entries(stream)[0]
    const host =
      requested?.type === 'RunRequested' ? agents.find(({ identity }) => identity.digest === requested.payload.agent.digest) : undefined
    const replay = await replayRun(process.store, stream, { sha256, verifies, host })
    if (!replay.identical) listed.push(JSON.stringify({ stream, decisions: replay.decisions, agent: replay.agent, state: replay.state }))
  }
  return listed
}

/** Resolves when the log has an entry of this type for the run, or so many. */
export async function until(process: Process, run: RunId, type: string, count = 1): Promise<void> {
  for await (const page of process.store.log.follow(1, AbortSignal.timeout(10_000))) {
    if (!page.some(({ stream }) => stream === run)) continue
    if (process.types(run).filter((each) => each === type).length >= count) return
  }
  throw new Error(`no ${type}: ${process.types(run).join(' ')}`)
}
