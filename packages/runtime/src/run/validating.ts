import type { Check, Conflict, ReadBase, StagedChange } from '@ice-runtime/kernel'
import { IceError } from '@ice-runtime/kernel'
import { fromRecorded, toRecorded } from '../recorded.ts'
import type { ValidationContext, Validator } from '../options.ts'
import type { RuntimeParts } from '../runtime-parts.ts'
import { executeDurably, runOf, stopped } from './live-run.ts'
import type { LiveRun } from './live-run.ts'
import type { Order } from './order.ts'

/** Held from before the last look at the bases until the commit is through. */
export type WorkspaceLock = AsyncDisposable

/** For a run that changes no files. */
export const noLock: WorkspaceLock = { [Symbol.asyncDispose]: async () => undefined }

/**
 * Judges the staged whole, unless the record says it has been judged. A run that is stopped waits for no validator; one that answers
 * at once is not watched.
 */
export async function validate(live: LiveRun, parts: RuntimeParts): Promise<void> {
  if (runOf(live).validated > 0) return
  const stop = new AbortController()
  const names = runOf(live).spec?.validators ?? []
  const checking = checkAll(
    { names, validators: parts.validators, context: { ...validationContext(live, parts), signal: stop.signal } },
    [],
  )
  const checks = checking instanceof Promise ? await Promise.race([untilStopped(live).then(() => stop.abort(stopped)), checking]) : checking
  if (checks !== undefined) live.writer.execute({ type: 'RecordValidation', checks }, 'lazy')
}

/** Resolves when the run is not to be judged any more; being suspended leaves a validator at work. */
async function untilStopped(live: LiveRun): Promise<void> {
  const isJudged = (): boolean => ['validating', 'suspended'].includes(runOf(live).phase.name) && runOf(live).validated === 0
  while (isJudged() && !live.stopping.signal.aborted && live.failure() === undefined) await live.moved()
}

interface Judging {
  readonly names: readonly string[]
  readonly validators: RuntimeParts['validators']
  readonly context: ValidationContext
}

/** Asks the validators that `before` has no word of, one after another. */
function checkAll(judging: Judging, before: readonly Check[]): readonly Check[] | Promise<readonly Check[]> {
  const { names, validators, context } = judging
  const checks = [...before]
  for (const name of names.slice(checks.length)) {
    if (context.signal.aborted) return checks
    const check = checkWith(validators.get(name), name, context)
    if (check instanceof Promise) return check.then((late) => checkAll(judging, [...checks, late]))
    checks.push(check)
  }
  return checks
}

function checkWith(validator: Validator | undefined, name: string, context: ValidationContext): Check | Promise<Check> {
  if (validator === undefined) return { name, passed: false, detail: 'this process does not have the validator' }
  try {
    const verdict = validator.check(context)
    return verdict instanceof Promise
      ? verdict.then(
          (late) => checkOf(name, late),
          (error: unknown) => brokenCheck(name, error),
        )
      : checkOf(name, verdict)
  } catch (error) {
    return brokenCheck(name, error)
  }
}

function checkOf(name: string, { passed, detail }: Omit<Check, 'name'>): Check {
  return { name, passed, ...(detail === undefined ? {} : { detail: shortened(detail) }) }
}

function brokenCheck(name: string, error: unknown): Check {
  return { name, passed: false, detail: shortened(`the validator failed: ${error instanceof Error ? error.message : String(error)}`) }
}

function validationContext(live: LiveRun, parts: RuntimeParts): Omit<ValidationContext, 'signal'> {
  const { id, staged, output } = runOf(live)
  const { blobs } = parts.store
  return {
    runId: id,
    staged,
    output: output === undefined ? null : fromRecorded(output, blobs),
    outputSchema: live.host.outputSchema,
    blobs,
  }
}

const maxDetailChars = 2000

function shortened(detail: string): string {
  return detail.slice(0, maxDetailChars).toWellFormed()
}

/**
 * Takes the workspace, looks at every base once more and asks for the commit. The decision is durable on return; what it was is
 * the phase: `committing`, or `aborting` with the reason. The lock is the caller's to release.
 */
export async function decideCommit(live: LiveRun, parts: RuntimeParts): Promise<WorkspaceLock> {
  const run = runOf(live)
  const changes = run.staged.entries().map(([, change]) => change)
  const reads = run.reads.entries().map(([, read]) => read)
  const { workspace } = live.world
  if (workspace === undefined) {
    const homeless = { type: 'AbortRun', code: 'workspace.missing', by: 'runtime', origin: 'runtime' } as const
    if (changes.length > 0) await executeDurably(live, homeless)
    else await decide(live, commitOrder([], [], parts))
    return noLock
  }
  let lock: WorkspaceLock = noLock
  try {
    lock = changes.length === 0 ? noLock : await workspace.lock()
    const conflicts = await workspace.recheck(changes, readsOnly(reads, changes))
    await decide(live, commitOrder(conflicts, workspace.plan(changes), parts))
    if (runOf(live).phase.name === 'committing') return lock
    // Aborted or held: others may commit.
    await lock[Symbol.asyncDispose]()
    return noLock
  } catch (error) {
    await lock[Symbol.asyncDispose]()
    if (!(error instanceof IceError) || error.code.startsWith('store.')) throw error
    await executeDurably(live, { type: 'AbortRun', code: error.code, detail: error.message, by: 'runtime', origin: 'runtime' })
    return noLock
  }
}

/** The commit point is durable before anything is done for it. A run with nothing to apply and nothing to send waits for its end alone. */
async function decide(live: LiveRun, order: Extract<Order, { type: 'DecideCommit' }>): Promise<void> {
  const waits = order.changesCount > 0 || runOf(live).deferred.length > 0
  if (waits) await executeDurably(live, order)
  else live.writer.execute(order, 'lazy')
}

/** Counts what is applied: a file that was written as it stood is no change, and nothing would ever answer for it. */
function commitOrder(
  conflicts: readonly Conflict[],
  plan: readonly StagedChange[],
  parts: RuntimeParts,
): Extract<Order, { type: 'DecideCommit' }> {
  const paths = toRecorded(
    plan.map(({ path }) => path),
    parts.store.blobs,
  )
  return { type: 'DecideCommit', changes: paths, changesCount: plan.length, conflicts }
}

/** A path that was changed is judged by its change's base. */
function readsOnly(reads: readonly ReadBase[], changes: readonly StagedChange[]): readonly ReadBase[] {
  const changed = new Set(changes.map(({ path }) => path))
  return reads.filter(({ path }) => !changed.has(path))
}
