import { entryId } from '@ice-runtime/kernel'
import type { EntryId, Run } from '@ice-runtime/kernel'
import type { Channel } from '../terminal/terminal.ts'
import { visible } from '../terminal/text.ts'

/** An action that has left, and of which nobody knows whether it happened. */
export interface UncertainAction {
  readonly id: EntryId
  readonly name: string
}

export function uncertainActions({ id, open }: Pick<Run, 'id' | 'open'>): readonly UncertainAction[] {
  return open.entries().flatMap(([, { action, name, stage }]) => (stage.name === 'uncertain' ? [{ id: entryId(id, action), name }] : []))
}

/** A line for each of them: what somebody has to find out, and how to say what was found. */
export function uncertainLines(actions: readonly UncertainAction[], command: string, { paint }: Pick<Channel, 'paint'>): readonly string[] {
  return actions.map(
    ({ id, name }) => `${paint('faint', `${visible(name)} may have happened; when you know:`)} ${command} ${id} done|not-done --reason "…"`,
  )
}
