import { knownActions, policyCoverage, runPolicyTests } from '@ice-runtime/ice/policy'
import type { CaseResult, RuleCoverage } from '@ice-runtime/ice/policy'
import { sha256 } from '@ice-runtime/ice/reader'
import { IceError } from '@ice-runtime/kernel'
import { dataOf, openRecord } from '../place.ts'
import { decidedRuns, maxDecisions } from '../record/decided-runs.ts'
import type { DecidedRuns } from '../record/decided-runs.ts'
import { runSummaries } from '../record/run-summaries.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal, Tone } from '../terminal/terminal.ts'
import { countText, visible } from '../terminal/text.ts'
import { readPolicyFiles } from './policy-files.ts'

const tones: { readonly [status in CaseResult['status']]: Tone } = { passed: 'good', failed: 'bad', skipped: 'warn' }

/** `ice policy test`. A policy without a case is not tested, and a rule that nothing needs is named. */
export async function run({ args, options }: Invocation, terminal: Terminal): Promise<Exit> {
  const { bundle, tests } = readPolicyFiles(args[0] ?? '.')
  const recorded = await recordedDecisions(options)
  const asked = { bundle, tests, actions: recorded?.actions ?? knownActions(), sha256 }
  const results = runPolicyTests(asked)
  if (results.length === 0)
    throw new IceError('files.not_found', 'there is no case', { hint: 'write them beside main.cedar in main.test.json' })
  const coverage = policyCoverage({ ...asked, recorded: recorded?.requests ?? [] })
  const tested: Tested = { results, coverage, recorded, place: dataOf(options) }
  if (terminal.json) for (const line of jsonLines(tested)) terminal.data.line(line)
  else tell(tested, terminal)
  return results.some(({ status }) => status === 'failed') ? 'failure' : 'ok'
}

/** Undefined where there is no record. One that was named and is not there is a fault. */
async function recordedDecisions(options: OptionValues): Promise<DecidedRuns | undefined> {
  try {
    await using store = openRecord(options)
    return decidedRuns(store, [...runSummaries(store)], maxDecisions)
  } catch (error) {
    if (error instanceof IceError && error.code === 'data.unreadable' && options.text('data') === undefined) return undefined
    throw error
  }
}

interface Tested {
  readonly results: readonly CaseResult[]
  readonly coverage: readonly RuleCoverage[]
  readonly recorded: DecidedRuns | undefined
  /** Where a record was looked for. */
  readonly place: string
}

function jsonLines({ results, coverage, recorded, place }: Tested): readonly string[] {
  const looked =
    recorded === undefined
      ? {}
      : { data: place, runs: recorded.runsCount, decisions: recorded.requests.length, partial: recorded.isPartial }
  return [...results, ...coverage, { looked: { cases: results.length, ...looked } }].map((line) => JSON.stringify(line))
}

function tell({ results, coverage, recorded, place }: Tested, { data, talk }: Terminal): void {
  for (const result of results) data.line(resultLine(result, data))
  for (const rule of coverage) for (const line of ruleLines(rule, recorded)) talk.line(line)
  const counts = (status: CaseResult['status']): number => results.filter((result) => result.status === status).length
  talk.line(`looked at ${countText(results.length, 'case')} and ${recordText(recorded, place)}`)
  talk.line(`${counts('passed')} passed, ${counts('failed')} failed, ${counts('skipped')} skipped`)
}

function resultLine({ file, name, status, message }: CaseResult, { paint }: Terminal['data']): string {
  return `${paint(tones[status], status)}  ${file}  ${visible(name)}${message === undefined ? '' : `  ${visible(message)}`}`
}

function ruleLines({ rule, tests, recorded, decisive }: RuleCoverage, record: DecidedRuns | undefined): readonly string[] {
  const none = record === undefined ? 'no case' : 'no case and no recorded decision'
  if (tests + recorded === 0) return [`${rule}  ${none} reaches this rule`]
  if (decisive === 0) return [`${rule}  ${none} would be answered otherwise without this rule`]
  return tests === 0 ? [`${rule}  no case reaches this rule, ${countText(recorded, 'recorded decision')} did`] : []
}

function recordText(recorded: DecidedRuns | undefined, place: string): string {
  if (recorded === undefined) return `no record: there is none in ${visible(place)}`
  const { requests, runsCount, isPartial } = recorded
  const counts = `${countText(requests.length, 'recorded decision')} of ${countText(runsCount, 'run')}`
  return `${isPartial ? 'the newest ' : ''}${counts} in ${visible(place)}`
}
