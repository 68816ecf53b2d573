import type { Ice } from '@ice-runtime/ice'
import { foldRun, readEntries } from '@ice-runtime/ice/record'
import type { RunResult } from '@ice-runtime/ice/record'
import { entryId, openAction } from '@ice-runtime/kernel'
import type { Run, RunId } from '@ice-runtime/kernel'
import { obligationText } from '../approvals/obligation-text.ts'
import { uncertainActions, uncertainLines } from '../record/uncertain-actions.ts'
import { changesText, isChange } from '../story/staged-changes.ts'
import { exitCodes, exitForRun } from '../table/exit-codes.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { countText, visible } from '../terminal/text.ts'
import type { Watched } from './watch.ts'

export interface Ending {
  readonly ice: Pick<Ice, 'data' | 'store'>
  readonly run: RunId
  /** As it stood when this process let go of it. */
  readonly folded: Run
  readonly strict: boolean
  /** `--data` and its value when the default would not find it, for hints. */
  readonly place: string
}

/** The fold of what the log has of a run now. */
export function foldNow(ice: Pick<Ice, 'store'>, run: RunId): Run {
  return foldRun(run, readEntries(ice.store.log, run))
}

/** Says how it came out and where to look further; the result itself is data. Returns what to exit with. */
export function tellEnd(watched: Watched, ending: Ending, terminal: Terminal): Exit {
  const exit = exitOf(watched, ending)
  const result = 'result' in watched ? watched.result : undefined
  if (terminal.json) terminal.data.line(JSON.stringify({ result: resultJson(watched, ending), exit: exitCodes[exit].code }))
  else if (result !== undefined) tellResult(result, ending, terminal)
  else tellHeld(watched, ending, terminal)
  return exit
}

function exitOf(watched: Watched, { folded, strict }: Ending): Exit {
  switch (watched.how) {
    case 'SIGINT':
      return 'interrupted'
    case 'SIGTERM':
      return 'terminated'
    case 'waits':
      return exitOfWaiting[watched.held.cause]
    case 'ended':
      return exitForRun({ ...watched.result, uncertainCount: uncertainActions(folded).length }, strict)
  }
}

/** What a run that waits for a person is called by its exit code. */
const exitOfWaiting = { approval: 'approval', reconciliation: 'uncertain', repetition: 'limit', assumption: 'approval' } as const

function resultJson(watched: Watched, ending: Ending): object {
  const { run, folded } = ending
  if ('result' in watched && watched.result !== undefined) return { ...watched.result, changes: changedPaths(folded) }
  const held = heldFold(watched, ending)
  const asks = questionsOf(held)
  return {
    run,
    phase: folded.phase.name,
    steps: folded.steps,
    refused: folded.refused,
    ...(held.id === run ? {} : { waitsFor: held.id }),
    ...(asks.length === 0 ? {} : { asks }),
  }
}

/** The run that somebody has to do something about: this one, or one below it. */
function heldFold(watched: Watched, { ice, run, folded }: Ending): Run {
  return watched.how !== 'waits' || watched.held.run === run ? folded : foldNow(ice, watched.held.run)
}

function changedPaths({ staged }: Run): readonly string[] {
  return staged.entries().flatMap(([path, change]) => (isChange(change) ? [path] : []))
}

function tellResult(result: RunResult, ending: Ending, terminal: Terminal): void {
  const { data, talk } = terminal
  const { folded, place } = ending
  const tone = result.outcome === 'committed' ? 'good' : 'bad'
  const code = result.code === undefined ? '' : `  ${visible(result.code)}`
  const changes = changesText(folded, talk)
  if (changes.length > 0) talk.line('')
  for (const line of changes) talk.line(`  ${line}`)
  if (result.outcome !== 'committed' && changes.length > 0) talk.line(talk.paint('faint', '  staged only: the workspace is as it was'))
  if (result.unsent.length > 0) talk.line(`  not sent: ${result.unsent.join(', ')}`)
  talk.line('')
  data.line(`${data.paint('strong', result.run)}  ${data.paint(tone, result.outcome)}${code}`)
  if (result.output !== undefined) data.line(visible(JSON.stringify(result.output)))
  for (const line of uncertainLines(uncertainActions(folded), `${terminal.program} reconcile`, talk)) talk.line(`${line}${place}`)
  const refused =
    result.refused === 0 ? [] : [['explain', `why ${countText(result.refused, 'proposal was', 'proposals were')} refused`] as const]
  const more = [
    ['show', 'what happened'],
    ...refused,
    ...(folded.staged.size === 0 ? [] : [['show --diff', 'what it staged'] as const]),
    ['replay', 'decide it again'],
  ]
  for (const [command = '', what = ''] of more) {
    const [name = '', ...flags] = command.split(' ')
    const line = [terminal.program, name, result.run, ...flags].join(' ')
    talk.line(`${talk.paint('faint', `${what}:`)} ${line}${place}`)
  }
}

interface Question {
  readonly id: string
  readonly name: string
  readonly needs: string
}

function questionsOf(folded: Run): readonly Question[] {
  return folded.waiting.flatMap((action) => {
    const open = openAction(folded, action)
    if (open?.stage.name !== 'asked') return []
    const { approval, obligations } = open.stage.asked
    return [{ id: entryId(folded.id, approval), name: open.name, needs: obligations.map(obligationText).join('; ') }]
  })
}

function tellHeld(watched: Watched, ending: Ending, { data, talk, program }: Terminal): void {
  const { folded, place } = ending
  const held = heldFold(watched, ending)
  const { id: run } = held
  const waits = run === folded.id ? '' : `  waits for ${run}`
  data.line(`${data.paint('strong', folded.id)}  ${data.paint('warn', folded.phase.name)}${waits}`)
  if (watched.how === 'waits') {
    for (const line of uncertainLines(uncertainActions(held), `${program} reconcile`, talk)) talk.line(`${line}${place}`)
    for (const { id, name, needs } of questionsOf(held)) {
      talk.line(`${talk.paint('faint', 'asks:')} ${id}  ${visible(name)}  needs ${visible(needs)}`)
      talk.line(`${talk.paint('faint', 'answer:')} ${program} approvals show ${id}${place}`)
    }
    talk.line(`${talk.paint('faint', 'why:')} ${program} explain ${run}${place}`)
  }
  talk.line(`${talk.paint('faint', 'go on:')} ${program} resume ${run}${place}`)
  if (run !== folded.id) talk.line(`${talk.paint('faint', 'then:')} ${program} resume ${folded.id}${place}`)
  talk.line(`${talk.paint('faint', 'end it:')} ${program} abort ${folded.id}${place}`)
}
