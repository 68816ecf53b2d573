import type { RecordedRun } from '../record/recorded-run.ts'
import { uncertainLines } from '../record/uncertain-actions.ts'
import { storyText } from '../story/story-layout.ts'
import type { Channel } from '../terminal/terminal.ts'
import { aligned, visible, visibleLines } from '../terminal/text.ts'
import type { ExplainedRun } from './explained-run.ts'

/** Refusals listed; a run can have a thousand. */
const maxRefusals = 20

/** Why a run is where it is, in lines. */
export function runLines(
  { id, requestedAt }: RecordedRun,
  { explained, program }: { readonly explained: ExplainedRun; readonly program: string },
  channel: Channel,
): readonly string[] {
  const { paint } = channel
  const { outcome, phase, code, because, refused, uncertain } = explained
  const status = outcome ?? phase
  return [
    `${paint('strong', id)}  ${paint(status === 'committed' ? 'good' : 'bad', status)}${code === undefined ? '' : `  ${visible(code)}`}`,
    '',
    ...because.map((line) => storyText(line, requestedAt, channel)),
    ...errorLines(explained),
    ...(uncertain.length === 0 ? [] : ['', ...uncertainLines(uncertain, `${program} reconcile`, channel).map((line) => `  ${line}`)]),
    ...(refused.length === 0 ? [] : ['', `  ${paint('faint', 'refused to it')}`]),
    ...aligned(
      refused.slice(0, maxRefusals).map((refusal) => [`#${refusal.seq}`, `${refusal.action}  ${refusal.target}`, visible(refusal.code)]),
    ).map((row) => `  ${row.join('  ')}`),
    ...(refused.length > maxRefusals ? [`  and ${refused.length - maxRefusals} more`] : []),
    ...(refused[0] === undefined ? [] : [`  ${paint('faint', 'each one:')} ${program} explain ${id}#${refused[0].seq}`]),
    '',
  ]
}

function errorLines({ agentError, failedChecks }: ExplainedRun): readonly string[] {
  return [
    ...failedChecks.flatMap(({ name, detail }) => ['', `  ${visible(name)} said`, ...visibleLines(detail).map((line) => `    ${line}`)]),
    ...(agentError === undefined
      ? []
      : ['', '  the agent said', ...visibleLines(agentError.stack ?? agentError.message).map((line) => `    ${line}`)]),
  ]
}
