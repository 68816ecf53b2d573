import type { Fact, FactDeclarations, Facts, FactType, JsonObject, Obligation, PolicyAnswer, PolicyRequest } from '@ice-runtime/kernel'

/** What a test expects: the effects of an answer, in the words of who writes tests. */
export const expectations = ['allow', 'forbid', 'approval'] as const
export type Expectation = (typeof expectations)[number]

/** One case of a test file. What the request leaves out has its default. */
export interface PolicyCase {
  readonly name: string
  readonly request: PolicyRequest
  /** False where the file does not name any, which a rule about resources cannot be tested with. */
  readonly namesResources: boolean
  readonly expect: Expectation
  /** Rules that must be among those that decided, by `@id` or `file:line`. */
  readonly rules: readonly string[]
  /** `2 of ops`, all of them, where given. */
  readonly approvals?: readonly string[]
}

/** A request of the record, and where it stands: `run_…#12`. */
export interface RecordedRequest {
  readonly from: string
  readonly request: PolicyRequest
  /** What people had to agree to before it happened; absent where nobody was asked. */
  readonly agreed?: readonly Obligation[]
}

/** What a request has when a case does not say: harmless, inside, free, trusted. */
export const defaultRequest: Omit<PolicyRequest, 'action' | 'facts'> = {
  principal: { agent: 'agent', namespace: 'default', person: 'person' },
  resources: ['test:unnamed'],
  class: 'observe',
  egress: undefined,
  cost: {},
  labels: 'trusted/public',
  atOnce: false,
}

const emptyFacts: { readonly [Type in FactType]: Fact } = {
  string: '',
  integer: 0,
  boolean: false,
  strings: [],
  decimal: '0.0',
  ip: '0.0.0.0',
}

/** The facts of a case, and an empty one for each that the action always states. */
export function completeFacts(facts: Facts, declarations: FactDeclarations): Facts {
  const missing = Object.entries(declarations).filter(([name, { optional }]) => optional !== true && !Object.hasOwn(facts, name))
  return { ...Object.fromEntries(missing.map(([name, { type }]) => [name, emptyFacts[type]])), ...facts }
}

/** A request as a case writes it, defaults left out. */
export function caseRequest({ principal, action, resources, egress, cost, labels, facts, atOnce, ...rest }: PolicyRequest): JsonObject {
  const stated = Object.entries(facts).sort(([left], [right]) => (left < right ? -1 : 1))
  return {
    action,
    resources,
    ...(stated.length === 0 ? {} : { facts: Object.fromEntries(stated) }),
    ...(rest.class === defaultRequest.class ? {} : { class: rest.class }),
    ...(egress === undefined ? {} : { egress: egress.destinations }),
    ...(Object.keys(cost).length === 0 ? {} : { cost: { ...cost } }),
    ...(labels === defaultRequest.labels ? {} : { labels }),
    ...(atOnce ? { atOnce } : {}),
    run: { ...principal },
  }
}

export function expectationOf(answer: PolicyAnswer): Expectation | 'error' {
  return answer.effect === 'oblige' ? 'approval' : answer.effect
}

/** As an annotation says it: `2 of ops, not requester`. */
export function approvalsOf(answer: PolicyAnswer): readonly string[] {
  return answer.effect === 'oblige' ? answer.obligations.map(approvalText) : []
}

export function approvalText({ count, from, notRequester }: Obligation): string {
  return `${count} of ${from}${notRequester === true ? ', not requester' : ''}`
}
