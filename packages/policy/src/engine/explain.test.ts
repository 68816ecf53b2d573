import { expect, test } from 'vitest'
import { policy, read, reading } from '../../tests/fixture.ts'

const text = `permit (principal == Ice::Agent::"other", ${read}, resource) when { context.facts.path like "src/*" && context.class == "staged" };
@description("Sources may be read.")
permit (principal, ${read}, resource) when { context.facts.path like "src/*" && !context.facts.secretShaped };
@description("Nothing at once.")
forbid (principal, action, resource) unless { !context.atOnce || context.run.person == "root" };
@approval("2 of ops") forbid (principal, action in Ice::Action::"ledger", resource);
forbid (principal, action, resource in Ice::Resource::"file:etc");
permit (principal, ${read}, resource) when { context.facts has digest && context.facts.digest == "ab" };`

test('every rule in scope says how it stands to a request, the nearest permit first', () => {
  const explained = policy(text).explain?.(reading('lib/a', { atOnce: true }))
  expect(explained).toEqual([
    {
      rule: 'main.cedar:2',
      effect: 'permit',
      sentence: 'Sources may be read.',
      obligations: [],
      satisfied: false,
      conditions: [
        { text: 'action == Ice::Action::"files.read"', holds: true },
        { text: 'context.facts.path like "src/*"', holds: false },
        { text: '!context.facts.secretShaped', holds: true },
      ],
    },
    {
      rule: 'main.cedar:8',
      effect: 'permit',
      obligations: [],
      satisfied: false,
      conditions: [
        { text: 'action == Ice::Action::"files.read"', holds: true },
        { text: 'context.facts has digest', holds: false },
        { text: 'context.facts.digest == "ab"', holds: 'unknown' },
      ],
    },
    {
      rule: 'main.cedar:1',
      effect: 'permit',
      obligations: [],
      satisfied: false,
      conditions: [
        { text: 'principal == Ice::Agent::"other"', holds: false },
        { text: 'action == Ice::Action::"files.read"', holds: true },
        { text: 'context.facts.path like "src/*"', holds: false },
        { text: 'context.class == "staged"', holds: false },
      ],
    },
    {
      rule: 'main.cedar:4',
      effect: 'forbid',
      sentence: 'Nothing at once.',
      obligations: [],
      satisfied: true,
      conditions: [
        { text: 'unless !context.atOnce', holds: true },
        { text: 'unless context.run.person == "root"', holds: true },
      ],
    },
    {
      rule: 'main.cedar:7',
      effect: 'forbid',
      obligations: [],
      satisfied: false,
      conditions: [{ text: 'resource in Ice::Resource::"file:etc"', holds: false }],
    },
  ])
})

test('rules that cannot match the action are left out', () => {
  const scopes = [
    'action == Ice::Action::"files.write"',
    'action == Ice::Action::"files"',
    'action in [Ice::Action::"ledger", Ice::Action::"mcp"]',
  ]
  const engine = policy(
    [...scopes, read, 'action in Ice::Action::"files"'].map((scope) => `permit (principal, ${scope}, resource);`).join('\n'),
  )
  expect(engine.explain?.(reading('a')).map(({ rule }) => rule)).toEqual(['main.cedar:4', 'main.cedar:5'])
})

test('of several resources, the one is explained that decided', () => {
  const engine = policy('permit (principal, action, resource in Ice::Resource::"file:src");')
  const [explained] = engine.explain?.(reading('a', { resources: ['file:src/a', 'file:lib/b'] })) ?? []
  expect(explained).toMatchObject({ satisfied: false, conditions: [{ holds: false }] })
  const [allowed] = engine.explain?.(reading('a', { resources: ['file:src/a', 'file:src/b'] })) ?? []
  expect(allowed).toMatchObject({ satisfied: true })
})

test('nothing is known of a request that cannot be asked about', () => {
  const engine = policy(text)
  const explained = engine.explain?.(reading('a', { facts: { path: 'a' } })) ?? []
  expect(explained.flatMap(({ conditions }) => conditions.map(({ holds }) => holds))).toEqual(Array.from({ length: 13 }, () => 'unknown'))
  expect(explained.some(({ satisfied }) => satisfied)).toBe(false)
  expect(engine.explain?.(reading('a', { action: 'files.raed' }))).toEqual([])
})
