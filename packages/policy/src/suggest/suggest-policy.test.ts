import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { effectClasses, labels } from '@ice-runtime/kernel'
import type { PolicyRequest } from '@ice-runtime/kernel'
import { actions, reading, sha256 } from '../../tests/fixture.ts'
import { runPolicyTests } from '../cases/run-policy-tests.ts'
import type { RecordedRequest } from '../cases/policy-case.ts'
import { checkPolicy } from '../check/check-policy.ts'
import { openCedarPolicy } from '../engine/open-cedar-policy.ts'
import { suggestPolicy, suggestRule } from './suggest-policy.ts'
import type { Suggestion } from './suggest-policy.ts'

const options = { actions, sha256 }
const record = (...requests: readonly PolicyRequest[]): readonly RecordedRequest[] =>
  requests.map((request, index) => ({ from: `run_a#${index + 1}`, request }))
const suggest = (...requests: readonly PolicyRequest[]): Suggestion => suggestPolicy(record(...requests), options)

test('one rule for what is alike, exact where few were touched', () => {
  const wire = reading('x', {
    action: 'ledger.wire',
    resources: ['ledger:main/rent'],
    class: 'irreversible',
    egress: { destinations: ['ledger:main'] },
    cost: { moneyMicro: 40 },
    facts: { account: 'rent', amountMicro: 40 },
  })
  const { policy, left } = suggest(reading('a.md'), reading('b.md'), reading('a.md'), wire)
  expect(left).toEqual([])
  expect(policy).toEqual({
    name: 'suggested.cedar',
    text: `// From run_a#1, run_a#2.
permit (
  principal == Ice::Agent::"scribe",
  action == Ice::Action::"files.read",
  resource
) when {
  resource in [
    Ice::Resource::"file:a.md",
    Ice::Resource::"file:b.md"
  ] &&
  context.class == "observe" &&
  context.egress.isEmpty()
};

// From run_a#4.
permit (
  principal == Ice::Agent::"scribe",
  action == Ice::Action::"ledger.wire",
  resource == Ice::Resource::"ledger:main/rent"
) when {
  context.class == "irreversible" &&
  ["ledger:main"].containsAll(context.egress) &&
  !context.atOnce &&
  context.cost has moneyMicro && context.cost.moneyMicro <= 40
};
`,
  })
})

test('a place where many are, and then nothing with the name of a secret in it', () => {
  const { policy } = suggest(...['a', 'b', 'c', 'd', 'e', 'sub/f'].map((name) => reading(`src/${name}`)), reading('src-old'))
  expect(policy.text).toContain('Ice::Resource::"file:src",\n    Ice::Resource::"file:src-old"')
  expect(policy.text).not.toContain('file:src/')
  expect(policy.text).toContain('!context.facts.secretShaped')
  const engine = openCedarPolicy({ ...options, bundle: { files: [policy] } })
  expect(engine.evaluate(reading('src/.env', { facts: { path: 'src/.env', secretShaped: true } }))).toMatchObject({ effect: 'forbid' })
})

test('an unknown price is waived only where it was unknown', () => {
  const { policy } = suggest(reading('a', { cost: { moneyMicro: 'unknown' } }), reading('b'))
  expect(policy.text.match(/@waive\("price_unknown"\)\npermit/g)).toHaveLength(1)
})

test('what people had to agree to is asked about again, of each of them', () => {
  const agreed = [
    { type: 'approval', from: 'ops', count: 2 },
    { type: 'approval', from: 'legal', count: 1, notRequester: true },
  ] as const
  const written = {
    from: 'run_a#1',
    request: reading('a.md', { action: 'files.move', facts: { path: 'a.md', secretShaped: false, to: 'b' } }),
  }
  const { policy, test: tests, left } = suggestPolicy([{ ...written, agreed }, ...record(reading('a.md'))], options)
  expect(left).toEqual([])
  expect(policy.text.match(/^@approval.*\nforbid/gm)).toEqual([
    '@approval("2 of ops")\nforbid',
    '@approval("1 of legal, not requester")\nforbid',
  ])
  expect(JSON.parse(tests.text)).toMatchObject({
    cases: [{ expect: 'approval', approvals: ['2 of ops', '1 of legal, not requester'] }, { expect: 'allow' }],
  })
  const engine = openCedarPolicy({ ...options, bundle: { files: [policy] } })
  expect(engine.evaluate(written.request)).toMatchObject({ effect: 'oblige', obligations: agreed })
})

test('a request that happened with and without being asked about is asked about', () => {
  const request = reading('a.md')
  const agreed = [{ type: 'approval', from: 'ops', count: 1 }] as const
  const { test: tests, left } = suggestPolicy(
    [
      { from: 'run_a#1', request },
      { from: 'run_b#1', request, agreed },
    ],
    options,
  )
  expect(left).toEqual([])
  expect(JSON.parse(tests.text)).toMatchObject({ cases: [{ expect: 'approval' }, { expect: 'approval' }] })
})

test('what no policy can allow is left, and said', () => {
  const { policy, left } = suggest(
    reading('a', { action: 'files.raed' }),
    reading('a', { facts: { path: 'a' } }),
    reading('a', { resources: ['file:a/../b'] }),
    reading('x'.repeat(5000)),
  )
  expect(policy.text).toBe('')
  expect(left.map(({ from }) => from)).toEqual(['run_a#1', 'run_a#2', 'run_a#3', 'run_a#4'])
  expect(left.map(({ reason }) => reason)).toEqual([
    'no action is named files.raed',
    'the fact secretShaped is declared and missing',
    'a resource leads through ..',
    'its names are too long for a rule, or there are too many',
  ])
})

