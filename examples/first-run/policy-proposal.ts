import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '@ice-runtime/ice'
import type { Ice } from '@ice-runtime/ice'
import { checkPolicy, decidedRequests, placeOf, policyBundle, policyCoverage, runPolicyTests, suggestPolicy } from '@ice-runtime/ice/policy'
import type { DecidedRequest, PolicyBundle } from '@ice-runtime/ice/policy'
import { readEntries } from '@ice-runtime/ice/record'
import type { Obligation, RunId } from '@ice-runtime/kernel'
import type { Screen } from './screen.ts'

/** Who has to agree before the report is handed over. */
const readFirst: Obligation = { type: 'approval', from: 'ops', count: 1 }
const report = 'file:agent-surface.md'
const maxShownLines = 8

/**
 * Proposes the least policy under which a run would do again what it did, except that a person reads the report first. Written with its
 * tests, checked and tested; nothing of it is in force.
 */
export function proposePolicy(screen: Screen, ice: Ice, { run, place }: { readonly run: RunId; readonly place: string }): PolicyBundle {
  const { requests, actions = [] } = decidedRequests(run, readEntries(ice.store.log, run), ice.store.blobs)
  const wanted = requests
    .filter(({ happened }) => happened)
    .map((request) => (isReport(request) ? { ...request, agreed: [readFirst] } : request))
  const { policy, test, rulesCount, casesCount, left } = suggestPolicy(wanted, { actions, sha256, name: 'surface-audit' })
  mkdirSync(place)
  for (const { name, text } of [policy, test]) writeFileSync(join(place, name), text, { flag: 'wx' })
  screen.item('proposed', join(place, policy.name), `${rulesCount} rules, the least that allow what the honest run did`)
  screen.item('its tests', join(place, test.name), `${casesCount} cases, one for each request that differs`)
  screen.item('and one rule', 'that asks a person, because somebody should read the report first:')
  for (const line of askingRule(policy.text)) screen.faint(`  ${line}`)
  screen.line()
  const bundle = policyBundle([policy])
  const findings = checkPolicy({ bundle, actions }).filter(({ severity }) => severity !== 'note')
  for (const finding of findings) screen.line(`${placeOf(finding)}  ${finding.message}`)
  screen.check('checked: nothing to object to', findings.length === 0 && left.length === 0)
  const asked = { bundle, actions, sha256, tests: [test] }
  const passed = runPolicyTests(asked).filter(({ status }) => status === 'passed').length
  screen.check(`tested: ${passed} of ${casesCount} cases pass`, passed === casesCount && passed > 0)
  const coverage = policyCoverage({ ...asked, recorded: requests })
  const needed = coverage.filter(({ decisive }) => decisive > 0).length
  screen.check(`${needed} of ${rulesCount} rules decide a case or something on record`, needed === rulesCount && needed > 0)
  return bundle
}

function isReport({ request }: DecidedRequest): boolean {
  return request.action === 'files.write' && request.resources.includes(report)
}

/** The rule that asks, as it stands in the text. */
function askingRule(text: string): readonly string[] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.startsWith('@approval'))
  return start === -1 ? [] : lines.slice(start, start + maxShownLines)
}
