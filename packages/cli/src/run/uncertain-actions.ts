import { entryId } from '@ice-runtime/kernel'
import type { EntryId, Run } from '@ice-runtime/kernel'

/** An action that has left, and of which nobody knows whether it happened. */
export interface UncertainAction {
  readonly id: EntryId
  readonly name: string
}

export function uncertainActions({ id, open }: Pick<Run, 'id' | 'open'>): readonly UncertainAction[] {
  return open.entries().flatMap(([, { action, name, stage }]) => (stage.name === 'uncertain' ? [{ id: entryId(id, action), name }] : []))
}
