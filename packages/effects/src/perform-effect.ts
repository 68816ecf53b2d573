import { changesOutside, IceError, isAmount, labels } from '@ice-runtime/kernel'
import type { Cost, Json, PerformContext, PreparedAction, ProbeAnswer, Receipt } from '@ice-runtime/kernel'
import type { EffectContext, EffectDefinition, EffectReceipt } from './effect-definition.ts'
import { toJson } from './json-value.ts'
import { parsePrepared } from './prepare-effect.ts'

/**
 * Does a decided request and checks what came of it. When the signal aborts, it rejects at once, whether or not the author's
 * code listens. Rejects with `effect.uncertain` for whatever may have changed the outside, see `EffectDefinition.perform`.
 */
export function performEffect<Args, Result>(
  definition: EffectDefinition<Args, Result>,
  prepared: PreparedAction,
  context: PerformContext,
): Receipt | Promise<Receipt> {
  const args = parsePrepared(definition, prepared.args)
  assertNotStopped(prepared, context)
  const answer = begun(prepared, () => definition.perform(args, withFacts(prepared, context)))
  // What an author answers at once needs no watching, and most effects that stay inside do.
  if (!(answer instanceof Promise)) return checked(prepared, () => receiptOf(definition, answer))
  return guarded(prepared, context, async () => {
    const receipt = await answer
    return checked(prepared, () => receiptOf(definition, receipt))
  })
}

function assertNotStopped(prepared: PreparedAction, { signal }: PerformContext): void {
  if (signal.aborted) throw new IceError('effect.timeout', `${prepared.action} was stopped before it began`)
}

function begun<Answer>(prepared: PreparedAction, act: () => Answer): Answer {
  try {
    return act()
  } catch (error) {
    throw error instanceof IceError ? error : broke(prepared, error)
  }
}

function broke(prepared: PreparedAction, error: unknown): IceError {
  return afterwards(prepared, `${prepared.action} broke: ${error instanceof Error ? error.message : String(error)}`, error)
}

/** An answer that cannot be read is no answer: the effect stays uncertain. */
export async function probeEffect<Args, Result>(
  definition: EffectDefinition<Args, Result>,
  prepared: PreparedAction,
  context: PerformContext,
): Promise<ProbeAnswer> {
  if (definition.probe === undefined) return { found: 'unknown' }
  const answer = await definition.probe(parsePrepared(definition, prepared.args), withFacts(prepared, context))
  if (answer.found !== 'done') return { found: answer.found }
  return { found: 'done', receipt: checked(prepared, () => receiptOf(definition, answer.receipt)) }
}

/** Takes a performed effect back, under the same rules as performing one. */
export async function compensateEffect<Args, Result>(
  definition: EffectDefinition<Args, Result>,
  request: { readonly prepared: PreparedAction; readonly done: Receipt },
  context: PerformContext,
): Promise<Receipt> {
  const { prepared, done } = request
  const args = parsePrepared(definition, prepared.args)
  const receipt = { ...done, result: parseResult(definition, done.result) }
  return guarded(prepared, context, async () => {
    const reversal = await definition.compensate?.(args, receipt, withFacts(prepared, context))
    if (reversal === undefined) throw new IceError('effect.failed', `${definition.action} cannot be taken back`)
    return checked(prepared, () => receiptFrom(toJson(reversal.result), reversal))
  })
}

async function guarded(prepared: PreparedAction, context: PerformContext, act: () => Promise<Receipt>): Promise<Receipt> {
  const { signal } = context
  assertNotStopped(prepared, context)
  const stopped = Promise.withResolvers<never>()
  const stop = (): void => stopped.reject(interrupted(prepared))
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([act(), stopped.promise])
  } catch (error) {
    if (error instanceof IceError) throw error
    if (signal.aborted) throw interrupted(prepared, error)
    throw broke(prepared, error)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function interrupted(prepared: PreparedAction, cause?: unknown): IceError {
  const message = `${prepared.action} was stopped before it answered`
  return new IceError(changesOutside(prepared) ? 'effect.uncertain' : 'effect.timeout', message, { cause })
}

/** What went wrong once the effect may have happened. */
function afterwards(prepared: PreparedAction, message: string, cause: unknown): IceError {
  return new IceError(changesOutside(prepared) ? 'effect.uncertain' : 'effect.failed', message.toWellFormed(), { cause })
}

function checked(prepared: PreparedAction, read: () => Receipt): Receipt {
  try {
    return read()
  } catch (error) {
    throw afterwards(prepared, `${prepared.action} answered something else than it declares`, error)
  }
}

function receiptOf<Args, Result>(definition: EffectDefinition<Args, Result>, receipt: EffectReceipt<Result>): Receipt {
  return receiptFrom(toJson(definition.result === undefined ? receipt.result : definition.result.parse(receipt.result)), receipt)
}

function receiptFrom(result: Json, receipt: EffectReceipt<unknown>): Receipt {
  const { cost, label } = receipt
  if (label !== undefined && !labels.includes(label)) throw new Error('the label of the receipt is no label')
  return { result, ...(cost === undefined ? {} : { cost: checkedCost(cost) }), ...(label === undefined ? {} : { label }) }
}

function checkedCost(cost: Cost): Cost {
  for (const amount of Object.values(cost)) if (amount !== undefined && !isAmount(amount)) throw new Error('the cost is no amount')
  return cost
}

/** Without a result schema the result was any JSON when it was recorded, and is what the author declared it to be. */
function parseResult<Args, Result>(definition: EffectDefinition<Args, Result>, result: Json): Result {
  if (definition.result !== undefined) return definition.result.parse(result)
  return result as Result
}

function withFacts(prepared: PreparedAction, context: PerformContext): EffectContext {
  const secret =
    context.secret ?? ((name: string) => Promise.reject(new IceError('secret.unknown', `${prepared.action} is performed without ${name}`)))
  return { ...context, facts: prepared.facts, secret }
}
