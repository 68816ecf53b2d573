import type { PolicyCondition, PolicyRequest, RuleExplanation } from '@ice-runtime/kernel'
import { satisfiedOf } from '../cedar/cedar.ts'
import type { CedarQuestion } from '../cedar/cedar.ts'
import type { Rule } from '../rule/rule.ts'
import { splitClauses } from '../text/split-clauses.ts'
import type { ConditionText } from '../text/split-clauses.ts'
import { judge, questionsOf } from './judge.ts'
import { asPermits } from './rule-set.ts'
import type { RuleSet } from './rule-set.ts'

/**
 * How each rule in scope stands to a request, for the resource that made the answer what it is. Permits come first, those with the
 * fewest false conditions before the others; then forbids, satisfied ones before the others.
 */
export function explainRequest(set: RuleSet, request: PolicyRequest): readonly RuleExplanation[] {
  const asked = questionsOf(set, request)
  const question = 'problem' in asked ? undefined : decisive(set, request, asked.questions)
  const satisfied = question === undefined ? undefined : satisfiedOf(asPermits(set.rules), set.schema, question)
  const explained = set.rules.map((rule) => explainRule(set, rule, { question, isSatisfied: satisfied?.satisfied.has(rule.id) === true }))
  return explained.toSorted((left, right) => rank(left) - rank(right))
}

/** The question whose own answer is the answer to all. */
function decisive(set: RuleSet, request: PolicyRequest, questions: readonly CedarQuestion[]): CedarQuestion | undefined {
  const { effect } = judge(set, request)
  const index = request.resources.findIndex((resource) => judge(set, { ...request, resources: [resource] }).effect === effect)
  return questions[Math.max(index, 0)] ?? questions[0]
}

function explainRule(
  set: RuleSet,
  rule: Rule,
  { question, isSatisfied }: { readonly question: CedarQuestion | undefined; readonly isSatisfied: boolean },
): RuleExplanation {
  return {
    rule: rule.id,
    effect: rule.effect,
    ...(rule.sentence === undefined ? {} : { sentence: rule.sentence }),
    obligations: rule.obligations,
    satisfied: isSatisfied,
    conditions: conditionsOf(set, splitClauses(rule.text, rule.tokens).conditions, question),
  }
}

/** Each condition alone, as a permit of its own. One that relies on another (`has` before an access) may not be known alone. */
function conditionsOf(set: RuleSet, conditions: readonly ConditionText[], question: CedarQuestion | undefined): readonly PolicyCondition[] {
  const alone = conditions.map(({ expression }, index) => [String(index), permitWhen(expression)] as const)
  const known = question === undefined ? undefined : satisfiedOf(Object.fromEntries(alone), set.schema, question)
  return conditions.map(({ text }, index) => {
    if (known === undefined || known.failed.has(String(index))) return { text, holds: 'unknown' }
    return { text, holds: known.satisfied.has(String(index)) }
  })
}

function permitWhen(expression: string): string {
  return `permit (principal, action, resource) when { ${expression}\n};`
}

function rank({ effect, satisfied, conditions }: RuleExplanation): number {
  if (effect === 'permit') return conditions.filter(({ holds }) => holds !== true).length
  return satisfied ? 1000 : 2000
}
