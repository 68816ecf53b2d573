import { knownActions, policyCoverage, runPolicyTests } from '@ice-runtime/ice/policy'
import type { CaseResult, RuleCoverage } from '@ice-runtime/ice/policy'
import { sha256 } from '@ice-runtime/ice/reader'
import { IceError } from '@ice-runtime/kernel'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal, Tone } from '../terminal/terminal.ts'
import { visible } from '../terminal/text.ts'
import { readPolicyFiles } from './policy-files.ts'

const tones: { readonly [status in CaseResult['status']]: Tone } = { passed: 'good', failed: 'bad', skipped: 'warn' }

/** `ice policy test`. A policy without a case is not tested, and a rule that no case needs is named. */
export async function run({ args }: Invocation, { data, talk, json }: Terminal): Promise<Exit> {
  const { bundle, tests } = readPolicyFiles(args[0] ?? '.')
  const actions = knownActions()
  const results = runPolicyTests({ bundle, tests, actions, sha256 })
  if (results.length === 0)
    throw new IceError('files.not_found', 'there is no case', { hint: 'write them beside main.cedar in main.test.json' })
  const coverage = policyCoverage({ bundle, tests, actions, sha256, recorded: [] })
  for (const result of results) data.line(json ? JSON.stringify(result) : resultLine(result, data))
  for (const rule of coverage) if (json) data.line(JSON.stringify(rule))
  if (!json) for (const line of coverageLines(coverage)) talk.line(line)
  const counts = (status: CaseResult['status']): number => results.filter((result) => result.status === status).length
  if (!json) talk.line(`${counts('passed')} passed, ${counts('failed')} failed, ${counts('skipped')} skipped`)
  return counts('failed') > 0 ? 'failure' : 'ok'
}

function resultLine({ file, name, status, message }: CaseResult, { paint }: Terminal['data']): string {
  return `${paint(tones[status], status)}  ${file}  ${visible(name)}${message === undefined ? '' : `  ${visible(message)}`}`
}

function coverageLines(coverage: readonly RuleCoverage[]): readonly string[] {
  return coverage.flatMap(({ rule, tests, decisive }) => {
    if (tests === 0) return [`${rule}  no case reaches this rule`]
    return decisive === 0 ? [`${rule}  no case would be answered otherwise without this rule`] : []
  })
}
