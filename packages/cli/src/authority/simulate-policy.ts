import { openCedarPolicy, policyInForce, simulatePolicy, worstRefusals } from '@ice-runtime/ice/policy'
import type { RefusedKind, Simulation } from '@ice-runtime/ice/policy'
import { sha256 } from '@ice-runtime/ice/reader'
import { readStanding } from '@ice-runtime/ice/record'
import { IceError } from '@ice-runtime/kernel'
import type { PolicyEngine, StoreReader } from '@ice-runtime/kernel'
import { openRecord, placeText } from '../place.ts'
import { decidedBefore, importedBefore } from '../record/past-requests.ts'
import type { PastRequests } from '../record/past-requests.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { aligned, countText, grouped, visible } from '../terminal/text.ts'
import { readPolicyFiles } from './policy-files.ts'

/** As many as a person reads. */
const worstShown = 5
const maxShownChars = 96

/** `ice policy simulate`. It asks about what was done before, and changes nothing. */
export async function run({ args, options }: Invocation, terminal: Terminal): Promise<Exit> {
  const { bundle } = readPolicyFiles(args[0] ?? '.')
  await using store = openRecord(options)
  const isImported = options.flag('imported')
  const past = isImported ? await importedBefore(store) : decidedBefore(store)
  if (past.requests.length + past.unasked === 0) throw nothingPast(isImported, options)
  const next = openCedarPolicy({ bundle, actions: past.actions, sha256 })
  const simulation = simulatePolicy(policyNow(store, past), next, past.requests)
  const worst = worstRefusals(simulation.refused, next, worstShown)
  const told: Told = { simulation, worst, past, isImported, happened: happenedCount(simulation, past) }
  if (terminal.json) terminal.data.line(JSON.stringify(jsonOf(told)))
  else tell(told, terminal)
  return 'ok'
}

function policyNow({ log, blobs }: StoreReader, { actions }: PastRequests): PolicyEngine {
  return policyInForce({ blobs, actions })(readStanding(log).system)
}

function nothingPast(isImported: boolean, options: OptionValues): IceError {
  if (!isImported) return new IceError('run.not_found', 'no policy was asked about anything in this record yet')
  return new IceError('run.not_found', 'nothing has been imported into this record', {
    hint: `read transcripts with: ice import claude-code DIR${placeText(options)}`,
  })
}

interface Told {
  readonly simulation: Simulation
  readonly worst: readonly RefusedKind[]
  readonly past: PastRequests
  readonly isImported: boolean
  /** Of what would be refused, what was done back then. */
  readonly happened: number
}

function happenedCount({ refused }: Simulation, { requests }: PastRequests): number {
  const happened = new Set(requests.flatMap((request) => (request.happened ? [request.from] : [])))
  return refused.filter(({ from }) => happened.has(from)).length
}

function jsonOf({ simulation, worst, past, isImported, happened }: Told): object {
  const { asked, answers, refused, flips } = simulation
  const { allow, oblige, error } = answers
  return {
    imported: isImported,
    runs: past.runsCount,
    partial: past.isPartial,
    asked,
    unasked: past.unasked,
    allowed: allow,
    people: oblige,
    refused: refused.length,
    unanswered: error,
    refusedThatHappened: happened,
    stricter: directed(flips, 'stricter'),
    looser: directed(flips, 'looser'),
    worst: worst.map(({ from, count, request, answer, why }) => ({
      from,
      count,
      action: request.action,
      resources: request.resources,
      class: request.class,
      ...(request.facts['command'] === undefined ? {} : { command: request.facts['command'] }),
      because: answer.effect === 'error' ? answer.detail : answer.rules,
      why: why.map(({ rule, effect, sentence }) => ({ rule, effect, ...(sentence === undefined ? {} : { sentence }) })),
    })),
  }
}

function directed(flips: Simulation['flips'], direction: Simulation['flips'][number]['direction']): number {
  return flips.filter((flip) => flip.direction === direction).length
}

function tell(told: Told, { data, talk }: Terminal): void {
  const { simulation, worst, past, isImported, happened } = told
  const { asked, answers, refused, flips } = simulation
  const what = isImported ? 'imported use of a tool' : 'recorded decision'
  const whats = isImported ? 'imported uses of tools' : 'recorded decisions'
  const more = past.isPartial ? 'the newest ' : ''
  data.line(`asked about ${more}${countText(asked, what, whats)} in ${countText(past.runsCount, 'run')}`)
  const rows: (readonly [string, string])[] = [
    ['allowed', grouped(answers.allow)],
    ['people', `asked about ${grouped(answers.oblige)}`],
    [
      'refused',
      `${grouped(refused.length)}, of which ${grouped(happened)} happened${answers.error === 0 ? '' : `; ${grouped(answers.error)} had no answer`}`,
    ],
    ...(past.unasked === 0
      ? []
      : [['unasked', `${grouped(past.unasked)}, whose call is none that is understood: refused under any policy`] as const]),
    ['against', `the policy in force: ${grouped(directed(flips, 'stricter'))} stricter, ${grouped(directed(flips, 'looser'))} looser`],
  ]
  for (const [name = '', text = ''] of aligned(rows)) data.line(`  ${data.paint('faint', name)}  ${text}`)
  if (worst.length === 0) return
  data.line('')
  data.line(data.paint('strong', `the worst ${worst.length} that it would refuse`))
  for (const kind of worst) for (const line of kindLines(kind, data)) data.line(line)
  talk.line(talk.paint('faint', 'each is the last of its kind: look at it with ice show RUN'))
}

function kindLines({ from, count, request, answer, why }: RefusedKind, { paint }: Terminal['data']): readonly string[] {
  const { action, resources, facts } = request
  const command = facts['command']
  const about = typeof command === 'string' ? command : resources.join(', ')
  const times = count === 1 ? '' : `  and ${grouped(count - 1)} alike`
  return [
    `  ${paint('bad', request.class)}  ${visible(action)}  ${visible(about, maxShownChars)}${times}`,
    `    ${paint('faint', `${from}  ${visible(becauseText(answer, why), maxShownChars * 2)}`)}`,
  ]
}

function becauseText(answer: RefusedKind['answer'], why: RefusedKind['why']): string {
  if (answer.effect === 'error') return `no answer: ${answer.detail}`
  const [first] = why
  const sentence = first?.sentence === undefined ? '' : `  ${first.sentence}`
  if (answer.rules.length > 0) return `${answer.rules.join(', ')}${sentence}`
  return first === undefined ? 'no rule permits it' : `no rule permits it, nearest ${first.rule}${sentence}`
}
