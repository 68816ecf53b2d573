import { dataOf, openRecord } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { findOperator, listOperators } from './operator-list.ts'
import { perform, reasonOf } from './perform.ts'

/** `ice operators remove`. Their key stays where it is and opens nothing here any more. */
export async function run({ args, options }: Invocation, { data, json }: Terminal): Promise<Exit> {
  const operator = await operatorNamed(args[0] ?? '', options)
  await perform({ method: 'removeOperator', operator, reason: reasonOf(options) }, options)
  data.line(json ? JSON.stringify({ removed: operator }) : `${data.paint('strong', operator)}  removed`)
  return 'ok'
}

async function operatorNamed(text: string, options: Invocation['options']): Promise<ReturnType<typeof findOperator>> {
  await using store = openRecord(options)
  return findOperator(listOperators(store, dataOf(options)), text)
}
