import { performOrder } from '@ice-runtime/ice'
import type { IceOrder } from '@ice-runtime/ice/control'
import { dataOf, workspaceOf } from '../place.ts'
import type { OptionValues } from '../table/option-values.ts'

/** Performs an order where the options say: through the owner of the data directory, or by being it for a moment. */
export async function perform(order: IceOrder, options: OptionValues): Promise<void> {
  await performOrder(order, { data: dataOf(options), workspace: workspaceOf(options) })
}

/** Why, for the record; empty when nobody said. */
export function reasonOf(options: OptionValues): string {
  return options.text('reason') ?? ''
}
