import * as wasm from '@cedar-policy/cedar-wasm/nodejs'
import type {
  AuthorizationCall,
  DetailedError,
  EntityJson,
  PolicyJson,
  SchemaJson,
  StatefulAuthorizationCall,
  TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs'

export type { DetailedError, EntityJson, PolicyJson, TypeAndId }
export type Schema = SchemaJson<string>
/** By policy id. */
export interface RuleTexts {
  readonly [id: string]: string
}

/** What Cedar is asked, less what its rules are. */
export type CedarQuestion = Pick<StatefulAuthorizationCall, 'principal' | 'action' | 'resource' | 'context' | 'entities'>

export type CedarAnswer =
  | { readonly type: 'decided'; readonly allows: boolean; readonly rules: readonly string[] }
  | { readonly type: 'failed'; readonly detail: string }

/** Asks over what was prepared under these names. Any reported error is a failure: Cedar itself would ignore the rule. */
export function askPrepared(rules: string, schema: string, question: CedarQuestion): CedarAnswer {
  return answerOf(
    wasm.statefulIsAuthorized({ ...question, preparsedPolicySetId: rules, preparsedSchemaName: schema, validateRequest: true }),
  )
}

/** Which of these rules are satisfied, each by itself, and which could not be evaluated. All must be permits. */
export function satisfiedOf(
  rules: RuleTexts,
  schema: Schema,
  question: CedarQuestion,
): { readonly satisfied: ReadonlySet<string>; readonly failed: ReadonlySet<string> } | undefined {
  const call: AuthorizationCall = { ...question, schema, validateRequest: true, policies: { staticPolicies: rules } }
  const answer = wasm.isAuthorized(call)
  if (answer.type === 'failure') return undefined
  const { reason, errors } = answer.response.diagnostics
  return { satisfied: new Set(reason), failed: new Set(errors.map((error) => error.policyId)) }
}

/** Keeps a set of rules under a name, for ever: Cedar evicts nothing, so the name has to be that of the content. */
export function prepareRules(name: string, rules: RuleTexts): string | undefined {
  return problemOf(wasm.preparsePolicySet(name, { staticPolicies: rules }))
}

export function prepareSchema(name: string, schema: Schema): string | undefined {
  return problemOf(wasm.preparseSchema(name, schema))
}

export type ParsedRule =
  | { readonly parsed: true; readonly json: PolicyJson }
  | { readonly parsed: false; readonly errors: readonly DetailedError[] }

export function parseRule(text: string): ParsedRule {
  const answer = wasm.policyToJson(text)
  return answer.type === 'success' ? { parsed: true, json: answer.json } : { parsed: false, errors: answer.errors }
}

/** What Cedar's strict validator says, by policy id. */
export interface Validated {
  readonly errors: readonly { readonly policyId: string; readonly error: DetailedError }[]
  readonly warnings: readonly { readonly policyId: string; readonly error: DetailedError }[]
}

export function validateRules(rules: RuleTexts, schema: Schema): Validated | string {
  const answer = wasm.validate({ schema, policies: { staticPolicies: rules }, validationSettings: { mode: 'strict' } })
  if (answer.type === 'failure') return messagesOf(answer.errors)
  return { errors: answer.validationErrors, warnings: answer.validationWarnings }
}

function answerOf(answer: wasm.AuthorizationAnswer): CedarAnswer {
  if (answer.type === 'failure') return { type: 'failed', detail: messagesOf(answer.errors) }
  const { decision, diagnostics } = answer.response
  const [first] = diagnostics.errors
  if (first !== undefined) return { type: 'failed', detail: `${first.policyId}: ${first.error.message}` }
  return { type: 'decided', allows: decision === 'allow', rules: diagnostics.reason }
}

function problemOf(answer: wasm.CheckParseAnswer): string | undefined {
  return answer.type === 'success' ? undefined : messagesOf(answer.errors)
}

function messagesOf(errors: readonly DetailedError[]): string {
  return errors.map((error) => error.message).join('; ')
}
