import { operatorNames } from '../authority/operator-list.ts'
import { dataOf, openRecord } from '../place.ts'
import { answerableOf, answerableText } from '../record/answerable.ts'
import type { Answerable } from '../record/answerable.ts'
import { parseEntryPlace } from '../record/entry-place.ts'
import { readRun } from '../record/recorded-run.ts'
import type { RecordedRun } from '../record/recorded-run.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { actionLines } from './action-text.ts'
import { explainAction } from './explained-action.ts'
import type { ExplainedAction } from './explained-action.ts'
import { explainRun } from './explained-run.ts'
import { runLines } from './run-text.ts'

/** `ice explain` */
export async function run({ args, options }: Invocation, terminal: Terminal): Promise<Exit> {
  const { runText, seq } = parseEntryPlace(args[0] ?? 'last')
  await using store = openRecord(options)
  const recorded = readRun(store, runText)
  const answerable = answerableOf(recorded.request.principal, dataOf(options))
  if (seq === undefined) tellRun(recorded, answerable, terminal)
  else {
    const parts = { data: dataOf(options), names: operatorNames(store, dataOf(options)), blobs: store.blobs }
    tellAction(recorded, { explained: explainAction(recorded, seq, parts), answerable }, terminal)
  }
  return 'ok'
}

function tellRun(recorded: RecordedRun, answerable: Answerable, { data, json, program }: Terminal): void {
  const explained = explainRun(recorded)
  if (json) return data.line(JSON.stringify({ run: recorded.id, ...explained, answerable }))
  for (const line of runLines(recorded, { explained, program }, data)) data.line(line)
  data.line(closing(recorded, answerable))
}

function tellAction(
  recorded: RecordedRun,
  about: { readonly explained: ExplainedAction; readonly answerable: Answerable },
  { data, json }: Terminal,
): void {
  const { explained, answerable } = about
  if (json) return data.line(JSON.stringify({ run: recorded.id, action: explained.proposed.seq, ...explained, answerable }))
  for (const line of actionLines(recorded, explained, data)) data.line(line)
  data.line(closing(recorded, answerable))
}

function closing({ id }: RecordedRun, answerable: Answerable): string {
  return `answerable: ${answerableText(answerable)}, run ${id}`
}
