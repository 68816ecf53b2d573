import type { PolicyAnswer, Sha256 } from '@ice-runtime/kernel'
import type { PolicyBundle, PolicyFile } from '../bundle/policy-bundle.ts'
import type { PolicyAction } from '../cedar/schema.ts'
import { evaluateSafely, openRules } from '../engine/open-cedar-policy.ts'
import type { OpenRules } from '../engine/open-cedar-policy.ts'
import { groupsOf } from '../rule/rule.ts'
import { approvalsOf, expectationOf } from './policy-case.ts'
import type { PolicyCase } from './policy-case.ts'
import { readCases } from './read-cases.ts'

export interface PolicyTestsOptions {
  readonly bundle: PolicyBundle
  readonly actions: readonly PolicyAction[]
  readonly sha256: Sha256
  /** Test files: `<policy>.test.json` beside `<policy>.cedar`, by convention. */
  readonly tests: readonly PolicyFile[]
}

export interface CaseResult {
  readonly file: string
  readonly name: string
  /** `skipped` where the action is of an area that this catalog lacks altogether. */
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly answer: PolicyAnswer
  /** What is wrong, or why it was skipped. */
  readonly message?: string
}

/** Runs every case of every file, in order. Throws `policy.invalid` for a policy that cannot be loaded and for a file that is no test. */
export function runPolicyTests(options: PolicyTestsOptions): readonly CaseResult[] {
  const open = openRules(options)
  return options.tests.flatMap((file) =>
    readCases(file, options.actions).map((one) => ({ file: file.name, ...runCase(open, one, options.actions) })),
  )
}

function runCase(open: OpenRules, one: PolicyCase, actions: readonly PolicyAction[]): Omit<CaseResult, 'file'> {
  const { name, request } = one
  const answer = evaluateSafely(open.setOf, request)
  const set = open.setOf(request.action)
  if (set === undefined) return { name, answer, ...unknownAction(request.action, actions) }
  if (set.looksAt.resource && !one.namesResources) {
    return { name, answer, status: 'failed', message: 'rules look at resources, so the request has to name them' }
  }
  const message = difference(one, answer, open)
  return message === undefined ? { name, answer, status: 'passed' } : { name, answer, status: 'failed', message }
}

function unknownAction(action: string, actions: readonly PolicyAction[]): Pick<CaseResult, 'status' | 'message'> {
  const areas = new Set(actions.flatMap((known) => groupsOf(known.action)))
  const isMistake = groupsOf(action).some((area) => areas.has(area))
  return { status: isMistake ? 'failed' : 'skipped', message: `no action is named ${action}` }
}

function difference({ expect, rules, approvals }: PolicyCase, answer: PolicyAnswer, open: OpenRules): string | undefined {
  const answered = expectationOf(answer)
  if (answer.effect === 'error') return `expected ${expect}, but it cannot be evaluated: ${answer.detail}`
  const decided = answer.rules.length === 0 ? 'no rule permits it' : `by ${answer.rules.join(', ')}`
  if (answered !== expect) return `expected ${expect}, answered ${answered}: ${decided}`
  const names = new Set(
    open.rules.filter(({ id }) => answer.rules.includes(id)).flatMap(({ id, name }) => (name === undefined ? [id] : [id, name])),
  )
  const missing = rules.find((rule) => !names.has(rule))
  if (missing !== undefined) return `${missing} did not decide: ${decided}`
  if (approvals === undefined) return undefined
  const asked = approvalsOf(answer)
  return [...approvals].sort().join('; ') === [...asked].sort().join('; ') ? undefined : `asks for ${asked.join('; ')}`
}
