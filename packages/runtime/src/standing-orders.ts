import { decideSystem, IceError, recordSystem, sameBytes, systemStream } from '@ice-runtime/kernel'
import type { AppendOutcome, LogReader, LogWriter, PolicyEngine, Proofs, SealContext, SystemOrder, SystemTip } from '@ice-runtime/kernel'
import type { Clock } from './options.ts'
import type { Holding } from './run/holding.ts'
import { loadSystem, standingOf } from './standing.ts'
import type { PolicyInForce, Standing } from './standing.ts'

/** The one way standing authority changes in this process, and where every decision looks it up. */
export interface StandingOrders {
  now(): Standing
  /**
   * Decides, seals and appends. What is decided from the call on sees it; durable when the promise resolves.
   * Throws `usage.invalid` for an order that is not taken, `store.conflict` after too many others, `store.unknown`, `store.closed`.
   */
  order(order: SystemOrder): Promise<void>
  /** Takes in what others have written to the stream; false when that is nothing. */
  reload(): boolean
}

export interface StandingParts {
  readonly log: LogReader & LogWriter
  readonly holding: Holding
  readonly clock: Clock
  readonly context: SealContext
  readonly proofs: Proofs
  readonly policy: PolicyInForce
  /** Called after each change, before anything is decided under it. */
  readonly onMoved: (standing: Standing) => void
}

/** Times an order is decided again because another writer was first: each time somebody else got through. */
const maxAttempts = 16

export function openStandingOrders(parts: StandingParts): StandingOrders {
  const { log, holding, context, proofs } = parts
  const first = loadSystem(log, context)
  let standing = standingOf(first, parts.policy(first.system), proofs)
  let underWay = 0

  const move = (tip: SystemTip): void => {
    standing = standingOf(tip, policyAfter(standing, tip, parts.policy), proofs)
    parts.onMoved(standing)
  }
  const reload = (): boolean => {
    if (sameBytes(log.head(systemStream).hash, standing.head.hash)) return false
    move(loadSystem(log, context))
    return true
  }
  const append = async (recording: ReturnType<typeof recordSystem>): Promise<AppendOutcome> => {
    const { seq, hash } = standing.head
    underWay += 1
    // What was decided under the standing that this order ends goes before it.
    holding.releaseAll()
    const appending = log.append({ expects: [{ stream: systemStream, seq, hash }], entries: [recording.appending], urgency: 'now' })
    // At once and not when it is durable: whatever is decided meanwhile is queued behind it.
    move(recording.tip)
    return await appending.finally(() => {
      underWay -= 1
    })
  }
  return {
    now: () => standing,
    order: async (order) => {
      for (let count = 0; count < maxAttempts; count += 1) {
        const recording = decideOn(standing, order, parts)
        if ('rejected' in recording) {
          // Refused over what others have changed since is not refused; what of ours is on its way is not in the log yet.
          if (underWay > 0 || !reload()) throw recording.rejected
          continue
        }
        const appended = await append(recording)
        if (appended.outcome === 'appended') return
        if (appended.outcome === 'unknown') throw unknownFate(appended.cause)
        reload()
      }
      throw new IceError('store.conflict', `others wrote to the ${systemStream} stream ${maxAttempts} times in a row`)
    },
    reload,
  }
}

function decideOn(
  { system, head }: Standing,
  order: SystemOrder,
  { clock, context }: StandingParts,
): ReturnType<typeof recordSystem> | { readonly rejected: IceError } {
  const at = Math.max(clock.now(), head.at)
  const decision = decideSystem({ ...order, at }, system)
  if (!decision.ok) return { rejected: new IceError('usage.invalid', `${decision.code}: ${decision.detail}`) }
  return recordSystem({ system, head }, { event: decision.event, at }, context)
}

function unknownFate(cause: unknown): IceError {
  return new IceError('store.unknown', 'the log broke while the order was in flight', { cause })
}

function policyAfter(before: Standing, { system }: SystemTip, policy: PolicyInForce): PolicyEngine {
  return system.policy === before.system.policy ? before.policy : policy(system)
}
