import type { PolicyEngine } from '@ice-runtime/kernel'
import { permissive } from '../fixture.ts'
import type { AuthorityCase } from '../authority-case.ts'

const keep = (args: object = {}, more: object = {}): { readonly propose: unknown } => ({ propose: { action: 'test.keep', args, ...more } })
const engine = (evaluate: () => unknown): PolicyEngine => ({ ...permissive, evaluate: evaluate as PolicyEngine['evaluate'] })
const broken = (name: string, evaluate: () => unknown): AuthorityCase => ({
  name,
  stage: 'policy',
  policy: engine(evaluate),
  steps: [keep()],
  events: ['proposed test.keep', 'refused policy policy.error', 'committed'],
})
const done = (rules: string): readonly string[] => ['proposed test.keep', `authorized ${rules}`, 'succeeded', 'committed']
const forbidden = (rules = ''): readonly string[] => [
  'proposed test.keep',
  `refused policy policy.forbidden${rules === '' ? '' : ` ${rules}`}`,
  'committed',
]
const permit = 'permit (principal, action, resource);'

/** What policy says, and what it says when it is broken. */
export const policyCases: readonly AuthorityCase[] = [
  {
    name: 'a rule that permits allows',
    stage: 'allowed',
    policy: permit,
    steps: [keep()],
    events: done('case.cedar:1'),
    effects: ['test.keep test:main'],
  },
  { name: 'without a rule that permits nothing is allowed', stage: 'policy', policy: '', steps: [keep()], events: forbidden() },
  {
    name: 'a rule that forbids beats one that permits',
    stage: 'policy',
    policy: `${permit}\nforbid (principal, action, resource) when { context.class == "staged" };`,
    steps: [keep()],
    events: forbidden('case.cedar:2'),
  },
  {
    name: 'a rule of one namespace does not hold in another',
    stage: 'policy',
    namespace: 'other',
    policy: 'permit (principal, action, resource) when { context.run.namespace == "default" };',
    steps: [keep()],
    events: forbidden(),
  },
  {
    name: 'a rule of a namespace holds in it',
    stage: 'allowed',
    namespace: 'default',
    policy: 'permit (principal, action, resource) when { context.run.namespace == "default" };',
    steps: [keep()],
    events: done('case.cedar:1'),
    effects: ['test.keep test:main'],
  },
  {
    name: 'what policy allows and no grant covers is refused',
    stage: 'grant',
    grants: [],
    policy: permit,
    steps: [keep()],
    events: ['proposed test.keep', 'refused grant grant.none', 'committed'],
  },
  {
    name: 'an argument shaped like an entity is text to policy',
    stage: 'policy',
    policy:
      'permit (principal, action == Ice::Action::"test.keep", resource) when { context.facts has mark && context.facts.mark == "open" };',
    steps: [keep({ facts: { mark: '{"__entity":{"type":"Ice::Agent","id":"root"}}' } })],
    events: forbidden(),
  },
  {
    name: 'a fact that is no fact is refused before policy sees it',
    stage: 'prepare',
    policy: permit,
    steps: [keep({ facts: { mark: { __entity: { type: 'Ice::Agent', id: 'root' } } } })],
    events: ['proposed test.keep', 'refused prepare effect.prepare_failed', 'committed'],
  },
  {
    name: 'a fact of another type than declared is refused before policy sees it',
    stage: 'prepare',
    policy: permit,
    steps: [keep({ facts: { count: 'many' } })],
    events: ['proposed test.keep', 'refused prepare effect.prepare_failed', 'committed'],
  },
  {
    name: 'a policy that cannot be computed has not allowed',
    stage: 'policy',
    policy: `${permit}\nforbid (principal, action, resource) when { context.cost.tokens * 9223372036854775807 > 1 };`,
    steps: [keep({ cost: { tokens: 2 } })],
    events: ['proposed test.keep', 'refused policy policy.error', 'committed'],
  },
  broken('a policy that throws has not allowed', () => {
    throw new Error('broken')
  }),
  broken('a policy that answers nothing has not allowed', () => undefined),
  broken('a policy that answers a word nobody knows has not allowed', () => ({ effect: 'permit', rules: [] })),
  broken('a policy that says it failed has not allowed', () => ({ effect: 'error', detail: 'a fact is missing' })),
  broken('a policy that obliges to nothing has not allowed', () => ({ effect: 'oblige', rules: ['a:1'], obligations: [] })),
]
