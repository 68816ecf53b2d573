import { canonicalize, IceError, isTerminated } from '@ice-runtime/kernel'
import type {
  ApprovalAnswer,
  EntryId,
  GrantTerms,
  Json,
  Label,
  RunId,
  Seq,
  SignedAnswer,
  SubjectId,
  SuspensionCause,
  SystemOrder,
} from '@ice-runtime/kernel'
import { createAdmission } from './admission.ts'
import { createLiveRun } from './create-live-run.ts'
import { keptIdentity } from './kept-identity.ts'
import { newRun } from './load-run.ts'
import { foundRun, operate, quiet, record } from './order-runs.ts'
import { toRecorded } from './recorded.ts'
import { reconcile } from './reconciling.ts'
import type { Finding } from './reconciling.ts'
import { openHostRuns } from './host/host-runs.ts'
import type { HostRuns } from './host/host-runs.ts'
import { findUnfinished } from './recovery.ts'
import type { OperatorOrder, SetAside } from './recovery.ts'
import { assertEdit, describeAsked, editAsked } from './run/asked-request.ts'
import type { DescribedRequest, EditedDescription } from './run/asked-request.ts'
import { rejection, runOf, stopped } from './run/live-run.ts'
import type { LiveRun } from './run/live-run.ts'
import type { Order } from './run/order.ts'
import type { RunHandle } from './run-handle.ts'
import { defaultCeilings, defaultValidators } from './run-request.ts'
import type { RunRequest } from './run-request.ts'
import { createRuntimeParts } from './runtime-parts.ts'
import type { RuntimeParts, RuntimePartsOptions } from './runtime-parts.ts'
import { assertOpen, followStanding, takeUp } from './runs-at-work.ts'
import type { RunsAtWork } from './runs-at-work.ts'
import type { Standing } from './standing.ts'

export interface RecoveryReport {
  readonly resumed: readonly RunHandle[]
  readonly setAside: readonly SetAside[]
}

/** What is said, and of what: `from` is the run's label up to `entry`. */
export interface Declassification {
  readonly entry: EntryId
  readonly from: Label
  readonly to: Label
  readonly reason: string
  readonly by: SubjectId
}

/** One process at work on one log. */
export interface Runtime {
  /** Resolves when the request is durable: from then on the run survives. Throws `runtime.overloaded`, `runtime.closed`. */
  start(request: RunRequest): Promise<RunHandle>
  /** Goes on with every run the log has unfinished. Called once, before or after the first `start`. */
  recover(): Promise<RecoveryReport>
  /**
   * Orders to one run, durable on return. An unfinished run that is not at work here is taken up with the order as the first thing
   * recorded of it. Throws `run.not_found`, `run.ended`, `agent.not_found`, and `usage.invalid` for an order its phase does not take.
   */
  abort(run: RunId, why: { readonly by: string; readonly detail?: string }): Promise<RunHandle>
  suspend(run: RunId, why: { readonly by: string }): Promise<RunHandle>
  resume(run: RunId, why: { readonly by: string }): Promise<RunHandle>
  /**
   * Gives, denies or changes what people were asked for; `answer` is signed by its operator. An answer to a run that has ended is
   * recorded and changes nothing.
   */
  answer(run: RunId, answer: SignedAnswer & { readonly answer: ApprovalAnswer }): Promise<void>
  /** What a request that waits asks people for. Throws `usage.invalid` for one that waits for nobody. */
  describe(run: RunId, approval: Seq): Promise<DescribedRequest>
  /**
   * What it would be with other arguments, prepared as a proposal is: what an operator signs who answers with an edit. Throws
   * `usage.invalid` where its driver refuses them.
   */
  edit(run: RunId, approval: Seq, args: Json): Promise<EditedDescription>
  /** More or less authority for one run. */
  grant(run: RunId, grant: { readonly terms: GrantTerms; readonly by: SubjectId }): Promise<void>
  /** An operator's word that what a run has seen may be believed more, or seen by more. Throws `usage.invalid` when the label is another one by now. */
  declassify(run: RunId, word: Declassification): Promise<void>
  revoke(run: RunId, why: { readonly grant: EntryId; readonly reason: string }): Promise<void>
  /**
   * An order about what holds for all runs. Whatever is decided from the call on sees it; durable on return. Throws `usage.invalid`
   * for an order that is not taken.
   */
  order(order: SystemOrder): Promise<void>
  /** What holds for all runs now. */
  standing(): Standing
  /**
   * Answers for an uncertain action, of an ended run too: by its driver's probe, or as an operator says. Durable on return. Throws
   * `usage.invalid` for an action that is not uncertain, one this process cannot ask about, and a word without a reason.
   */
  reconcile(run: RunId, action: Seq, found: Finding | 'probe'): Promise<'done' | 'not_done' | 'unknown'>
  /** Programs that ask before they act: their sessions are runs too, which this process has only while it is asked. */
  readonly hosts: HostRuns
  /** Runs of this process that have not ended. */
  live(): readonly RunId[]
  /**
   * `finish` waits for them, but not for one that itself waits for somebody; `suspend` records them as suspended. Both end all intake,
   * flush, and leave the store to its owner.
   */
  close(how: 'finish' | 'suspend'): Promise<void>
}

