import type { Sha256 } from '../log/entry.ts'
import { digestFromBytes } from '../log/ids.ts'
import type { PolicyAnswer, PolicyEngine, PolicyRequest } from './policy-port.ts'

interface BuiltinRule {
  readonly id: string
  readonly sentence: string
  forbids(request: PolicyRequest, atOnce: readonly string[]): boolean
}

/** In force while no policy has been adopted. Grants decide; these rules only narrow what they cover. */
const rules: readonly BuiltinRule[] = [
  {
    id: 'builtin:secret-shaped',
    sentence: 'No action touches content whose name is that of a secret.',
    forbids: (request) => request.facts['secretShaped'] === true,
  },
  {
    id: 'builtin:at-once',
    sentence: 'An external change waits for the commit unless the action is allowed by name to happen at once.',
    forbids: (request, atOnce) => request.atOnce && !atOnce.includes(request.action),
  },
]

/**
 * The engine over the rules above. `atOnce` names the actions that may change the outside before the commit. The digest covers
 * ids, sentences and names, so a change of any is a change of policy.
 */
export function builtinPolicy(sha256: Sha256, atOnce: readonly string[] = []): PolicyEngine {
  const named = [...atOnce].sort()
  const text = rules.map((rule) => `${rule.id}\t${rule.sentence}\n`).join('') + named.map((name) => `at once\t${name}\n`).join('')
  return {
    digest: digestFromBytes(sha256(new TextEncoder().encode(`ICE built-in policy 1\n${text}`))),
    evaluate: (request) => evaluateBuiltin(request, named),
  }
}

const allowed: PolicyAnswer = { effect: 'allow', rules: ['builtin:granted'] }

function evaluateBuiltin(request: PolicyRequest, atOnce: readonly string[]): PolicyAnswer {
  const forbidding = rules.filter((rule) => rule.forbids(request, atOnce))
  return forbidding.length === 0 ? allowed : { effect: 'forbid', rules: forbidding.map((rule) => rule.id) }
}

/** What a built-in rule says, for people; undefined for a rule that is not built in. */
export function describeBuiltinRule(id: string): string | undefined {
  return rules.find((rule) => rule.id === id)?.sentence
}
