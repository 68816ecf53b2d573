import { changesOutside, IceError, isAmount, labels } from '@ice-runtime/kernel'
import type { Blobs, Cost, Driver, PerformContext, PreparedAction, Receipt, Settlement } from '@ice-runtime/kernel'
import type { Timers } from '../options.ts'
import { toRecorded } from '../recorded.ts'

export interface PerformParts {
  readonly timers: Timers
  readonly graceMs: number
  readonly blobs: Blobs
}

/** An action with what performs it. */
export interface ReadyAction {
  readonly driver: Driver
  readonly prepared: PreparedAction
}

/** What came of performing: the receipt for the agent, the settlement for the log. */
export interface Performed {
  readonly settlement: Settlement
  readonly receipt: Receipt | undefined
}

/** Longest text of a failure that is kept: enough to find the cause. */
const maxMessageChars = 1024

/**
 * Performs once. Never rejects: every way it can end is a settlement. What answers at once costs no timer; everything else has the
 * driver's deadline, and ends when the run is stopped.
 */
export function performOnce(action: ReadyAction, context: PerformContext, parts: PerformParts): Performed | Promise<Performed> {
  const { driver, prepared } = action
  if (context.signal.aborted) {
    return {
      receipt: undefined,
      settlement: { type: 'failed', code: 'effect.not_done', message: 'the run was stopped before it was done' },
    }
  }
  const stop = new AbortController()
  try {
    const performing = driver.perform(prepared, { ...context, signal: stop.signal })
    if (!(performing instanceof Promise)) return settledOrBroken(performing, prepared, parts.blobs)
    return untilStopped({ performing, stop, deadlineMs: driver.deadlineMs }, context.signal, parts).then(
      (receipt) => settledOrBroken(receipt, prepared, parts.blobs),
      (error: unknown) => broken(error, prepared),
    )
  } catch (error) {
    return broken(error, prepared)
  }
}

interface Performing {
  readonly performing: Promise<Receipt>
  readonly stop: AbortController
  readonly deadlineMs: number
}

async function untilStopped({ performing, stop, deadlineMs }: Performing, run: AbortSignal, parts: PerformParts): Promise<Receipt> {
  const stopWithRun = (): void => stop.abort(run.reason)
  run.addEventListener('abort', stopWithRun, { once: true })
  using _deadline = parts.timers.after(deadlineMs, () => {
    stop.abort(new IceError('effect.timeout', `it took longer than ${deadlineMs} ms`))
  })
  try {
    return await Promise.race([performing, graceAfter(stop.signal, parts)])
  } finally {
    run.removeEventListener('abort', stopWithRun)
  }
}

/** Rejects when the signal has been aborted for longer than a driver is waited for: whether it happened is then unknown. */
function graceAfter(signal: AbortSignal, parts: PerformParts): Promise<never> {
  return new Promise((_resolve, reject) => {
    const begin = (): void => {
      parts.timers.after(parts.graceMs, () => reject(new IceError('effect.uncertain', 'the driver did not stop when told to')))
    }
    if (signal.aborted) begin()
    else signal.addEventListener('abort', begin, { once: true })
  })
}

/** A driver that answered has acted: an answer no record can hold is no proof that it has not. */
function settledOrBroken(receipt: Receipt, prepared: PreparedAction, blobs: Blobs): Performed {
  try {
    assertRecordable(receipt, prepared)
    return settled(receipt, blobs)
  } catch (error) {
    return broken(new Error(messageOf(error), { cause: error }), prepared)
  }
}

/** Throws `json.malformed` for a result no entry can hold, `effect.failed` for a cost that is no amount. */
function settled(receipt: Receipt, blobs: Blobs): Performed {
  const { cost, label, changes, reads } = receipt
  if (cost !== undefined) checkCost(cost)
  return {
    receipt,
    settlement: {
      type: 'succeeded',
      result: toRecorded(receipt.result, blobs),
      ...(cost === undefined ? {} : { cost }),
      ...(label === undefined ? {} : { label }),
      ...(changes === undefined || changes.length === 0 ? {} : { changes }),
      ...(reads === undefined || reads.length === 0 ? {} : { reads }),
    },
  }
}

/** What the record would refuse later is found out here, where the answer is still known to be one. */
function assertRecordable({ changes = [], label }: Receipt, prepared: PreparedAction): void {
  if (changes.length > 0 && prepared.class !== 'staged')
    throw new Error('the driver reported staged changes of an action that is not staged')
  if (label !== undefined && !labels.includes(label)) throw new Error('the driver reported a label that is none')
}

/** What is recorded of a settlement that no entry holds: only a change of the outside may have happened all the same. */
export function unrecordable(prepared: Pick<PreparedAction, 'class'>, error: IceError): Settlement {
  return { type: changesOutside(prepared) ? 'uncertain' : 'failed', code: 'limit.exceeded', message: messageOf(error) }
}

/** What comes from drivers may be too large for an entry, or of a shape that none has. */
export function isUnrecordable(error: unknown): error is IceError {
  return error instanceof IceError && (error.code === 'limit.exceeded' || error.code === 'taxonomy.mismatch')
}

function checkCost(cost: Cost): void {
  for (const amount of Object.values(cost)) {
    if (amount !== undefined && !isAmount(amount)) throw new IceError('effect.failed', 'the driver reported a cost that is no amount')
  }
}

/**
 * Reading changes nothing, so a read that broke has failed. For what changes the outside, only a driver's own word, given as an
 * `IceError` other than a timeout, proves that it did not happen.
 */
function broken(error: unknown, prepared: PreparedAction): Performed {
  const known = error instanceof IceError
  const code = known ? error.code : 'effect.failed'
  const proof = known && code !== 'effect.uncertain' && code !== 'effect.timeout'
  const type = changesOutside(prepared) && !proof ? 'uncertain' : 'failed'
  return { receipt: undefined, settlement: { type, code, message: messageOf(error) } }
}

/**
 * What came of sending a change again. That the repeated attempt did not happen says nothing of the one before it, whose answer was
 * lost: the change stays uncertain.
 */
export function settledAgain({ settlement, receipt }: Performed, prepared: PreparedAction): Performed {
  if (settlement.type !== 'failed' || !changesOutside(prepared)) return { settlement, receipt }
  const { code, message } = settlement
  return { receipt, settlement: { type: 'uncertain', code, message } }
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.slice(0, maxMessageChars).toWellFormed()
}