export function createRuntime(options: RuntimePartsOptions): Runtime {
  const state = openRunsAtWork(options)
  const { parts } = state
  const asked = { blobs: parts.store.blobs, sha256: parts.sha256 }
  return {
    start: (request) => start(state, request),
    recover: () => recover(state),
    abort: (run, { by, detail }) =>
      operate(state, run, { type: 'AbortRun', code: 'run.aborted', by, origin: 'operator', ...(detail === undefined ? {} : { detail }) }),
    suspend: (run, { by }) => operate(state, run, suspension('operator', by)),
    resume: (run, { by }) => operate(state, run, { type: 'ResumeRun', by, origin: 'operator' }),
    answer: async (run, answer) => {
      await assertEdit(await foundRun(state, run), answer, asked)
      await record(state, run, { type: 'AnswerApproval', ...answer })
    },
    describe: async (run, approval) => describeAsked(await foundRun(state, run), approval, asked),
    edit: async (run, approval, args) => await editAsked(await foundRun(state, run), { approval, args: detached(args) }, asked),
    declassify: async (run, word) => await record(state, run, { type: 'Declassify', ...word }),
    grant: async (run, grant) => await record(state, run, { type: 'GrantCapability', ...grant }),
    revoke: async (run, why) => await record(state, run, { type: 'RevokeGrant', ...why }),
    order: async (order) => {
      assertOpen(state)
      await parts.standing.order(detached(order))
    },
    standing: () => parts.standing.now(),
    reconcile: async (run, action, found) => await reconcile(await foundRun(state, run), { action, found }, parts.store.blobs),
    hosts: openHostRuns(parts),
    live: () => [...state.live.keys()],
    close: (how) => close(state, how),
  }
}

function openRunsAtWork(options: RuntimePartsOptions): RunsAtWork {
  const parts = createRuntimeParts(options, {
    takeUp: (run) => void takeUp(state, run, { durable: Promise.resolve() }),
    onMoved: () => followStanding(state),
  })
  const state: RunsAtWork = {
    parts,
    admission: createAdmission(parts.limits),
    live: new Map(),
    closed: false,
    recovering: undefined,
    recording: Promise.resolve(),
  }
  return state
}

async function start(state: RunsAtWork, request: RunRequest): Promise<RunHandle> {
  const { parts } = state
  if (state.closed) throw new IceError('runtime.closed', 'the runtime takes no more runs')
  const world = parts.world(request.workspace)
  if (world === undefined) throw new IceError('usage.invalid', `no workspace ${String(request.workspace)} here`)
  const place = state.admission.ask()
  try {
    const run = createLiveRun(newRun(parts.ids.runId(), parts.context), { host: request.agent, world }, parts)
    const requested = run.writer.execute(requestOrder(request, parts), 'now')
    if (!requested.ok) throw rejection(requested.code, requested.detail)
    const handle = takeUp(state, run, { durable: requested.durable, place })
    await requested.durable
    return handle
  } catch (error) {
    place[Symbol.dispose]()
    throw error
  }
}

function requestOrder(request: RunRequest, parts: RuntimeParts): Order {
  const { agent, input, principal, grants, workspace, workspacePath, continues } = request
  return {
    type: 'RequestRun',
    principal,
    agent: keptIdentity(agent, parts),
    // Copies: whoever asks may use the objects again before the run reads them.
    input: toRecorded(detached(input), parts.store.blobs),
    grants: detached(grants),
    ceilings: detached({ ...defaultCeilings, ...request.ceilings }),
    validators: detached(request.validators ?? defaultValidators),
    seed: request.seed ?? parts.ids.seed(),
    ...(workspace === undefined ? {} : { workspace }),
    ...(workspacePath === undefined ? {} : { workspacePath }),
    ...(continues === undefined ? {} : { continues }),
  }
}

function detached<Value>(value: Value): Value {
  return JSON.parse(canonicalize(value as Json)) as Value
}

/** One at a time, and what else orders runs waits for it: two writers on one run would be each other's conflict. */
async function recover(state: RunsAtWork): Promise<RecoveryReport> {
  const recovering = takeUpUnfinished(state)
  state.recovering = recovering.catch(() => undefined)
  return await recovering
}

async function takeUpUnfinished(state: RunsAtWork): Promise<RecoveryReport> {
  await quiet(state)
  assertOpen(state)
  const { runs, setAside } = await findUnfinished(state)
  // Nothing was done in them yet: the next runtime finds them as they are.
  assertOpen(state)
  return { resumed: runs.map((run) => takeUp(state, run, { durable: Promise.resolve() })), setAside }
}

function suspension(cause: SuspensionCause, by: string): OperatorOrder {
  return { type: 'SuspendRun', cause, code: 'run.suspended', detail: `by ${by}`, origin: cause === 'operator' ? 'operator' : 'runtime' }
}

async function close(state: RunsAtWork, how: 'finish' | 'suspend'): Promise<void> {
  state.closed = true
  await quiet(state)
  const runs = [...state.live.values()]
  if (how === 'suspend') {
    for (const { run } of runs) {
      if (run.failure() === undefined) run.writer.execute(suspension('shutdown', 'runtime'), 'lazy')
      if (runOf(run).phase.name !== 'committing') run.stopping.abort(stopped)
    }
  }
  if (how === 'finish') for (const { run } of runs) void leaveWhenSuspended(run)
  await Promise.allSettled(runs.map(({ done }) => done))
  if (state.parts.store.healthy) await state.parts.flush()
}

/** A run that waits for a person would be waited for without end; the next runtime finds it as it is. */
async function leaveWhenSuspended(run: LiveRun): Promise<void> {
  while (!isTerminated(runOf(run)) && !run.stopping.signal.aborted) {
    if (runOf(run).phase.name === 'suspended') run.stopping.abort(stopped)
    else await run.moved()
  }
}
