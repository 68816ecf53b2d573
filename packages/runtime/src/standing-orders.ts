import { decideSystem, IceError, recordSystem, sameBytes, systemStream, unreachable } from '@ice-runtime/kernel'
import type { LogReader, LogWriter, PolicyEngine, Proofs, SealContext, SystemOrder, SystemTip } from '@ice-runtime/kernel'
import type { Clock } from './options.ts'
import type { Holding } from './run/held-entries.ts'
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
  /** Takes in what others have written to the stream. */
  reload(): void
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
  const { log, holding, clock, context, proofs } = parts
  const first = loadSystem(log, context)
  let standing = standingOf(first, parts.policy(first.system), proofs)

  const move = (tip: SystemTip): void => {
    standing = standingOf(tip, policyAfter(standing, tip, parts.policy), proofs)
    parts.onMoved(standing)
  }
  const reload = (): void => {
    const tip = loadSystem(log, context)
    if (!sameBytes(tip.head.hash, standing.head.hash)) move(tip)
  }
  const attempt = async (order: SystemOrder): Promise<boolean> => {
    const { system, head } = standing
    const at = Math.max(clock.now(), head.at)
    const decision = decideSystem({ ...order, at }, system)
    if (!decision.ok) throw new IceError('usage.invalid', `${decision.code}: ${decision.detail}`)
    const recording = recordSystem({ system, head }, { event: decision.event, at }, context)
    const expects = [{ stream: systemStream, seq: head.seq, hash: head.hash }] as const
    // What was decided under the standing that this order ends goes before it.
    holding.releaseAll()
    const appending = log.append({ expects, entries: [recording.appending], urgency: 'now' })
    // At once and not when it is durable: whatever is decided meanwhile is queued behind it.
    move(recording.tip)
    const appended = await appending
    switch (appended.outcome) {
      case 'appended':
        return true
      case 'conflict':
        reload()
        return false
      case 'unknown':
        throw new IceError('store.unknown', 'the log broke while the order was in flight', { cause: appended.cause })
      default:
        return unreachable(appended)
    }
  }
  return {
    now: () => standing,
    order: async (order) => {
      for (let count = 0; count < maxAttempts; count += 1) if (await attempt(order)) return
      throw new IceError('store.conflict', `others wrote to the ${systemStream} stream ${maxAttempts} times in a row`)
    },
    reload,
  }
}

function policyAfter(before: Standing, { system }: SystemTip, policy: PolicyInForce): PolicyEngine {
  return system.policy === before.system.policy ? before.policy : policy(system)
}
