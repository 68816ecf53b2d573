import type { PolicyBundle } from '../bundle/policy-bundle.ts'
import type { PolicyAction } from '../cedar/schema.ts'
import type { Finding } from '../finding.ts'
import { readRules } from '../rule/read-rules.ts'
import { checkRules } from './check-rules.ts'

/**
 * Everything that can be said of a policy before it is adopted: errors, with which it cannot be loaded; warnings; and notes on what
 * rules cannot be about. Never throws for a text.
 */
export function checkPolicy({
  bundle,
  actions,
}: {
  readonly bundle: PolicyBundle
  readonly actions: readonly PolicyAction[]
}): readonly Finding[] {
  const { rules, findings } = readRules(bundle)
  const isReadable = findings.every(({ code }) => code !== 'policy.too_large')
  const checked = isReadable && rules.length > 0 ? checkRules(rules, actions) : []
  return [...findings, ...checked, ...emptiness(rules.length, findings), ...unruledFacts(actions)]
}

function emptiness(ruleCount: number, findings: readonly Finding[]): Finding[] {
  if (ruleCount > 0 || findings.length > 0) return []
  return [{ file: 'policy', line: 0, severity: 'warning', code: 'policy.empty', message: 'there is no rule: everything is refused' }]
}

/** Arguments of which a rule sees kind, size and digest alone. */
function unruledFacts(actions: readonly PolicyAction[]): Finding[] {
  return actions.flatMap(({ action, facts }) =>
    Object.keys(facts)
      .filter((name) => name.endsWith('Digest'))
      .map((name) => name.slice(0, -'Digest'.length))
      .filter((name) => isContent(facts, name))
      .map((name): Finding => ({
        file: 'catalog',
        line: 0,
        severity: 'note',
        code: 'fact.content_only',
        message: `of ${name} of ${action} a rule sees ${name}Kind, ${name}SizeBytes and ${name}Digest only`,
      })),
  )
}

function isContent(facts: PolicyAction['facts'], name: string): boolean {
  return !Object.hasOwn(facts, name) && Object.hasOwn(facts, `${name}Kind`) && Object.hasOwn(facts, `${name}SizeBytes`)
}
