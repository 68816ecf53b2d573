import { sha256 } from '@ice-runtime/ice/reader'
import { digestFromBytes } from '@ice-runtime/kernel'
import { answerableText } from '../record/answerable.ts'
import type { Channel } from '../terminal/terminal.ts'
import { durationText, grouped, padded, timeText, visible, visibleLines } from '../terminal/text.ts'
import type { ApprovalPage, PageAnswer } from './approval-page.ts'
import { obligationText } from './obligation-text.ts'
import { classText, costText, destinationsText } from './request-words.ts'

/** Lines of one part that are shown at once: what is longer says so, and where the rest is. */
const maxLines = 200
/** Characters of one line: a longer one says so. */
const maxLineChars = 2000
const labelColumns = 10

export interface PageView {
  readonly now: number
  /** How the person sees all of it: `ice approvals show run_…#12`. */
  readonly whole: string
}

/** The page for people. Everything in it is escaped, nothing is cut without saying so and the digest of the whole. */
export function pageLines(page: ApprovalPage, view: PageView, { paint }: Channel): readonly string[] {
  const labelled = (label: string, text: string): string => `  ${paint('faint', padded(label, labelColumns))}  ${text}`
  const rows = [...askedRows(page, view), ...requestRows(page), ...deciderRows(page)]
  return [
    `${paint('strong', visible(page.id))}  ${visible(page.name)}  ${paint('warn', stateText(page, view.now))}`,
    '',
    ...rows.map(([label, text]) => labelled(label, text)),
    ...section('would', describedLines(page), { view, paint, whole: page.description ?? '' }),
    ...section('difference', diffLines(page), { view, paint, whole: page.diff ?? '' }),
    ...section('exactly', [visible(page.exactly)], { view, paint, whole: page.exactly }),
    '',
    labelled('request', page.request),
    labelled('you sign', page.edited ? `${page.binds}, and the edited request above` : page.binds),
    ...(page.advisory === undefined ? [] : ['', paint('warn', `  advisory: ${page.advisory}`)]),
    '',
  ]
}

type Row = readonly [label: string, text: string]

function askedRows(page: ApprovalPage, { now }: PageView): readonly Row[] {
  const { agent, answerable, reason, askedAt, expires } = page
  const left = expires > now ? `in ${durationText(expires - now)}` : 'over'
  return [
    ['asked by', `${visible(agent.name)} ${visible(agent.version)} (${agent.kind}), for ${answerableText(answerable)}`],
    ...(reason === undefined ? [] : [['it says', visible(reason)] as const]),
    ['asked', `${timeText(askedAt)}, until ${timeText(expires)} (${left})`],
  ]
}

function requestRows(page: ApprovalPage): readonly Row[] {
  return [
    ...(page.edited ? [['edited', 'this is not what the agent asked for, but what you would have done instead'] as const] : []),
    ['touches', visible(page.resources.join(', '))],
    ['happens', `${page.happens}; ${classText(page.class)}`],
    ['leaves', visible(destinationsText(page.destinations))],
    ['costs', costText(page.cost)],
    ['labels', `the result is ${page.labels.result}; the run has seen ${page.labels.seen}`],
  ]
}

function deciderRows({ rules, obligations, answers }: ApprovalPage): readonly Row[] {
  return [
    ...rules.map(({ id, sentence }): Row => ['rule', visible(sentence === undefined ? id : `${id}  ${sentence}`)]),
    ...obligations.map((obligation): Row => ['needs', visible(obligationText(obligation))]),
    ...answers.map((answer): Row => ['answered', answerText(answer)]),
  ]
}

export function answerText({ by, name, said, at, late, comment }: PageAnswer): string {
  const when = `${timeText(at)}${late ? ', too late to count' : ''}`
  return `${visible(name ?? by)}: ${said}, ${when}${comment === undefined ? '' : `: ${visible(comment)}`}`
}

function stateText({ state, code, expires }: ApprovalPage, now: number): string {
  if (state === 'open') return expires > now ? 'waits for an answer' : 'has expired'
  if (state === 'ended') return 'its run has ended'
  return code === undefined ? state : `${state}: ${visible(code)}`
}

function describedLines({ description, diff }: ApprovalPage): readonly string[] {
  if (description === undefined) return ['nobody here can tell: the program that runs it has the driver']
  const lines = visibleLines(description)
  // What it would write stands below, as a difference.
  return diff === undefined ? lines : lines.slice(0, 1)
}

function diffLines({ diff }: ApprovalPage): readonly string[] {
  return diff === undefined ? [] : diff.replace(/\n$/, '').split('\n')
}

interface Section {
  readonly view: PageView
  readonly paint: Channel['paint']
  /** As it is before it is escaped or cut: what the digest of a cut one is of. */
  readonly whole: string
}

function section(label: string, lines: readonly string[], { view, paint, whole }: Section): readonly string[] {
  if (lines.length === 0) return []
  const shown = lines.slice(0, maxLines)
  const isCut = lines.length > shown.length || shown.some((line) => line.length > maxLineChars)
  const digest = digestFromBytes(sha256(new TextEncoder().encode(whole)))
  const rest = `cut here: ${grouped(lines.length - shown.length)} more lines, sha256 of the whole ${digest}; all of it: ${view.whole} --json`
  return [
    '',
    `  ${paint('faint', label)}`,
    ...shown.map((line) => `    ${lineText(line)}`),
    ...(isCut ? [`    ${paint('warn', rest)}`] : []),
  ]
}

function lineText(line: string): string {
  if (line.length <= maxLineChars) return line
  return `${line.slice(0, maxLineChars)} … ${grouped(line.length - maxLineChars)} more characters`
}
