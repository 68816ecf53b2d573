import type { IceEntry } from '@ice-runtime/kernel'
import { visible } from '../terminal/text.ts'
import { titleOf } from './action-names.ts'

/** An action that left the runtime, and what is known of how it ended. */
export interface LeftAction {
  readonly action: number
  readonly name: string
  readonly target: string
  readonly destinations: readonly string[]
  /** `reported`: a host says so, and nobody has looked. */
  readonly outcome: 'under way' | 'done' | 'failed' | 'uncertain' | 'not done' | 'taken back' | 'reported done' | 'reported failed'
}

/** Everything that was sent, in the order it was: reads and inferences, effects at once, and what the commit released. */
export function whatLeft(entries: readonly IceEntry[]): readonly LeftAction[] {
  const left = new Map<number, LeftAction>()
  for (const entry of entries) {
    if (entry.type === 'ActionDispatched') left.set(entry.payload.action, sent(entries, entry.payload.action))
    const outcome = outcomeOf(entry)
    const found = outcome === undefined ? undefined : left.get(outcome.action)
    if (outcome !== undefined && found !== undefined) left.set(outcome.action, { ...found, outcome: outcome.outcome })
  }
  return [...left.values()]
}

export function leftText({ action, name, target, destinations, outcome }: LeftAction): string {
  const where = destinations.length === 0 ? '' : `  to ${visible(destinations.join(', '))}`
  return `#${action} ${name}  ${target}${where}  ${outcome}`
}

function sent(entries: readonly IceEntry[], action: number): LeftAction {
  const proposed = entries[action - 1]
  // A verdict follows its proposal at once.
  const verdict = entries[action]
  const prepared = verdict?.type === 'ActionAuthorized' ? verdict.payload.prepared : undefined
  const title = proposed?.type === 'ActionProposed' ? titleOf(proposed, prepared?.resources) : { name: '', target: '' }
  return { action, ...title, destinations: prepared?.egress?.destinations ?? [], outcome: 'under way' }
}

function outcomeOf(entry: IceEntry): Pick<LeftAction, 'action' | 'outcome'> | undefined {
  switch (entry.type) {
    case 'ActionSucceeded':
      return { action: entry.payload.action, outcome: entry.payload.reported === true ? 'reported done' : 'done' }
    case 'ActionFailed':
      return { action: entry.payload.action, outcome: entry.payload.reported === true ? 'reported failed' : 'failed' }
    case 'ActionUncertain':
      return { action: entry.payload.action, outcome: 'uncertain' }
    case 'ActionReconciled':
      return { action: entry.payload.action, outcome: entry.payload.found === 'done' ? 'done' : 'not done' }
    case 'ActionCompensated':
      return { action: entry.payload.action, outcome: 'taken back' }
    default:
      return undefined
  }
}
