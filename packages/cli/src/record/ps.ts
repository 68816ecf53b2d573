import type { RunSummary } from '@ice-runtime/kernel'
import { openRecord } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal, Tone } from '../terminal/terminal.ts'
import { aligned, countText, timeText, visible } from '../terminal/text.ts'
import { newestFirst, runSummaries } from './run-summaries.ts'

const defaultLimit = 20

/** `ice ps` */
export async function run({ options }: Invocation, terminal: Terminal): Promise<Exit> {
  const limit = options.amount('limit') ?? defaultLimit
  await using store = openRecord(options)
  const all = [...runSummaries(store)]
  const shown = newestFirst(all, 'movedAt').slice(0, limit)
  const { data, talk, json } = terminal
  if (json) {
    for (const summary of shown) data.line(JSON.stringify(summary))
    return 'ok'
  }
  for (const line of table(shown, terminal)) data.line(line)
  const hidden = all.length - shown.length
  if (all.length === 0) talk.line('no runs yet')
  if (hidden > 0) talk.line(talk.paint('faint', `${countText(hidden, 'run')} more: --limit ${all.length}`))
  return 'ok'
}

/** A column for parents only where there are any. */
function headingOf(isFamily: boolean): readonly string[] {
  return ['RUN', 'STATUS', 'AGENT', 'STEPS', 'REFUSED', 'REQUESTED', ...(isFamily ? ['CHILD OF'] : []), 'WHY']
}

function table(runs: readonly RunSummary[], { data }: Terminal): readonly string[] {
  if (runs.length === 0) return []
  const isFamily = runs.some(({ parent }) => parent !== undefined)
  const [head = [], ...rows] = aligned([headingOf(isFamily), ...runs.map((summary) => cells(summary, isFamily))])
  return [data.paint('faint', head.join('  ')), ...rows.map((row, index) => painted(row, statusTone(runs[index]), data.paint))]
}

function painted(row: readonly string[], tone: Tone, paint: Terminal['data']['paint']): string {
  return row
    .map((cell, index) => (index === 1 ? paint(tone, cell) : cell))
    .join('  ')
    .trimEnd()
}

function cells(summary: RunSummary, isFamily: boolean): readonly string[] {
  const { run, agent, version, steps, refused, requestedAt } = summary
  return [
    run,
    statusOf(summary),
    visible(`${agent} ${version}`, 40),
    text(steps),
    text(refused),
    timeText(requestedAt),
    ...(isFamily ? [summary.parent ?? ''] : []),
    visible(summary.code ?? ''),
  ]
}

function text(count: number | undefined): string {
  return count === undefined ? '-' : String(count)
}

const waitsForApproval = 'waits for approval'

/** One word for where a run is: its outcome once it has one. */
export function statusOf({ phase, outcome, quarantined, releases, code }: RunSummary): string {
  if (quarantined === true) return 'quarantined'
  if (phase === 'suspended' && code === 'approval.required') return waitsForApproval
  if (phase !== 'terminated') return phase
  return outcome === 'committed' && releases === 'incomplete' ? 'committed, incomplete' : (outcome ?? phase)
}

function statusTone(summary: RunSummary | undefined): Tone {
  const status = summary === undefined ? '' : statusOf(summary)
  if (status === 'committed' || status === 'merged') return 'good'
  if (['aborted', 'terminated', 'quarantined'].includes(status)) return 'bad'
  return status === 'suspended' || status === waitsForApproval || status.includes('incomplete') ? 'warn' : 'plain'
}
