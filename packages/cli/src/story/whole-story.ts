import { describeTerms } from '@ice-runtime/ice/record'
import { neverUsed, publicTrusted } from '@ice-runtime/kernel'
import type { Run } from '@ice-runtime/kernel'
import { answerableOf, answerableText } from '../record/answerable.ts'
import type { RecordedRun } from '../record/recorded-run.ts'
import type { Channel, Tone } from '../terminal/terminal.ts'
import { aligned, countText, durationText, timeText, visible } from '../terminal/text.ts'
import { changesText } from './staged-changes.ts'
import { storyText } from './story-layout.ts'
import { costText, tellAll } from './tell.ts'
import { leftText, whatLeft } from './what-left.ts'

export interface Told {
  readonly recorded: RecordedRun
  readonly folded: Run
  /** The data directory: names are encrypted under keys kept there. */
  readonly directory: string
}

/** The story as people read it: who and under what, what happened, what it left. */
export function storyLines(told: Told, channel: Channel): readonly string[] {
  const { recorded } = told
  const lines = tellAll(recorded.entries).map((line) => storyText(line, recorded.requestedAt, channel))
  return [titleLine(told, channel), ...heading(told, channel), '', ...lines, '', ...ending(told, channel)]
}

export function storyJson({ recorded, folded, directory }: Told): object {
  const { request } = recorded
  return {
    run: recorded.id,
    seq: folded.seq,
    lastSeq: recorded.lastSeq,
    phase: folded.phase.name,
    ...endOf(folded),
    agent: request.agent,
    answerable: answerableOf(request.principal, directory),
    requestedAt: recorded.requestedAt,
    grants: folded.grants.list.map((grant) => ({ ...grant, used: folded.grantUses.get(String(grant.id)) ?? neverUsed })),
    story: tellAll(recorded.entries).map(({ tone: _tone, ...line }) => line),
    changes: folded.staged.entries().map(([, change]) => change),
    left: whatLeft(recorded.entries),
    steps: folded.steps,
    refused: folded.refused,
    spent: folded.spent,
  }
}

function endOf({ phase }: Run): object {
  return phase.name === 'terminated' ? { outcome: phase.outcome, ...(phase.code === undefined ? {} : { code: phase.code }) } : {}
}

function titleLine({ recorded, folded }: Told, { paint }: Channel): string {
  const { phase } = folded
  const outcome = phase.name === 'terminated' ? phase.outcome : phase.name
  const isIncomplete = recorded.entries.some((entry) => entry.type === 'RunCommitted' && entry.payload.releases === 'incomplete')
  const status = isIncomplete ? `${outcome}, releases incomplete` : outcome
  const at = folded.seq < recorded.lastSeq ? paint('warn', `  as of #${folded.seq} of ${recorded.lastSeq}`) : ''
  const code = 'code' in phase && phase.code !== undefined && phase.code !== '' ? `  ${visible(phase.code)}` : ''
  return `${paint('strong', recorded.id)}  ${paint(statusTone(status), status)}${code}${at}`
}

function statusTone(status: string): Tone {
  if (status === 'committed' || status === 'merged') return 'good'
  return status === 'aborted' || status === 'terminated' ? 'bad' : 'warn'
}

function heading({ recorded, folded, directory }: Told, { paint }: Channel): readonly string[] {
  const { request, requestedAt } = recorded
  const { agent, principal, ceilings } = request
  const grants = folded.grants.list.map(({ id, terms }) => `#${id} ${visible(describeTerms(terms))}`)
  const rows: (readonly [string, string])[] = [
    ['agent', `${visible(agent.name)} ${visible(agent.version)} (${agent.kind}, ${agent.digest.slice(0, 12)})`],
    ...standingRows(request),
    ['answerable', answerableText(answerableOf(principal, directory))],
    [
      'requested',
      `${timeText(requestedAt)} UTC${folded.at === requestedAt ? '' : `, ${durationText(folded.at - requestedAt)} from first to last entry`}`,
    ],
    [
      'at most',
      `${countText(ceilings.steps, 'step')}${ceilings.calls === undefined ? '' : `, ${countText(ceilings.calls, 'call')}`}, ${durationText(ceilings.wallMs)}${prefixed(costText(ceilings.cost))}`,
    ],
    ...(grants.length === 0 ? [['grants', 'none'] as const] : grants.map((text, index) => [index === 0 ? 'grants' : '', text] as const)),
  ]
  return aligned(rows).map(([name = '', text = '']) => `  ${paint('faint', name)}  ${text}`)
}

/** What makes it another kind of record than a run that was decided and held to it. */
function standingRows({ imported, observe }: RecordedRun['request']): readonly (readonly [string, string])[] {
  return [
    ...(imported === true ? [['imported', 'what the host kept: nothing of it was decided here, and it is proof of nothing'] as const] : []),
    ...(observe === true ? [['observed', 'the host was told nothing, and held back by nothing but a lockdown'] as const] : []),
  ]
}

function prefixed(text: string): string {
  return text === '' ? '' : `, ${text}`
}

function ending({ recorded, folded }: Told, channel: Channel): readonly string[] {
  const { paint } = channel
  const { entries, request } = recorded
  const changes = changesText(folded, channel)
  const left = whatLeft(entries).map(leftText)
  const committed = entries.some((entry) => entry.type === 'RunCommitted')
  const rows: (readonly [string, string])[] = [
    ...changes.map((text, index) => [index === 0 ? (committed ? 'committed' : 'staged') : '', text] as const),
    ...(left.length === 0
      ? [['left', request.imported === true ? 'what it left, nobody here has seen' : 'nothing'] as const]
      : left.map((text, index) => [index === 0 ? 'left' : '', text] as const)),
    ...(folded.label === publicTrusted ? [] : [['seen', `what is ${folded.label}`] as const]),
    ['used', `${countText(folded.steps, 'step')}, ${folded.refused} refused${prefixed(costText(folded.spent))}`],
  ]
  return aligned(rows).map(([name = '', text = '']) => `  ${paint('faint', name)}  ${text}`)
}
