import type { IceEntry, IceError, RunCommand, Settlement } from '@ice-runtime/kernel'
import { isUnrecordable, unrecordable } from './perform.ts'
import type { ReadyAction } from './perform.ts'
import type { Executed, RunWriter } from './run-writer.ts'

export type ProposeAction = Extract<RunCommand, { type: 'ProposeAction' }>

/** What a driver prepared may be more than an entry holds; then it is a refusal like any other thing that cannot be decided. */
export function recordProposal(writer: RunWriter, proposal: Pick<ProposeAction, 'proposed' | 'preparation'>): Executed {
  return withinEntry(
    () => writer.execute({ type: 'ProposeAction', ...proposal }, 'lazy'),
    ({ message }) => {
      const detail = message.slice(0, maxDetailChars)
      const preparation = { type: 'refused', code: 'effect.prepare_failed', detail } as const
      return writer.execute({ type: 'ProposeAction', proposed: proposal.proposed, preparation }, 'lazy')
    },
  )
}

/** Changes and reads that no entry holds were never staged; an effect outside may have happened all the same. */
export function recordOutcome(
  writer: RunWriter,
  { action, prepared }: { readonly action: number } & Pick<ReadyAction, 'prepared'>,
  settlement: Settlement,
): IceEntry | undefined {
  const executed = withinEntry(
    () => writer.execute({ type: 'SettleAction', action, settlement }, 'lazy'),
    (error) => writer.execute({ type: 'SettleAction', action, settlement: unrecordable(prepared, error) }, 'lazy'),
  )
  return executed.ok ? executed.entries[0] : undefined
}

function withinEntry(attempt: () => Executed, otherwise: (error: IceError) => Executed): Executed {
  try {
    return attempt()
  } catch (error) {
    if (!isUnrecordable(error)) throw error
    return otherwise(error)
  }
}

const maxDetailChars = 512
