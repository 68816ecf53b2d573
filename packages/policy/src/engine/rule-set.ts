import { assert, canonicalize, digestFromBytes } from '@ice-runtime/kernel'
import type { Sha256 } from '@ice-runtime/kernel'
import { prepareRules, prepareSchema } from '../cedar/cedar.ts'
import type { RuleTexts, Schema } from '../cedar/cedar.ts'
import { schemaOf } from '../cedar/schema.ts'
import type { PolicyAction } from '../cedar/schema.ts'
import { isInScope } from '../rule/rule.ts'
import type { Rule } from '../rule/rule.ts'
import { splitClauses } from '../text/split-clauses.ts'

/** The rules that can match one action, prepared in Cedar with a schema of that action alone. */
export interface RuleSet {
  readonly action: PolicyAction
  /** In the order of the policy. */
  readonly rules: readonly Rule[]
  readonly byId: ReadonlyMap<string, Rule>
  readonly looksAt: Rule['looksAt']
  readonly schema: Schema
  readonly schemaName: string
  /** All of them, as Cedar knows them. */
  readonly all: string
  /** Those that ask for nobody's approval; the same as `all` where no rule does. */
  readonly unconditional: string
}

/** A schema of one action costs Cedar the same whatever the catalog holds: it copies the schema on each call. */
export function openRuleSet(action: PolicyAction, policy: readonly Rule[], sha256: Sha256): RuleSet {
  const rules = policy.filter((rule) => isInScope(rule.scope, action.action))
  const schema = schemaOf([action])
  return {
    action,
    rules,
    byId: new Map(rules.map((rule) => [rule.id, rule])),
    looksAt: { principal: rules.some((rule) => rule.looksAt.principal), resource: rules.some((rule) => rule.looksAt.resource) },
    schema,
    schemaName: keepSchema(schema, sha256),
    all: keepRules(textsOf(rules), sha256),
    unconditional: keepRules(textsOf(rules.filter((rule) => rule.obligations.length === 0)), sha256),
  }
}

function textsOf(rules: readonly Rule[]): RuleTexts {
  return Object.fromEntries(rules.map((rule) => [rule.id, rule.text]))
}

/** Every rule as a permit, so that Cedar says of each by itself whether it is satisfied. */
export function asPermits(rules: readonly Rule[]): RuleTexts {
  return Object.fromEntries(rules.map(({ id, text, tokens }) => [id, `permit ${text.slice(splitClauses(text, tokens).scopeStart)}`]))
}

export function keepRules(rules: RuleTexts, sha256: Sha256): string {
  const name = nameOf('rules', rules, sha256)
  const problem = prepareRules(name, rules)
  assert(problem === undefined, `rules that parsed one by one parse together: ${problem ?? ''}`)
  return name
}

function keepSchema(schema: Schema, sha256: Sha256): string {
  const name = nameOf('schema', schema, sha256)
  const problem = prepareSchema(name, schema)
  assert(problem === undefined, `declared facts make a schema: ${problem ?? ''}`)
  return name
}

/** Named after the content: what Cedar keeps for ever is kept once, and a name never means two things. */
function nameOf(kind: string, content: object, sha256: Sha256): string {
  const text = canonicalize(JSON.parse(JSON.stringify(content)))
  return `${kind}:${digestFromBytes(sha256(new TextEncoder().encode(text)))}`
}
