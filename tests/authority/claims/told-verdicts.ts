import { ask, executing, propose, tell, toldCeilings, viewWith, wideGrant, wish, keyedLater } from '@ice-runtime/conformance'
import type { RunHistory, Telling, Wish } from '@ice-runtime/conformance'
import { widerThan } from '@ice-runtime/kernel'
import type { GrantTerms, PolicyRequest } from '@ice-runtime/kernel'

export function verdict(history: RunHistory, wished: Wish, telling: Telling = {}): unknown {
  const decision = ask(history, propose(history, wished), telling)
  if (!decision.ok) return decision.code
  return decision.events.map(({ type, payload }) =>
    'stage' in payload ? `${payload.stage} ${payload.code}` : 'code' in payload ? `${type} ${payload.code}` : type,
  )
}

export const run: RunHistory = executing()
export const many = (count: number, wished: Wish): RunHistory =>
  Array.from({ length: count }).reduce<RunHistory>(
    (told) => wish(told, wished),
    executing({ ceilings: { ...toldCeilings, steps: 10_000, cost: {} } }),
  )
export const declares = (statement: object): RunHistory =>
  tell(run, {
    type: 'RecordStatement',
    statement: { type: 'AssumptionDeclared', origin: 'agent', causes: [1], payload: { text: 'it holds', ...statement } },
  })
export const grant: number = run.run.grants.list[0]?.id ?? 0
export const allowed: readonly string[] = ['ActionProposed', 'ActionAuthorized']
export const broken: readonly string[] = ['ActionProposed', 'phase assumption.broken']

/** What the refusal of a policy that answers so says: its code and its detail. */
export function refusalOf(answer: unknown): readonly unknown[] {
  const view = viewWith()
  const evaluate = (typeof answer === 'function' ? answer : () => answer) as typeof view.policy.evaluate
  const decision = ask(run, propose(run), { view: { ...view, policy: { ...view.policy, evaluate } } })
  const [, refused] = decision.ok ? decision.events : []
  return refused?.type === 'ActionRefused' ? [refused.payload.code, refused.payload.detail] : []
}

export const names = (terms: Partial<GrantTerms>, wider: Partial<GrantTerms>): unknown =>
  widerThan({ ...wideGrant, ...wider }, { ...wideGrant, delegable: 1, ...terms })
export const seen = (): PolicyRequest[] => {
  const heard: PolicyRequest[] = []
  ask(run, propose(run, { ...keyedLater, atOnce: true, reason: 'now' }), { view: viewWith({ heard: (request) => heard.push(request) }) })
  return heard
}
