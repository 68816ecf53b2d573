import { canonicalize } from '@ice-runtime/kernel'
import type { JsonObject, PolicyAnswer, PolicyRequest, Sha256 } from '@ice-runtime/kernel'
import { policyBundle } from '../bundle/policy-bundle.ts'
import type { PolicyFile } from '../bundle/policy-bundle.ts'
import { requestProblem } from '../cedar/encode-request.ts'
import type { PolicyAction } from '../cedar/schema.ts'
import { approvalsOf, approvalText, caseRequest } from '../cases/policy-case.ts'
import type { RecordedRequest } from '../cases/policy-case.ts'
import { maxCases } from '../cases/read-cases.ts'
import { openCedarPolicy } from '../engine/open-cedar-policy.ts'
import { maxPolicyBytes, maxRuleChars, maxRules } from '../limits.ts'
import { ruleTexts } from './rule-text.ts'
import type { RulesTogether } from './rule-text.ts'

export interface SuggestOptions {
  readonly actions: readonly PolicyAction[]
  readonly sha256: Sha256
  /** Of the file without its extension; `suggested` when absent. */
  readonly name?: string
}

export interface Suggestion {
  readonly policy: PolicyFile
  /** One case for each different request. */
  readonly test: PolicyFile
  readonly rulesCount: number
  readonly casesCount: number
  /** Requests that no policy can allow, such as those of an action that is gone, and why. */
  readonly left: readonly { readonly from: string; readonly reason: string }[]
}

/**
 * The least policy under which these requests happen again, in rules that people can read: one for each agent, action, class and
 * destination, over the resources that were touched. What people had to agree to, they are asked about again. Each request is a test.
 * What is suggested is evaluated before it is returned.
 */
export function suggestPolicy(requests: readonly RecordedRequest[], options: SuggestOptions): Suggestion {
  const { actions, name = 'suggested' } = options
  const distinct = distinctRequests(requests)
  const reasons = new Map(distinct.map((one, index) => [one, index < maxCases ? reasonAgainst(one.request, actions) : tooMany]))
  const usable = distinct.filter((one) => reasons.get(one) === undefined)
  const rules = [...Map.groupBy(usable, groupKey).values()].flatMap((group) => ruleTexts(group, actions))
  const taken = fitting(rules)
  const policy = { name: `${name}.cedar`, text: taken.join('\n') }
  const engine = openCedarPolicy({ ...options, bundle: policyBundle([policy]) })
  const answers = new Map(usable.map((one) => [one, engine.evaluate(one.request)]))
  const passing = usable.filter((one) => passes(one, answers.get(one)))
  const left = distinct.filter((one) => !passing.includes(one)).map((one) => ({ from: one.from, reason: reasons.get(one) ?? tooLong }))
  const cases = passing.map((one) => testCase(one, answers.get(one)))
  const test = { name: `${name}.test.json`, text: `${JSON.stringify({ cases }, undefined, 2)}\n` }
  return { policy, test, rulesCount: taken.length, casesCount: cases.length, left }
}

const tooMany = `it is beyond the ${maxCases} different requests of a suggestion`
const tooLong = 'its names are too long for a rule, or there are too many'

/** As much as a policy can be loaded with. Rules that only stand together come in together or not at all. */
function fitting(rules: readonly RulesTogether[]): readonly string[] {
  const taken: string[] = []
  let sizeBytes = 0
  for (const together of rules) {
    const added = together.reduce((sum, text) => sum + new TextEncoder().encode(text).length + 1, 0)
    const fits = together.every(({ length }) => length <= maxRuleChars) && taken.length + together.length <= maxRules
    if (!fits || sizeBytes + added > maxPolicyBytes) continue
    taken.push(...together)
    sizeBytes += added
  }
  return taken
}

/** It happens, and nobody is left out who had to agree. Where one like it was asked about, it is asked about too. */
function passes({ agreed = [] }: RecordedRequest, answer: PolicyAnswer | undefined): boolean {
  if (answer === undefined || answer.effect === 'forbid' || answer.effect === 'error') return false
  const asked = approvalsOf(answer)
  return agreed.every((obligation) => asked.includes(approvalText(obligation)))
}

/** One narrow rule for one request, with its test: what an approver is offered instead of answering again. */
export function suggestRule(
  recorded: RecordedRequest,
  options: SuggestOptions,
): { readonly rule: string; readonly testCase: JsonObject } | undefined {
  const { policy, left } = suggestPolicy([recorded], options)
  return left.length > 0 ? undefined : { rule: policy.text, testCase: testCase(recorded, undefined) }
}

function distinctRequests(requests: readonly RecordedRequest[]): readonly RecordedRequest[] {
  const seen = new Map<string, RecordedRequest>()
  for (const one of requests) {
    const key = JSON.stringify([caseRequest(one.request), agreedTo(one)])
    if (!seen.has(key)) seen.set(key, one)
  }
  return [...seen.values()]
}

/** Requests with one key can stand in one rule. */
function groupKey(one: RecordedRequest): string {
  const { principal, action, egress, cost, atOnce, ...rest } = one.request
  const isPriced = cost.moneyMicro !== 'unknown'
  return canonicalize([action, principal.agent, rest.class, egress?.destinations ?? [], atOnce, isPriced, agreedTo(one)])
}

function agreedTo({ agreed = [] }: RecordedRequest): readonly string[] {
  return agreed.map(approvalText).sort()
}

function reasonAgainst(request: PolicyRequest, actions: readonly PolicyAction[]): string | undefined {
  const action = actions.find((one) => one.action === request.action)
  if (action === undefined) return `no action is named ${request.action}`
  const problem = requestProblem(request, action.facts)
  if (problem !== undefined) return problem
  return request.resources.some((resource) => resource.split(/[:/]/).includes('..')) ? 'a resource leads through ..' : undefined
}

const maxNameChars = 160

function testCase({ from, request }: RecordedRequest, answer: PolicyAnswer | undefined): JsonObject {
  const [first = ''] = request.resources
  const what = `${request.action} ${first}${request.resources.length > 1 ? ' and others' : ''}`.slice(0, maxNameChars).toWellFormed()
  const approvals = answer === undefined ? [] : approvalsOf(answer)
  const expected = approvals.length === 0 ? { expect: 'allow' } : { expect: 'approval', approvals }
  return { name: `${what} (${from})`, request: caseRequest(request), ...expected }
}
