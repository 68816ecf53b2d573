import type { Obligation, PolicyAnswer, PolicyRequest, Waiver } from '@ice-runtime/kernel'
import { askPrepared } from '../cedar/cedar.ts'
import type { CedarQuestion } from '../cedar/cedar.ts'
import { agentEntity, contextOf, entitiesOf, leavesItsPlace, requestProblem, resourceEntity } from '../cedar/encode-request.ts'
import { actionType } from '../rule/policy-json.ts'
import type { Rule } from '../rule/rule.ts'
import type { RuleSet } from './rule-set.ts'

/**
 * What the rules of a set say of a request. Cedar is asked about one resource at a time, so that a permit has to cover every one and a
 * forbid needs to match only one; the strictest answer counts. Rules that look at no resource are asked once.
 */
export function judge(set: RuleSet, request: PolicyRequest): PolicyAnswer {
  const asked = questionsOf(set, request)
  if ('problem' in asked) return { effect: 'error', detail: asked.problem }
  const answers: PolicyAnswer[] = []
  for (const question of asked.questions) {
    const answer = judgeOne(set, question)
    if (answer.effect === 'error') return answer
    answers.push(answer)
  }
  return strictest(set, answers)
}

export interface Questions {
  readonly questions: readonly CedarQuestion[]
}

/** One question for each resource that makes a difference, or why none can be asked. */
export function questionsOf(set: RuleSet, request: PolicyRequest): Questions | { readonly problem: string } {
  const { facts } = set.action
  const problem = requestProblem(request, facts)
  if (problem !== undefined) return { problem }
  const asked = {
    principal: agentEntity(request),
    action: { type: actionType, id: request.action },
    context: contextOf(request, facts),
  }
  const resources = set.looksAt.resource ? request.resources : request.resources.slice(0, 1)
  if (set.looksAt.resource && resources.some(leavesItsPlace)) return { problem: 'a resource leads through . or ..' }
  const questions = resources.map((resource) => ({
    ...asked,
    resource: resourceEntity(resource),
    entities: entitiesOf(request, resource, set.looksAt),
  }))
  return { questions }
}

function judgeOne(set: RuleSet, question: CedarQuestion): PolicyAnswer {
  const first = askPrepared(set.all, set.schemaName, question)
  if (first.type === 'failed') return { effect: 'error', detail: first.detail }
  const rules = rulesOf(set, first.rules)
  if (first.allows) return allowed(rules)
  // Without the annotated ones a plain forbid still decides, so nobody needs to be asked.
  if (rules.length === 0 || rules.some((rule) => rule.obligations.length === 0)) return forbidden(rules)
  const without = askPrepared(set.unconditional, set.schemaName, question)
  if (without.type === 'failed') return { effect: 'error', detail: without.detail }
  if (!without.allows) return forbidden(rules)
  return obliged(set.rules, rules, rulesOf(set, without.rules))
}

/** In the order of the policy, whatever order Cedar found them in: an answer is recorded, and the same every time. */
function rulesOf(set: RuleSet, ids: readonly string[]): readonly Rule[] {
  return ids.length === 0 ? [] : set.rules.filter((rule) => ids.includes(rule.id))
}

export function allowed(permits: readonly Rule[]): PolicyAnswer {
  return { effect: 'allow', rules: idsOf(permits), ...waivedBy(permits) }
}

export function forbidden(rules: readonly Rule[]): PolicyAnswer {
  return { effect: 'forbid', rules: idsOf(rules) }
}

export function obliged(policy: readonly Rule[], forbids: readonly Rule[], permits: readonly Rule[]): PolicyAnswer {
  const obligations = distinct(forbids.flatMap((rule) => rule.obligations))
  const rules = policy.filter((rule) => forbids.includes(rule) || permits.includes(rule))
  return { effect: 'oblige', rules: idsOf(rules), obligations, ...waivedBy(permits) }
}

function waivedBy(permits: readonly Rule[]): { readonly waives?: readonly Waiver[] } {
  const waives = [...new Set(permits.flatMap((rule) => rule.waives))]
  return waives.length === 0 ? {} : { waives }
}

/** An error, else a refusal, else everything that is asked for together. Waived is what every answer waives. */
export function strictest(set: RuleSet, answers: readonly PolicyAnswer[]): PolicyAnswer {
  const [only] = answers
  if (only !== undefined && answers.length === 1) return only
  const forbids = answers.filter((answer) => answer.effect === 'forbid')
  if (forbids.length > 0)
    return {
      effect: 'forbid',
      rules: inOrder(
        set,
        forbids.flatMap((answer) => answer.rules),
      ),
    }
  const rest = answers.filter((answer) => answer.effect === 'allow' || answer.effect === 'oblige')
  const rules = inOrder(
    set,
    rest.flatMap((answer) => answer.rules),
  )
  const [first = [], ...others] = rest.map((answer) => answer.waives ?? [])
  const waived = first.filter((waiver) => others.every((waives) => waives.includes(waiver)))
  const waives = waived.length === 0 ? {} : { waives: waived }
  const obligations = distinct(rest.flatMap((answer) => (answer.effect === 'oblige' ? answer.obligations : [])))
  return obligations.length === 0 ? { effect: 'allow', rules, ...waives } : { effect: 'oblige', rules, obligations, ...waives }
}

function inOrder(set: RuleSet, ids: readonly string[]): readonly string[] {
  return idsOf(rulesOf(set, ids))
}

function idsOf(rules: readonly Rule[]): readonly string[] {
  return rules.map((rule) => rule.id)
}

function distinct(obligations: readonly Obligation[]): readonly Obligation[] {
  const seen = new Map(obligations.map((one) => [`${one.count} ${one.from} ${one.notRequester === true}`, one]))
  return [...seen.values()]
}
