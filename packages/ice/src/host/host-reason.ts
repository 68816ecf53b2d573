import { unreachable } from '@ice-runtime/kernel'
import type { HookVerdict } from '@ice-runtime/adapters'
import type { HostDecision } from '@ice-runtime/runtime/host'

/** What a host is told of a decision: the rule by its place, the code, and where an operator finds the rest. */
export function hookVerdict(decision: HostDecision): HookVerdict {
  switch (decision.type) {
    case 'allowed':
      return { type: 'allow', reason: `ICE: allowed by ${rulesText(decision.rules)} (${placeOf(decision)})` }
    case 'asks':
      return { type: 'ask', reason: `ICE: ${rulesText(decision.rules)} wants a person to say (${placeOf(decision)})` }
    case 'refused':
      return { type: 'deny', reason: `ICE: ${refusalText(decision)} (${placeOf(decision)})` }
    case 'observed':
      return { type: 'silent' }
    case 'ended':
      return { type: 'deny', reason: `ICE: ${decision.detail}, so it does nothing more; start a new one` }
    default:
      return unreachable(decision)
  }
}

type Refused = Extract<HostDecision, { type: 'refused' | 'observed' | 'asks' }>

function refusalText({ code, detail, rules }: Refused): string {
  if (code === 'policy.forbidden') return `${code}, ${rules.length === 0 ? 'no rule permits it' : `by ${rulesText(rules)}`}`
  return rules.length === 0 ? `${code}, ${detail}` : `${code}, ${detail}, by ${rulesText(rules)}`
}

function rulesText(rules: readonly string[]): string {
  return rules.join(', ')
}

function placeOf({ run, action }: { readonly run: string; readonly action: number }): string {
  return `${run}#${action}`
}
