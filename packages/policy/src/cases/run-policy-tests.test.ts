import { describe, expect, test } from 'vitest'
import { actions, read, reading, sha256 } from '../../tests/fixture.ts'
import { policyCoverage } from './coverage.ts'
import { runPolicyTests } from './run-policy-tests.ts'
import type { CaseResult } from './run-policy-tests.ts'

const text = `@id("sources")
permit (principal, ${read}, resource) when { context.facts.path like "src/*" };
@id("asked")
@approval("2 of ops")
forbid (principal, ${read}, resource) when { context.facts.path like "src/keys/*" };
forbid (principal, ${read}, resource) when { context.facts.secretShaped };`
const bundle = { files: [{ name: 'main.cedar', text }] }

function run(...cases: readonly unknown[]): readonly CaseResult[] {
  return runPolicyTests({ bundle, actions, sha256, tests: [{ name: 'main.test.json', text: JSON.stringify({ cases }) }] })
}

const request = { action: 'files.read', facts: { path: 'src/a.ts' } }
const keys = { action: 'files.read', facts: { path: 'src/keys/a' } }

test('a case passes when verdict, rules and approvals are as expected', () => {
  const results = run(
    { name: 'a', request, expect: 'allow', rules: ['sources'] },
    { name: 'b', request, expect: 'allow', rules: ['main.cedar:1'] },
    { name: 'c', request: keys, expect: 'approval', rules: ['asked', 'sources'], approvals: ['2 of ops'] },
    {
      name: 'd',
      request: { action: 'files.read', facts: { path: 'src/a', secretShaped: true } },
      expect: 'forbid',
      rules: ['main.cedar:6'],
    },
    { name: 'e', request: { action: 'time.now', egress: [], run: { agent: 'x' }, cost: { moneyMicro: 'unknown' } }, expect: 'forbid' },
  )
  expect(results.map(({ name, status, message }) => [name, status, message])).toEqual(
    ['a', 'b', 'c', 'd', 'e'].map((name) => [name, 'passed', undefined]),
  )
})

test.each<[RegExp, unknown]>([
  [/expected forbid, answered allow: by main\.cedar:1/, { name: 'x', request, expect: 'forbid' }],
  [/answered forbid: no rule permits it/, { name: 'x', request: { action: 'files.read' }, expect: 'allow' }],
  [/asked did not decide/, { name: 'x', request, expect: 'allow', rules: ['asked'] }],
  [/asks for 2 of ops/, { name: 'x', request: keys, expect: 'approval', approvals: ['1 of ops'] }],
  [
    /cannot be evaluated: the fact mode is not declared/,
    { name: 'x', request: { action: 'files.read', facts: { mode: 1 } }, expect: 'forbid' },
  ],
  [/no action is named files\.raed/, { name: 'x', request: { action: 'files.raed' }, expect: 'forbid' }],
])('a case fails with what happened instead: %s', (message, one) => {
  expect(run(one)).toMatchObject([{ status: 'failed', message: expect.stringMatching(message) }])
})

test('a case about an area that the catalog lacks is skipped', () => {
  expect(run({ name: 'x', request: { action: 'http.request' }, expect: 'allow' })).toMatchObject([{ status: 'skipped' }])
})

test('a rule about resources is not tested without naming one', () => {
  const about = { files: [{ name: 'main.cedar', text: 'permit (principal, action, resource in Ice::Resource::"file:src");' }] }
  const tests = (resources: object): readonly { readonly name: string; readonly text: string }[] => [
    { name: 't.json', text: JSON.stringify({ cases: [{ name: 'x', request: { action: 'time.now', ...resources }, expect: 'allow' }] }) },
  ]
  expect(runPolicyTests({ bundle: about, actions, sha256, tests: tests({}) })).toMatchObject([{ status: 'failed' }])
  expect(runPolicyTests({ bundle: about, actions, sha256, tests: tests({ resources: ['file:src/a'] }) })).toMatchObject([
    { status: 'passed' },
  ])
})

describe('a file is read strictly:', () => {
  const one = { name: 'x', request, expect: 'allow' }
  test.each<[string, unknown]>([
    ['no object', []],
    ['no cases', { cases: [] }],
    ['another member', { cases: [one], version: 1 }],
    ['a case without a name', { cases: [{ ...one, name: '' }] }],
    ['a misspelt member', { cases: [{ ...one, expcet: 'allow' }] }],
    ['an expectation there is not', { cases: [{ ...one, expect: 'deny' }] }],
    ['a misspelt member of a request', { cases: [{ ...one, request: { ...request, resource: ['file:a'] } }] }],
    ['no action', { cases: [{ ...one, request: {} }] }],
    ['a class there is not', { cases: [{ ...one, request: { ...request, class: 'safe' } }] }],
    ['a label there is not', { cases: [{ ...one, request: { ...request, labels: 'safe' } }] }],
    ['a cost that is none', { cases: [{ ...one, request: { ...request, cost: { tokens: -1 } } }] }],
    ['a fact that is an object', { cases: [{ ...one, request: { ...request, facts: { path: {} } } }] }],
    ['no list of resources', { cases: [{ ...one, request: { ...request, resources: 'file:a' } }] }],
    ['a run of a number', { cases: [{ ...one, request: { ...request, run: { agent: 1 } } }] }],
    ['atOnce as a text', { cases: [{ ...one, request: { ...request, atOnce: 'no' } }] }],
    ['approvals where none are expected', { cases: [{ ...one, approvals: ['1 of ops'] }] }],
  ])('%s is refused with the place', (_what, content) => {
    const tests = [{ name: 'main.test.json', text: JSON.stringify(content) }]
    expect(() => runPolicyTests({ bundle, actions, sha256, tests })).toThrow(
      expect.objectContaining({ code: 'policy.invalid', message: expect.stringMatching(/^main\.test\.json: /) }),
    )
  })

  test('a member given twice is refused', () => {
    const tests = [{ name: 'm.json', text: '{"cases":[],"cases":[]}' }]
    expect(() => runPolicyTests({ bundle, actions, sha256, tests })).toThrow(expect.objectContaining({ code: 'policy.invalid' }))
  })
})

test('coverage counts what reached a rule and what would be otherwise without it', () => {
  const cases = [
    { name: 'a', request, expect: 'allow' },
    { name: 'b', request: keys, expect: 'approval' },
  ]
  const tests = [{ name: 'main.test.json', text: JSON.stringify({ cases }) }]
  const recorded = [reading('src/b'), reading('src/c', { action: 'gone.away' })].map((one, index) => ({
    from: `run#${index}`,
    request: one,
  }))
  expect(policyCoverage({ bundle, actions, sha256, tests, recorded })).toEqual([
    { rule: 'main.cedar:1', effect: 'permit', tests: 2, recorded: 1, decisive: 3 },
    { rule: 'main.cedar:3', effect: 'forbid', tests: 1, recorded: 0, decisive: 1 },
    { rule: 'main.cedar:6', effect: 'forbid', tests: 0, recorded: 0, decisive: 0 },
  ])
})

test('a rule that says what another says already decides nothing', () => {
  const twice = { files: [{ name: 'a.cedar', text: 'permit (principal, action, resource);\npermit (principal, action, resource);' }] }
  const recorded = [{ from: 'run#1', request: reading('a') }]
  const coverage = policyCoverage({ bundle: twice, actions, sha256, tests: [], recorded })
  expect(coverage.map(({ recorded: reached, decisive }) => [reached, decisive])).toEqual([
    [1, 0],
    [1, 0],
  ])
})
