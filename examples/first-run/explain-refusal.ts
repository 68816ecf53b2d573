import { actionMatches, decisionStages, describeBuiltinRule, resourceMatches } from '@ice-runtime/kernel'
import type { GrantTerms, Run } from '@ice-runtime/kernel'
import type { Ice } from '@ice-runtime/ice'
import type { RecordedAction } from './recorded-actions.ts'
import type { Screen } from './screen.ts'

/** Prints why an action was refused, as its operator may know it. The agent was told the code alone. */
export function explainRefusal(screen: Screen, refused: RecordedAction, { ice, run }: { readonly ice: Ice; readonly run: Run }): void {
  const { seq, action, refusal } = refused
  if (refusal === undefined) return
  const { stage, code, detail = '', rules = [], prepared } = refusal.payload
  const passed = decisionStages.slice(0, decisionStages.indexOf(stage))
  screen.item('refused at', `the stage ${stage}, with ${code}${detail === '' ? '' : `: ${detail}`}`)
  if (passed.length > 0) screen.item('passed before', passed.join(', '))
  for (const rule of rules) screen.item('by the rule', `${rule}: ${describeBuiltinRule(rule) ?? ''}`)
  const covering = run.grants.list.find(({ terms }) => covers(terms, action, prepared?.resources ?? []))
  if (passed.includes('grant') && covering !== undefined) {
    screen.item(
      'despite',
      `grant #${covering.id}, ${covering.terms.actions.join(', ')} on ${covering.terms.resources.join(', ')}: rules narrow what grants allow`,
    )
  }
  const principal = run.spec?.principal
  if (principal !== undefined) {
    const name = ice.keys.decrypt(principal.name) ?? principal.subject
    screen.item('answerable', `${name}, who started the run (a ${principal.kind}, known by ${principal.authenticated})`)
  }
  screen.item('on record', `entry #${refusal.seq}, for the proposal #${seq}; the agent was told ${code} and no more`)
}

function covers(terms: GrantTerms, action: string, resources: readonly string[]): boolean {
  return (
    resources.length > 0 &&
    terms.actions.some((pattern) => actionMatches(pattern, action)) &&
    resources.every((resource) => terms.resources.some((pattern) => resourceMatches(pattern, resource)))
  )
}
