import { actionKey, assert } from '@ice-runtime/kernel'
import type {
  BlobReader,
  Blobs,
  Driver,
  OpenAction,
  PerformContext,
  PreparedAction,
  PreparedRecord,
  ProbeAnswer,
  Settlement,
} from '@ice-runtime/kernel'
import { fromRecorded, toRecorded } from '../recorded.ts'
import { runOf, stagedSeen } from './live-run.ts'
import type { LiveRun } from './live-run.ts'

/** An action without an outcome, and what performs it. */
export interface Interrupted {
  readonly open: OpenAction
  readonly driver: Driver
}

/** The prepared action as it was decided, read back from the record. */
export function preparedOf(open: OpenAction, blobs: BlobReader): PreparedAction {
  assert('decided' in open.stage, 'what was prepared was decided')
  return preparedFrom(open, open.stage.decided.prepared, blobs)
}

/** The prepared action that a record of this action stands for. */
export function preparedFrom(open: OpenAction, { args, ...record }: PreparedRecord, blobs: BlobReader): PreparedAction {
  const prepared: PreparedAction = {
    action: open.name,
    facts: {},
    cost: {},
    ...record,
    args: fromRecorded(args ?? open.args, blobs),
  }
  return open.atOnce ? { ...prepared, atOnce: { reason: open.reason ?? '' } } : prepared
}

/** Whether an action found dispatched may be sent again: reading changes nothing, keyed changes repeat safely. */
export function repeatsSafely(prepared: PreparedAction): boolean {
  return prepared.class !== 'irreversible'
}

/**
 * What to record of an irreversible action that was dispatched before a crash: the truth if its driver can find out, else that
 * nobody knows. It is never sent again.
 */
export async function probedSettlement(live: LiveRun, found: Interrupted, blobs: Blobs): Promise<Settlement> {
  const answer = await probe(live, found, blobs)
  switch (answer.found) {
    case 'done': {
      const { result, cost, label } = answer.receipt
      return {
        type: 'succeeded',
        result: toRecorded(result, blobs),
        ...(cost === undefined ? {} : { cost }),
        ...(label === undefined ? {} : { label }),
      }
    }
    case 'not_done':
      return { type: 'failed', code: 'effect.not_done', message: 'a probe after the interruption found it not done' }
    default:
      return { type: 'uncertain', code: 'effect.uncertain', message: 'interrupted after it was dispatched' }
  }
}

/** Asks the driver; one that cannot be asked, or that breaks, has found nothing out. */
export async function probe(live: LiveRun, { open, driver }: Interrupted, blobs: Blobs): Promise<ProbeAnswer> {
  if (driver.probe === undefined) return { found: 'unknown' }
  const run = runOf(live)
  const context: PerformContext = {
    runId: run.id,
    key: actionKey(run, open),
    at: run.at,
    staged: stagedSeen(live),
    blobs,
    signal: live.stopping.signal,
  }
  try {
    return await driver.probe(preparedOf(open, blobs), context)
  } catch {
    return { found: 'unknown' }
  }
}
