import type { Facts, IceEntry } from '@ice-runtime/kernel'
import type { RecordedRun } from '../record/recorded-run.ts'
import { obligationText } from '../approvals/obligation-text.ts'
import { answerText } from '../approvals/page-text.ts'
import { titleOf } from '../story/action-names.ts'
import { createTeller } from '../story/tell.ts'
import type { Channel } from '../terminal/terminal.ts'
import { padded, timeText, visible } from '../terminal/text.ts'
import type { ExplainedAction, StageResult, Verdict } from './explained-action.ts'

const maxArgsChars = 200
const stageColumns = 10
const resultColumns = 9

/** One verdict, stage by stage. */
export function actionLines(recorded: RecordedRun, explained: ExplainedAction, { paint }: Channel): readonly string[] {
  const { proposed, prepared } = explained
  const { name, target } = titleOf(proposed, prepared?.resources)
  const word = wordOf(explained, paint)
  return [
    `${paint('strong', `${recorded.id}#${proposed.seq}`)}  ${name}  ${target}  ${word}`,
    '',
    ...proposalLines(explained).map((line) => labelled(line, paint)),
    '',
    ...explained.stages.flatMap((stage) => stageLines(stage, explained, paint)),
    '',
    ...peopleLines(explained).map((line) => labelled(line, paint)),
    ...conclusionLines(explained).map((line) => labelled(line, paint)),
    ...outcomeLines(recorded, explained).map((line) => labelled(line, paint)),
    '',
  ]
}

function wordOf({ verdict }: ExplainedAction, paint: Channel['paint']): string {
  if (verdict.type === 'ActionRefused') return paint('bad', 'refused')
  if (verdict.type === 'ApprovalRequested') return paint('warn', 'waits for an answer')
  return paint('good', verdict.payload.deferred === true ? 'allowed, waits for the commit' : 'allowed')
}

/** Whom it was put to, and what each of them said. */
function peopleLines({ people }: ExplainedAction): readonly Labelled[] {
  if (people === undefined) return []
  return [
    ...people.obligations.map((obligation): Labelled => ['needs', visible(obligationText(obligation))]),
    ...people.answers.map((answer): Labelled => ['answered', answerText(answer)]),
    ['expires', timeText(people.expires)],
  ]
}

type Labelled = readonly [label: string, text: string]

function labelled([label, text]: Labelled, paint: Channel['paint']): string {
  return `  ${paint('faint', padded(label, stageColumns))}  ${text}`
}

function proposalLines({ proposed, prepared }: ExplainedAction): readonly Labelled[] {
  const { action, args, reason, malformed } = proposed.payload
  const given =
    args === undefined ? '' : 'value' in args ? JSON.stringify(args.value) : `${args.sizeBytes} bytes (${args.blob.slice(0, 12)})`
  const facts = Object.entries(prepared?.facts ?? ({} satisfies Facts)).map(([name, fact]) => `${name}=${JSON.stringify(fact)}`)
  return [
    ['proposed', visible(`${action} ${given}`.trimEnd(), maxArgsChars)],
    ...(reason === undefined ? [] : [['reason', visible(reason, maxArgsChars)] as const]),
    ...(malformed === undefined ? [] : [['unreadable', `${malformed.code}, kept as ${malformed.raw.slice(0, 12)}`] as const]),
    ...(prepared === undefined
      ? []
      : [['decided on', visible([prepared.resources.join(', '), prepared.class, ...leaving(prepared.egress)].join(', '))] as const]),
    ...(facts.length === 0 ? [] : [['facts', visible(facts.join(' '), maxArgsChars)] as const]),
  ]
}

function leaving(egress: { readonly destinations: readonly string[] } | undefined): readonly string[] {
  return egress === undefined ? ['nothing leaves'] : [`to ${egress.destinations.join(', ')}`]
}

const stageTones = { passed: 'good', refused: 'bad', waits: 'warn', 'not asked': 'faint' } as const

