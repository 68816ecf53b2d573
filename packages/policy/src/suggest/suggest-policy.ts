import { canonicalize } from '@ice-runtime/kernel'
import type { JsonObject, PolicyRequest, Sha256 } from '@ice-runtime/kernel'
import { policyBundle } from '../bundle/policy-bundle.ts'
import type { PolicyFile } from '../bundle/policy-bundle.ts'
import { requestProblem } from '../cedar/encode-request.ts'
import type { PolicyAction } from '../cedar/schema.ts'
import { caseRequest } from '../cases/policy-case.ts'
import type { RecordedRequest } from '../cases/policy-case.ts'
import { maxCases } from '../cases/read-cases.ts'
import { openCedarPolicy } from '../engine/open-cedar-policy.ts'
import { maxRuleChars, maxRules } from '../limits.ts'
import { ruleTexts } from './rule-text.ts'

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
  /** Requests that no policy can allow, such as those of an action that is gone, and why. */
  readonly left: readonly { readonly from: string; readonly reason: string }[]
}

/**
 * The least policy that allows these requests, in rules that people can read: one for each agent, action, class and destination, over
 * the resources that were touched. Each request is a test. What is suggested is evaluated before it is returned.
 */
export function suggestPolicy(requests: readonly RecordedRequest[], options: SuggestOptions): Suggestion {
  const { actions, name = 'suggested' } = options
  const distinct = distinctRequests(requests).slice(0, maxCases)
  const reasons = new Map(distinct.map((one) => [one, reasonAgainst(one.request, actions)]))
  const usable = distinct.filter((one) => reasons.get(one) === undefined)
  const rules = [...Map.groupBy(usable, ({ request }) => groupKey(request)).values()]
    .flatMap((group) => ruleTexts(group, actions))
    .filter((text) => text.length <= maxRuleChars)
  const policy = { name: `${name}.cedar`, text: rules.slice(0, maxRules).join('\n') }
  const engine = openCedarPolicy({ ...options, bundle: policyBundle([policy]) })
  const allowed = usable.filter(({ request }) => engine.evaluate(request).effect === 'allow')
  const left = distinct
    .filter((one) => !allowed.includes(one))
    .map((one) => ({ from: one.from, reason: reasons.get(one) ?? 'its names are too long for a rule, or there are too many' }))
  return { policy, test: { name: `${name}.test.json`, text: testText(allowed) }, left }
}

/** One narrow rule for one request, with its test: what an approver is offered instead of answering again. */
export function suggestRule(
  recorded: RecordedRequest,
  options: SuggestOptions,
): { readonly rule: string; readonly testCase: JsonObject } | undefined {
  const { policy, left } = suggestPolicy([recorded], options)
  return left.length > 0 ? undefined : { rule: policy.text, testCase: testCase(recorded) }
}

function distinctRequests(requests: readonly RecordedRequest[]): readonly RecordedRequest[] {
  const seen = new Map<string, RecordedRequest>()
  for (const one of requests) {
    const key = JSON.stringify(caseRequest(one.request))
    if (!seen.has(key)) seen.set(key, one)
  }
  return [...seen.values()]
}

/** Requests with one key can stand in one rule. */
function groupKey({ principal, action, egress, cost, atOnce, ...rest }: PolicyRequest): string {
  const isPriced = cost.moneyMicro !== 'unknown'
  return canonicalize([action, principal.agent, rest.class, egress?.destinations ?? [], atOnce, isPriced])
}

function reasonAgainst(request: PolicyRequest, actions: readonly PolicyAction[]): string | undefined {
  const action = actions.find((one) => one.action === request.action)
  if (action === undefined) return `no action is named ${request.action}`
  const problem = requestProblem(request, action.facts)
  if (problem !== undefined) return problem
  return request.resources.some((resource) => resource.split(/[:/]/).includes('..')) ? 'a resource leads through ..' : undefined
}

function testText(requests: readonly RecordedRequest[]): string {
  return `${JSON.stringify({ cases: requests.map(testCase) }, undefined, 2)}\n`
}

const maxNameChars = 160

function testCase({ from, request }: RecordedRequest): JsonObject {
  const [first = ''] = request.resources
  const what = `${request.action} ${first}${request.resources.length > 1 ? ' and others' : ''}`.slice(0, maxNameChars).toWellFormed()
  return { name: `${what} (${from})`, request: caseRequest(request), expect: 'allow' }
}