test('a rule that asks and is too long takes the permit beside it along', () => {
  const agreed = [{ type: 'approval', from: 'ops', count: 1 }] as const
  const lengths = Array.from({ length: 80 }, (_, index) => 3780 + index * 4)
  const longest = lengths.findLast((length) => suggest(reading('x'.repeat(length))).left.length === 0) ?? 0
  const request = reading('x'.repeat(longest))
  const { policy, left } = suggestPolicy([{ from: 'run_a#1', request, agreed }], options)
  expect([longest > 0, policy.text, left.map(({ from }) => from)]).toEqual([true, '', ['run_a#1']])
})

test('what is beyond the bounds of a policy and its tests is left, and said', () => {
  const many = Array.from({ length: 2005 }, (_, index) => reading('a.md', { cost: { tokens: index } }))
  expect(suggest(...many).left).toEqual(
    [2001, 2002, 2003, 2004, 2005].map((seq) => ({
      from: `run_a#${seq}`,
      reason: 'it is beyond the 2000 different requests of a suggestion',
    })),
  )
  const long = Array.from({ length: 100 }, (_, index) => reading(`${index}/${'x'.repeat(3500)}`))
  const { policy, left } = suggest(...long)
  expect(left.length).toBeGreaterThan(0)
  expect(checkPolicy({ bundle: { files: [policy] }, actions }).filter(({ severity }) => severity === 'error')).toEqual([])
})

test('one rule for one request, with its case', () => {
  const suggested = suggestRule({ from: 'run_a#3', request: reading('a.md') }, options)
  expect(suggested?.rule).toContain('resource == Ice::Resource::"file:a.md"')
  expect(suggested?.testCase).toMatchObject({ name: 'files.read file:a.md (run_a#3)', expect: 'allow' })
  expect(suggestRule({ from: 'run_a#3', request: reading('a.md', { action: 'files.raed' }) }, options)).toBeUndefined()
})

test('names from a record cannot write rules', () => {
  const hostile = '"};\n*/ permit (principal, action, resource); //\u202e\\'
  const request = reading(hostile, { principal: { agent: hostile, namespace: hostile, person: hostile } })
  const { policy } = suggestPolicy([{ from: `${hostile}#1`, request }], options)
  expect(checkPolicy({ bundle: { files: [policy] }, actions }).filter(({ severity }) => severity === 'error')).toEqual([])
  const engine = openCedarPolicy({ ...options, bundle: { files: [policy] } })
  expect(engine.evaluate(request)).toMatchObject({ effect: 'allow', rules: ['suggested.cedar:2'] })
  expect(engine.evaluate(reading('a'))).toMatchObject({ effect: 'forbid' })
})

describe('for any requests', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'src/a', 'src/b', 'src/c', 'src/d', 'src/e', 'lib/x/y'),
    fc.string({ maxLength: 20, unit: 'grapheme' }).filter((text) => !/\.{1,2}(?:\/|$)/.test(text)),
  )
  const request = fc
    .record({
      resources: fc.array(
        name.map((text) => `file:${text}`),
        { minLength: 1, maxLength: 4 },
      ),
      class: fc.constantFrom(...effectClasses),
      egress: fc.constantFrom(undefined, undefined, { destinations: ['https://a:443'] }, { destinations: ['"\\', 'https://a:443'] }),
      labels: fc.constantFrom(...labels),
      atOnce: fc.boolean(),
      cost: fc.constantFrom<PolicyRequest['cost'][]>({}, { moneyMicro: 'unknown' }, { moneyMicro: 7 }, { tokens: 3 }),
      agent: fc.constantFrom('scribe', 'clerk'),
    })
    .map(({ agent, ...change }) => reading('a', { ...change, principal: { agent, namespace: 'default', person: 'ada' } }))

  const agreed = fc.constantFrom<RecordedRequest['agreed'][]>(undefined, undefined, [{ type: 'approval', from: 'ops', count: 1 }])
  const recorded = fc
    .tuple(request, agreed)
    .map(([one, asked]): RecordedRequest => ({ from: 'run_a#1', request: one, ...(asked === undefined ? {} : { agreed: asked }) }))

  test('the suggestion is a policy without errors whose own tests pass, one for each different request', () => {
    fc.assert(
      fc.property(fc.array(recorded, { maxLength: 20 }), (requests) => {
        const { policy, test: tests, left } = suggestPolicy(requests, options)
        expect(left).toEqual([])
        const bundle = { files: [policy] }
        expect(checkPolicy({ bundle, actions }).filter(({ severity }) => severity === 'error')).toEqual([])
        if (requests.length === 0) return
        const results = runPolicyTests({ bundle, actions, sha256, tests: [tests] })
        expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
        expect(results.length).toBeGreaterThan(0)
      }),
      { numRuns: 30 },
    )
  })

  test('nothing is allowed to another agent, of another class, or to another destination', () => {
    fc.assert(
      fc.property(request, (one) => {
        const { policy } = suggest(one)
        const engine = openCedarPolicy({ ...options, bundle: { files: [policy] } })
        const others: readonly PolicyRequest[] = [
          { ...one, principal: { ...one.principal, agent: 'stranger' } },
          { ...one, class: one.class === 'observe' ? 'staged' : 'observe' },
          { ...one, egress: { destinations: ['https://elsewhere.example:443'] } },
          { ...one, resources: [...one.resources, 'file:elsewhere'] },
        ]
        expect(others.map((other) => engine.evaluate(other).effect)).toEqual(['forbid', 'forbid', 'forbid', 'forbid'])
      }),
      { numRuns: 30 },
    )
  })
})