function stageLines({ stage, result, code, detail }: StageResult, explained: ExplainedAction, paint: Channel['paint']): readonly string[] {
  const tone = stageTones[result]
  const said = result === 'refused' ? visible(`${code ?? ''}: ${detail ?? ''}`.replace(/: $/, '')) : passedText(stage, result, explained)
  const line = `  ${padded(stage, stageColumns)}  ${paint(tone, padded(result, resultColumns))}  ${said}`.trimEnd()
  const rules = stage === 'policy' && result === 'refused' ? explained.rules : []
  const indent = ' '.repeat(stageColumns + resultColumns + 6)
  return [
    line,
    ...rules.map(({ id, sentence }) => `${indent}${visible(id)}${sentence === undefined ? '' : `  ${paint('faint', visible(sentence))}`}`),
    ...(stage === 'policy' && result === 'refused' ? permitLines(explained, indent, paint) : []),
  ]
}

/** The permit that came nearest, and for each of its conditions whether it held. */
function permitLines({ considered }: ExplainedAction, indent: string, paint: Channel['paint']): readonly string[] {
  const nearest = considered.find(({ effect }) => effect === 'permit')
  if (nearest === undefined) return considered.length === 0 ? [] : [`${indent}no rule permits this action`]
  const name = `${indent}${nearest.satisfied ? 'permitted by' : 'nearest permit'} ${visible(nearest.rule)}`
  const sentence = nearest.sentence === undefined ? '' : `  ${paint('faint', visible(nearest.sentence))}`
  const conditions = nearest.conditions.map(
    ({ text, holds }) =>
      `${indent}  ${paint(holds === true ? 'good' : 'bad', padded(heldWords[String(holds)] ?? '', 7))}  ${visible(text.replace(/\s+/g, ' '))}`,
  )
  return [`${name}${sentence}`, ...conditions]
}

const heldWords: { readonly [holds: string]: string } = { true: 'true', false: 'false', unknown: 'unknown' }

function passedText(stage: StageResult['stage'], result: StageResult['result'], { grant, verdict, rules }: ExplainedAction): string {
  if (result !== 'passed') return ''
  if (stage === 'grant' && grant !== undefined) return `#${grant.grant} ${visible(grant.terms)}`
  if (stage === 'approval' && verdict.type === 'ActionAuthorized') return approvedText(verdict.payload)
  return stage === 'policy' && verdict.type !== 'ActionRefused' ? visible(rules.map(({ id }) => id).join(', ')) : ''
}

function approvedText({ approval, edited }: Extract<Verdict, { type: 'ActionAuthorized' }>['payload']): string {
  return `#${approval ?? ''}${edited === true ? ', as edited: it is not what the agent asked for' : ''}`
}

function conclusionLines({ verdict, nearest, change, policyKnown }: ExplainedAction): readonly Labelled[] {
  if (verdict.type !== 'ActionRefused') return []
  const near: Labelled = [
    'nearest',
    nearest === undefined ? 'no grant names this action' : `#${nearest.grant} ${visible(nearest.terms)}, missed by ${nearest.missed}`,
  ]
  const [flip = noChangeText(policyKnown), ...rule] = (change ?? noChangeText(policyKnown)).split('\n')
  const flips = change === undefined ? flip : `${flip}   (decided again with it: allowed)`
  const asked = verdict.payload.code.startsWith('grant.') ? [near] : []
  return [
    ...asked,
    ['would flip', flips],
    ...rule.map((line): Labelled => ['', visible(line)]),
    ['the agent', `was told ${visible(verdict.payload.code)} and nothing else`],
  ]
}

function noChangeText(policyKnown: boolean): string {
  return policyKnown ? 'no single change that was tried allows it' : 'unknown: the policy of this run is not at hand here'
}

function outcomeLines({ entries }: RecordedRun, { proposed, outcomes }: ExplainedAction): readonly Labelled[] {
  const teller = createTeller()
  const told = new Map(entries.slice(proposed.seq - 1).map((entry: IceEntry) => [entry.seq, teller.tell(entry)]))
  return outcomes.map(({ seq, type }) => {
    const line = told.get(seq)
    return [
      'then',
      line === undefined ? `#${seq} ${quietWords[type] ?? type}` : `#${seq} ${line.word}${line.detail === '' ? '' : `  ${line.detail}`}`,
    ]
  })
}

/** What a story leaves out because it happens every time. */
const quietWords: { readonly [type in IceEntry['type']]?: string } = { ActionDispatched: 'sent', ActionSucceeded: 'done' }
