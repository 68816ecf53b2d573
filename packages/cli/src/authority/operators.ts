import { dataOf, openRecord } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { aligned, timeText, visible } from '../terminal/text.ts'
import { listOperators } from './operator-list.ts'
import type { ListedOperator } from './operator-list.ts'

/** `ice operators` */
export async function run({ options }: Invocation, { data, talk, json }: Terminal): Promise<Exit> {
  await using store = openRecord(options)
  const operators = listOperators(store, dataOf(options))
  if (json) {
    for (const operator of operators) data.line(JSON.stringify(operator))
    return 'ok'
  }
  if (operators.length === 0) talk.line('nobody may answer here: name somebody with ice operators add')
  else for (const [index, row] of aligned([heading, ...operators.map(cells)]).entries()) data.line(line(row, index, data.paint))
  return 'ok'
}

const heading = ['OPERATOR', 'NAME', 'ROLES', 'ADDED']

function cells({ subject, name, roles, addedAt }: ListedOperator): readonly string[] {
  return [subject, visible(name ?? 'not readable here', 40), roles.join(', '), timeText(addedAt)]
}

function line(row: readonly string[], index: number, paint: Terminal['data']['paint']): string {
  const text = row.join('  ').trimEnd()
  return index === 0 ? paint('faint', text) : text
}
