import { proposeRule } from '@ice-runtime/ice/record'
import { IceError } from '@ice-runtime/kernel'
import { openRecord } from '../place.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { visibleLines } from '../terminal/text.ts'
import { requestOf } from './approval-page.ts'
import { findApproval } from './recorded-approval.ts'

/** `ice approvals show --rule`: what a policy would say instead of asking. Reviewed and adopted by people, or not at all. */
export async function tellRule(text: string, options: OptionValues, { data, talk, json }: Terminal): Promise<void> {
  await using store = openRecord(options)
  const approval = findApproval(store, text)
  const { id, asked, before } = approval
  const { rules } = asked.payload
  const proposal = proposeRule(store.blobs, before.under, { from: id, request: requestOf(approval), rules })
  if (proposal === undefined)
    throw new IceError('usage.invalid', `no rule can be proposed for ${id}: the record does not hold the actions there were`)
  if (json) return data.line(JSON.stringify({ id, ...proposal }))
  for (const line of visibleLines(proposal.rule.trim())) data.line(line)
  data.line('')
  data.line(`// and, before the semicolon of ${proposal.asking.join(', ')}:`)
  for (const line of visibleLines(proposal.exception)) data.line(line)
  data.line('')
  data.line('// tested by')
  for (const line of visibleLines(JSON.stringify({ cases: [proposal.testCase] }, undefined, 2))) data.line(line)
  talk.line(
    proposal.confirmed
      ? 'evaluated with both: it is allowed without being asked about'
      : 'not evaluated: the policy of this run is not at hand here',
  )
}
