import type { Sha256 } from '../log/entry.ts'
import { digestFromBytes } from '../log/ids.ts'
import type { PolicyAnswer, PolicyEngine, PolicyRequest } from './policy-port.ts'

interface BuiltinRule {
  readonly id: string
  readonly sentence: string
  forbids(request: PolicyRequest): boolean
}

/** In force while no policy has been adopted. Grants decide; these rules only narrow them. */
const rules: readonly BuiltinRule[] = [
  {
    id: 'builtin:secret-shaped',
    sentence: 'No action touches content whose name is that of a secret.',
    forbids: (request) => request.facts['secretShaped'] === true,
  },
  {
    id: 'builtin:undeclared-class',
    sentence: 'An irreversible action may only happen at the commit, not at once.',
    forbids: (request) => request.class === 'irreversible' && request.facts['atOnce'] === true,
  },
]

/** The engine over the rules above; its digest is that of their ids and sentences, so a change of them is a change of policy. */
export function builtinPolicy(sha256: Sha256): PolicyEngine {
  const text = rules.map((rule) => `${rule.id}\t${rule.sentence}\n`).join('')
  return {
    digest: digestFromBytes(sha256(new TextEncoder().encode(`ICE built-in policy 1\n${text}`))),
    evaluate: (request) => evaluateBuiltin(request),
  }
}

const allowed: PolicyAnswer = { effect: 'allow', rules: ['builtin:granted'] }

function evaluateBuiltin(request: PolicyRequest): PolicyAnswer {
  const forbidding = rules.filter((rule) => rule.forbids(request))
  return forbidding.length === 0 ? allowed : { effect: 'forbid', rules: forbidding.map((rule) => rule.id) }
}

/** What the built-in rules say, for people. */
export function describeBuiltinRule(id: string): string | undefined {
  return rules.find((rule) => rule.id === id)?.sentence
}
