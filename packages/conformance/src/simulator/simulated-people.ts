import { approvalLifeMs, openApprovals, parseDigest, parseRunId } from '@ice-runtime/kernel'
import type { ApprovalAnswer, ApprovalSummary, Store } from '@ice-runtime/kernel'
import type { Runtime } from '@ice-runtime/runtime'
import { signedAnswer } from '../kernel/told-answer.ts'
import { ada, bea } from '../kernel/told-operators.ts'
import type { ToldOperator } from '../kernel/told-operators.ts'
import type { Asks } from '../runtime/asking-policy.ts'
import { agreedBy } from '../runtime/asking-policy.ts'
import type { SteppedTime } from '../runtime/stepped-time.ts'
import type { Seeded } from './seeded.ts'

/** One person for what is published, two for what is paid. */
export const simulatedAsks: Asks = ({ action }) => {
  if (action === 'sim.publish') return agreedBy(1)
  return action === 'sim.pay' ? agreedBy(2) : undefined
}

export const simulatedOperators: readonly ToldOperator[] = [ada, bea]

interface PeopleParts {
  readonly chance: Seeded
  readonly time: SteppedTime
}

/** Operators who come by now and then: they agree, deny, change, answer twice, contradict one another, or let it lie until it expires. */
export async function comeBy({ chance, time }: PeopleParts, runtime: Runtime, store: Store): Promise<void> {
  if (!store.healthy || !chance.chance(15)) return
  const open = [...openApprovals(store.views)]
  if (open.length > 0 && chance.chance(2)) return time.advance(approvalLifeMs)
  for (const asked of open) {
    if (!chance.chance(60)) continue
    try {
      await answer(asked, chance, runtime)
    } catch {
      // It was answered, expired or ended meanwhile, is not one person's to change, or the store broke: looked at again another time.
    }
  }
}

async function answer(asked: ApprovalSummary, chance: Seeded, runtime: Runtime): Promise<void> {
  const run = parseRunId(asked.run)
  const who = simulatedOperators[chance.pick(simulatedOperators.length)] ?? ada
  const said = await answerOf(asked, chance, runtime)
  const signed = signedAnswer(who, { run, approval: asked.approval, binds: parseDigest(asked.binds) }, said)
  await runtime.answer(run, signed)
  if (chance.chance(10)) await runtime.answer(run, signed)
}

async function answerOf({ run, approval, resources }: ApprovalSummary, chance: Seeded, runtime: Runtime): Promise<ApprovalAnswer> {
  const draw = chance.pick(10)
  if (draw < 2) return { type: 'denied' }
  if (draw > 2) return { type: 'given', scope: draw > 7 ? 'run' : 'once' }
  const args = { path: 'shared', text: `changed ${chance.pick(1000)}`, about: resources.length }
  const { edited } = await runtime.edit(parseRunId(run), approval, args)
  return { type: 'given', scope: 'once', edited }
}
