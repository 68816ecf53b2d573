import { decodeEntry, openApprovals, parseRunId } from '@ice-runtime/kernel'
import type { ApprovalSummary, StoreReader } from '@ice-runtime/kernel'
import { openRecord } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { aligned, timeText, visible } from '../terminal/text.ts'
import { obligationText } from './obligation-text.ts'

/** `ice approvals` */
export async function run({ options }: Invocation, { data, talk, json, program }: Terminal): Promise<Exit> {
  await using store = openRecord(options)
  const open = [...openApprovals(store.views)].toSorted((one, other) => one.askedAt - other.askedAt || one.approval - other.approval)
  const listed = open.map((summary) => ({ id: `${summary.run}#${summary.approval}`, name: actionName(store, summary), ...summary }))
  if (json) {
    for (const approval of listed) data.line(JSON.stringify(approval))
    return 'ok'
  }
  const [first] = listed
  if (first === undefined) talk.line('nothing waits for an answer')
  else {
    const rows = aligned([heading, ...listed.map(cells)])
    for (const [index, row] of rows.entries()) data.line(index === 0 ? data.paint('faint', line(row)) : line(row))
    talk.line(`${talk.paint('faint', 'look, then answer:')} ${program} approvals show ${first.id}`)
  }
  return 'ok'
}

type Listed = ApprovalSummary & { readonly id: string; readonly name: string }

const heading = ['REQUEST', 'ACTION', 'TOUCHES', 'NEEDS', 'GIVEN', 'EXPIRES']

function cells({ id, name, resources, obligations, given, expires }: Listed): readonly string[] {
  const needs = obligations.map(obligationText).join('; ')
  return [id, visible(name, 40), visible(resources.join(', '), 60), visible(needs, 60), String(given.length), timeText(expires)]
}

function line(row: readonly string[]): string {
  return row.join('  ').trimEnd()
}

/** What was proposed: the row holds what was made of it. */
function actionName({ log }: StoreReader, { run, action }: ApprovalSummary): string {
  const [stored] = log.read({ stream: parseRunId(run), from: action, to: action }, 1)
  const entry = stored === undefined ? undefined : decodeEntry(stored)
  return entry?.type === 'ActionProposed' ? entry.payload.action : '?'
}
