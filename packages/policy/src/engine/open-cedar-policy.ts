import { IceError } from '@ice-runtime/kernel'
import type { PolicyAnswer, PolicyEngine, PolicyRequest, Sha256 } from '@ice-runtime/kernel'
import { policyDigest } from '../bundle/policy-bundle.ts'
import type { PolicyBundle } from '../bundle/policy-bundle.ts'
import type { PolicyAction } from '../cedar/schema.ts'
import { checkRules } from '../check/check-rules.ts'
import { placeOf } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { readRules } from '../rule/read-rules.ts'
import type { Rule } from '../rule/rule.ts'
import { explainRequest } from './explain.ts'
import { judge } from './judge.ts'
import { openRuleSet } from './rule-set.ts'
import type { RuleSet } from './rule-set.ts'

export interface CedarPolicyOptions {
  readonly bundle: PolicyBundle
  /** What can be proposed: a catalog's drivers. An action that is not among them is refused. */
  readonly actions: readonly PolicyAction[]
  readonly sha256: Sha256
}

/**
 * A policy in Cedar, ready to be asked. Throws `policy.invalid` for a text with any error that `checkPolicy` finds. Rules are prepared
 * in Cedar on the first use of an action and stay there for the life of the process.
 */
export function openCedarPolicy(options: CedarPolicyOptions): PolicyEngine {
  const { bundle, actions, sha256 } = options
  const { setOf } = openRules(options)
  return {
    digest: policyDigest(bundle, sha256),
    evaluate: (request) => evaluateSafely(setOf, request),
    explain: (request) => {
      const set = actions.some(({ action }) => action === request.action) ? setOf(request.action) : undefined
      return set === undefined ? [] : explainRequest(set, request)
    },
  }
}

/** A policy as the tools around it use it: the rules themselves, and those of one action. */
export interface OpenRules {
  readonly rules: readonly Rule[]
  /** Undefined for an action that is not among the known ones. */
  setOf(action: string): RuleSet | undefined
}

/** Throws `policy.invalid`. */
export function openRules({ bundle, actions, sha256 }: CedarPolicyOptions): OpenRules {
  const { rules, findings } = readRules(bundle)
  refuse(findings)
  refuse(checkRules(rules, actions))
  const byName = new Map(actions.map((action) => [action.action, action]))
  const sets = new Map<string, RuleSet>()
  const setOf = (name: string): RuleSet | undefined => {
    const kept = sets.get(name)
    const action = byName.get(name)
    if (kept !== undefined || action === undefined) return kept
    const set = openRuleSet(action, rules, sha256)
    sets.set(name, set)
    return set
  }
  return { rules, setOf }
}

/** Total, as the port asks for: WebAssembly may trap, and a trap is no permission. */
export function evaluateSafely(setOf: OpenRules['setOf'], request: PolicyRequest): PolicyAnswer {
  try {
    const set = setOf(request.action)
    return set === undefined ? { effect: 'error', detail: 'the policy knows no such action' } : judge(set, request)
  } catch (error) {
    return { effect: 'error', detail: error instanceof Error ? error.message.slice(0, maxDetailChars) : 'the policy engine failed' }
  }
}

const maxDetailChars = 512

function refuse(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const [first] = errors
  if (first === undefined) return
  const others = errors.length === 1 ? '' : `, and ${errors.length - 1} more`
  throw new IceError('policy.invalid', `${placeOf(first)}: ${first.message}${others}`, first.hint === undefined ? {} : { hint: first.hint })
}
