import { sign } from 'node:crypto'
import { plainPrincipal, steppedTime } from '@ice-runtime/conformance'
import type { SteppedTime } from '@ice-runtime/conformance'
import { approvalStatement, entryId, parseRunId } from '@ice-runtime/kernel'
import type { IceEntry, PolicyEngine } from '@ice-runtime/kernel'
import { openCedarPolicy, policyBundle } from '@ice-runtime/policy'
import { createRuntime, readEntries } from '@ice-runtime/runtime'
import type { RunHandle, Runtime } from '@ice-runtime/runtime'
import { wide } from './authority-case.ts'
import type { Answer, AuthorityCase, Step } from './authority-case.ts'
import { eventLines } from './event-lines.ts'
import { openFixture, permissive, sha256, verifies } from './fixture.ts'
import type { Fixture } from './fixture.ts'
import { keepOperators } from './keep-operators.ts'
import { scriptedWorker } from './scripted-worker.ts'
import type { ScriptedWorker } from './scripted-worker.ts'

/** What a case came to. */
export interface CaseResult {
  readonly events: readonly string[]
  readonly effects: readonly string[]
}

const run = parseRunId('run_authoritycase')
const startMs = 1_000_000

/** A case under way. */
interface Stage {
  readonly fixture: Fixture
  readonly runtime: Runtime
  readonly time: SteppedTime
  readonly worker: ScriptedWorker
  readonly told: unknown[]
}

/** Runs a case through the whole runtime with real files, and says what was recorded and what happened. */
export async function runCase(told: AuthorityCase): Promise<CaseResult> {
  using fixture = openFixture()
  const time = steppedTime(startMs)
  const worker = scriptedWorker()
  await keepOperators(fixture.store, told.operators ?? [])
  const policy = policyOf(told, fixture)
  const runtime = openRuntime(fixture, { time, policy })
  const stage: Stage = { fixture, runtime, time, worker, told: [] }
  const handle = await begin(told, stage)
  for (const step of told.steps) await take(step, stage)
  await finish(handle, stage)
  const entries = readEntries(fixture.store.log, run)
  const read = fixture.readIn(JSON.stringify(stage.told)).map((name) => `read ${name}`)
  await fixture.store.close()
  return { events: eventLines(entries), effects: [...fixture.done, ...fixture.changed(), ...read] }
}

function policyOf({ policy = permissive }: AuthorityCase, { world }: Fixture): PolicyEngine {
  if (typeof policy !== 'string') return policy
  return openCedarPolicy({ bundle: policyBundle([{ name: 'case.cedar', text: policy }]), actions: world.catalog.list(), sha256 })
}

function openRuntime(fixture: Fixture, { time, policy }: { readonly time: SteppedTime; readonly policy: PolicyEngine }): Runtime {
  return createRuntime({
    store: fixture.store,
    sha256,
    verifies,
    clock: time,
    timers: time,
    ids: { runId: () => run, seed: () => 'seed' },
    policy: () => policy,
    agent: () => undefined,
    world: () => fixture.world,
    validators: [],
    isolation: [],
    runtimeName: 'authority 1',
  })
}

async function begin({ grants = [wide], ceilings, namespace }: AuthorityCase, stage: Stage): Promise<RunHandle> {
  const { runtime, worker, fixture } = stage
  const handle = await runtime.start({
    agent: worker.host,
    input: null,
    principal: { ...plainPrincipal, ...(namespace === undefined ? {} : { namespace }) },
    grants,
    workspace: fixture.workspace,
    validators: [],
    ...(ceilings === undefined ? {} : { ceilings }),
  })
  await worker.started
  await quiet(stage)
  return handle
}

async function take(step: Step, stage: Stage): Promise<void> {
  const { runtime, time, worker } = stage
  if ('propose' in step) return await told(stage, [worker.propose(step.propose)])
  if ('together' in step)
    return await told(
      stage,
      step.together.map((message) => worker.propose(message)),
    )
  if ('clock' in step) time.set(startMs + step.clock)
  else if ('revoke' in step) await runtime.revoke(run, { grant: entryId(run, grantSeq(stage, step.revoke)), reason: 'no longer' })
  else if ('order' in step) await runtime.order(step.order)
  else if ('end' in step) worker.end()
  else if ('suspend' in step) await runtime.suspend(run, { by: 'operator' })
  else if ('resume' in step) await runtime.resume(run, { by: 'operator' })
  else await answer(stage, step.answer)
  await quiet(stage)
}

/** Waits until the worker has been told, or nothing happens any more: some are never told. */
async function told(stage: Stage, outcomes: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of outcomes) void outcome.then((what) => stage.told.push(what))
  await Promise.race([Promise.all(outcomes), quiet(stage)])
  await quiet(stage)
}

/** Turns without a new entry after which a run is at rest. */
const restingTurns = 8

async function quiet({ fixture }: Stage): Promise<void> {
  for (let still = 0, last = -1; still < restingTurns;) {
    await new Promise((resolve) => setImmediate(resolve))
    await fixture.store.log.flush()
    const position = fixture.store.log.lastPosition()
    still = position === last ? still + 1 : 0
    last = position
  }
}

function entriesOf({ fixture }: Stage): readonly IceEntry[] {
  return readEntries(fixture.store.log, run)
}

function grantSeq(stage: Stage, index: number): number {
  return entriesOf(stage).filter(({ type }) => type === 'CapabilityGranted')[index]?.seq ?? 0
}

async function answer(stage: Stage, { request, by, says, forge = (signed) => signed }: Answer): Promise<void> {
  const asked = entriesOf(stage).filter((entry) => entry.type === 'ApprovalRequested')[request]
  if (asked === undefined) throw new Error(`there is no request ${request}`)
  const { binds } = asked.payload
  const text = approvalStatement({ run, approval: asked.seq, binds, by: by.subject }, says)
  const signature = sign(null, Buffer.from(text), by.key).toString('base64url')
  const signed = forge({ answer: says, approval: asked.seq, binds, by: by.subject, signature })
  // What is not taken is seen by what does not happen.
  await stage.runtime.answer(run, signed as never).catch(() => undefined)
}

/** A run that waits for somebody is left as it is; any other is ended. */
async function finish(handle: RunHandle, stage: Stage): Promise<void> {
  stage.worker.end()
  await quiet(stage)
  handle.done.catch(() => undefined)
  await stage.runtime.close('suspend')
}
