import { describe, expect, test } from 'vitest'
import type { PolicyAnswer, PolicyRequest } from '@ice-runtime/kernel'
import { actions, answer, policy, read, reading, sha256 } from '../../tests/fixture.ts'
import { policyBytes } from '../bundle/policy-bundle.ts'
import { openCedarPolicy } from './open-cedar-policy.ts'

const permitAll = 'permit (principal, action, resource);'
const ops = { type: 'approval', from: 'ops', count: 2 } as const
const legal = { type: 'approval', from: 'legal', count: 1, notRequester: true } as const

describe('what the satisfied rules mean', () => {
  test.each<[string, string, PolicyAnswer]>([
    ['no rule: refused', '', { effect: 'forbid', rules: [] }],
    ['a permit: allowed', permitAll, { effect: 'allow', rules: ['main.cedar:1'] }],
    [
      'every satisfied permit is named, in order',
      `${permitAll}\n\n${permitAll}`,
      { effect: 'allow', rules: ['main.cedar:1', 'main.cedar:3'] },
    ],
    ['a forbid beats a permit', `${permitAll}\nforbid (principal, ${read}, resource);`, { effect: 'forbid', rules: ['main.cedar:2'] }],
    [
      'an annotated forbid asks',
      `${permitAll}\n@approval("2 of ops")\nforbid (principal, ${read}, resource);`,
      { effect: 'oblige', rules: ['main.cedar:1', 'main.cedar:2'], obligations: [ops] },
    ],
    [
      'all obligations together, each once',
      `${permitAll}\n${['2 of ops', '1 of legal, not requester', '2 of ops'].map((who) => `@approval("${who}") forbid (principal, action, resource);`).join('\n')}`,
      { effect: 'oblige', rules: ['main.cedar:1', 'main.cedar:2', 'main.cedar:3', 'main.cedar:4'], obligations: [ops, legal] },
    ],
    [
      'an annotated forbid beside a plain one: refused',
      `${permitAll}\n@approval("2 of ops") forbid (principal, action, resource);\nforbid (principal, action, resource);`,
      { effect: 'forbid', rules: ['main.cedar:2', 'main.cedar:3'] },
    ],
    [
      'an annotated forbid that nothing permits: refused',
      `@approval("2 of ops") forbid (principal, action, resource);`,
      { effect: 'forbid', rules: ['main.cedar:1'] },
    ],
    [
      'an annotated forbid that is not satisfied asks nothing',
      `${permitAll}\n@approval("2 of ops") forbid (principal, action, resource) when { context.atOnce };`,
      { effect: 'allow', rules: ['main.cedar:1'] },
    ],
    [
      'a permit waives what it says',
      '@waive("price_unknown") permit (principal, action, resource);',
      { effect: 'allow', rules: ['main.cedar:1'], waives: ['price_unknown'] },
    ],
    [
      'a permit that is not satisfied waives nothing',
      `${permitAll}\n@waive("price_unknown") permit (principal, action, resource) when { context.atOnce };`,
      { effect: 'allow', rules: ['main.cedar:1'] },
    ],
    [
      'a waiver holds under an obligation',
      '@waive("price_unknown") permit (principal, action, resource);\n@approval("2 of ops") forbid (principal, action, resource);',
      { effect: 'oblige', rules: ['main.cedar:1', 'main.cedar:2'], obligations: [ops], waives: ['price_unknown'] },
    ],
  ])('%s', (_claim, text, expected) => {
    expect(answer(text, reading('src/a.ts'))).toEqual(expected)
  })
})

describe('what a rule can ask of a request', () => {
  const base = reading('src/a.ts')
  test.each<[string, Partial<PolicyRequest>]>([
    ['context.facts.path like "src/*"', { facts: { path: 'other', secretShaped: false } }],
    ['!context.facts.secretShaped', { facts: { path: 'src/a.ts', secretShaped: true } }],
    ['!(context.facts has digest)', { facts: { path: 'src/a.ts', secretShaped: false, digest: 'ab' } }],
    ['context.class == "observe"', { class: 'staged' }],
    ['context.egress.isEmpty()', { egress: { destinations: ['https://a:443'] } }],
    ['["https://a:443"].containsAll(context.egress)', { egress: { destinations: ['https://a:443', 'https://b:443'] } }],
    ['context.labels.integrity == "trusted"', { labels: 'untrusted/public' }],
    ['context.labels.confidentiality != "secret"', { labels: 'trusted/secret' }],
    ['context.cost.priceKnown', { cost: { moneyMicro: 'unknown' } }],
    ['context.cost has moneyMicro && context.cost.moneyMicro <= 5', { cost: { moneyMicro: 6 } }],
    ['context.cost.tokens < 10', { cost: { tokens: 10 } }],
    ['context.run.agent == "scribe"', { principal: { ...base.principal, agent: 'other' } }],
    ['context.run.namespace == "default"', { principal: { ...base.principal, namespace: 'other' } }],
    ['context.run.person == "ada"', { principal: { ...base.principal, person: 'bob' } }],
    ['principal == Ice::Agent::"scribe"', { principal: { ...base.principal, agent: 'other' } }],
    ['principal in Ice::Namespace::"default"', { principal: { ...base.principal, namespace: 'other' } }],
    ['principal.person == "ada"', { principal: { ...base.principal, person: 'bob' } }],
    ['context.resources.contains("file:src/a.ts")', { resources: ['file:b'] }],
    ['resource == Ice::Resource::"file:src/a.ts"', { resources: ['file:src/a.tsx'] }],
    ['resource in Ice::Resource::"file:src"', { resources: ['file:src-old/a.ts'] }],
    ['resource.kind == "file"', { resources: ['ledger:src/a.ts'] }],
    ['resource.name like "src/*"', { resources: ['file:lib/a.ts'] }],
    ['!context.atOnce', { atOnce: true }],
    ['action == Ice::Action::"files.read"', { action: 'files.write', facts: { path: 'src/a.ts', secretShaped: false, newSizeBytes: 1 } }],
  ])('%s', (condition, change) => {
    const engine = policy(`permit (principal, action, resource) when { ${onlyFiles(condition)} };`)
    expect(engine.evaluate(base)).toMatchObject({ effect: 'allow' })
    expect(engine.evaluate({ ...base, ...change })).toMatchObject({ effect: 'forbid' })
  })

  /** A fact is only there where the action declares it. */
  function onlyFiles(condition: string): string {
    const facts = [...condition.matchAll(/facts\.(\w+)/g)].map(([, name]) => `context.facts has ${name} && `)
    return `${facts.join('')}${condition}`
  }

  test('addresses and decimals are values of their own', () => {
    const reach = (address: string, rate?: string): PolicyRequest =>
      reading('x', {
        action: 'net.reach',
        facts: { address, tags: ['a'], bodyKind: 'object', bodySizeBytes: 1, bodyDigest: 'ab', ...(rate === undefined ? {} : { rate }) },
      })
    const engine = policy(`permit (principal, action == Ice::Action::"net.reach", resource) when {
      context.facts.address.isInRange(ip("10.0.0.0/8")) && context.facts.tags.contains("a") &&
      (if context.facts has rate then context.facts.rate.lessThan(decimal("0.5")) else true)
    };`)
    expect(engine.evaluate(reach('10.1.2.3'))).toMatchObject({ effect: 'allow' })
    expect(engine.evaluate(reach('11.1.2.3'))).toMatchObject({ effect: 'forbid' })
    expect(engine.evaluate(reach('10.1.2.3', '0.4999'))).toMatchObject({ effect: 'allow' })
    expect(engine.evaluate(reach('10.1.2.3', '0.50'))).toMatchObject({ effect: 'forbid' })
    expect(engine.evaluate(reach('10.1.2.999'))).toMatchObject({ effect: 'error' })
    expect(engine.evaluate(reach('10.1.2.3', '0.5e1'))).toMatchObject({ effect: 'error' })
  })

  test.each(['principal in Ice::Namespace::"default"', 'principal is Ice::Agent in Ice::Namespace::"default"'])(
    'in its scope: %s',
    (scope) => {
      const engine = policy(`permit (${scope}, action, resource);`)
      expect(engine.evaluate(base)).toMatchObject({ effect: 'allow' })
      expect(engine.evaluate({ ...base, principal: { ...base.principal, namespace: 'other' } })).toMatchObject({ effect: 'forbid' })
    },
  )

  test.each(['file:a', 'file:a/b', 'file:a/b/c'])('a/b/c is in %s, and in nothing that only begins so', (place) => {
    const engine = policy(`permit (principal, action, resource in Ice::Resource::"${place}");`)
    expect(engine.evaluate(reading('a/b/c'))).toMatchObject({ effect: 'allow' })
    expect(engine.evaluate(reading('a/b/cd', { resources: ['file:ab', 'file:a/bc', 'file:a/b/cd'] }))).toMatchObject({ effect: 'forbid' })
  })

  test('an action is in its area and in every group its name begins with', () => {
    const asked = reading('x', { action: 'mcp.github.read_issue', facts: {} })
    for (const group of ['mcp', 'mcp.github']) {
      expect(answer(`permit (principal, action in Ice::Action::"${group}", resource);`, asked)).toMatchObject({ effect: 'allow' })
    }
    for (const other of ['action in Ice::Action::"mcp.git"', 'action == Ice::Action::"mcp.github"', 'action in [Ice::Action::"files"]']) {
      expect(answer(`permit (principal, ${other}, resource);`, asked)).toMatchObject({ effect: 'forbid' })
    }
  })
})

describe('an action that touches several resources', () => {
  const moving = (...resources: readonly string[]): PolicyRequest =>
    reading('a', { action: 'files.move', resources, facts: { path: 'a', secretShaped: false, to: 'b' } })

  test('is permitted only if each of them is', () => {
    const engine = policy('permit (principal, action, resource) when { resource in Ice::Resource::"file:src" };')
    expect(engine.evaluate(moving('file:src/a', 'file:src/b'))).toMatchObject({ effect: 'allow' })
    expect(engine.evaluate(moving('file:src/a', 'file:etc/b'))).toMatchObject({ effect: 'forbid' })
    expect(engine.evaluate(moving('file:etc/a', 'file:src/b'))).toMatchObject({ effect: 'forbid' })
  })

  test('is forbidden if one of them is', () => {
    const engine = policy(`${permitAll}\nforbid (principal, action, resource in Ice::Resource::"file:etc");`)
    expect(engine.evaluate(moving('file:src/a', 'file:etc/b'))).toEqual({ effect: 'forbid', rules: ['main.cedar:2'] })
    expect(engine.evaluate(moving('file:src/a', 'file:etcetera'))).toMatchObject({ effect: 'allow' })
  })

  test('asks for the approvals that any of them needs, and waives what all of them waive', () => {
    const engine = policy(`${permitAll}
      @waive("price_unknown") permit (principal, action, resource in Ice::Resource::"file:src");
      @approval("2 of ops") forbid (principal, action, resource in Ice::Resource::"file:etc");
      @approval("1 of legal, not requester") forbid (principal, action, resource in Ice::Resource::"file:contracts");`)
    expect(engine.evaluate(moving('file:src/a', 'file:etc/b', 'file:contracts/c'))).toEqual({
      effect: 'oblige',
      rules: ['main.cedar:1', 'main.cedar:2', 'main.cedar:3', 'main.cedar:4'],
      obligations: [ops, legal],
    })
    expect(engine.evaluate(moving('file:src/a', 'file:src/b'))).toMatchObject({ effect: 'allow', waives: ['price_unknown'] })
    expect(engine.evaluate(moving('file:src/a', 'file:b'))).not.toHaveProperty('waives')
  })

  test.each(['file:src/../etc/b', 'file:..', 'file:src/.', 'file:./src', 'file:src/..'])(
    'through %s is an error where rules look at places',
    (resource) => {
      expect(answer('permit (principal, action, resource in Ice::Resource::"file:src");', moving('file:src/a', resource))).toMatchObject({
        effect: 'error',
      })
    },
  )

  test.each([[[]], [Array.from({ length: 1025 }, (_, index) => `file:${index}`)]])(
    'and names none or too many is an error',
    (resources) => {
      expect(answer(permitAll, moving(...resources))).toMatchObject({ effect: 'error' })
    },
  )
})

describe('fails closed on', () => {
  const facts = (value: unknown): PolicyRequest => JSON.parse(JSON.stringify({ ...reading('a'), facts: value }))
  test.each<[string, PolicyRequest]>([
    ['an action that no driver has', reading('a', { action: 'files.raed' })],
    ['a group as an action', reading('a', { action: 'files' })],
    ['an entity in place of a text', facts({ path: { __entity: { type: 'Ice::Agent', id: 'scribe' } }, secretShaped: false })],
    ['an extension value in place of a text', facts({ path: { __extn: { fn: 'ip', arg: '10.0.0.1' } }, secretShaped: false })],
    ['a record of facts that is an entity', facts({ __entity: { type: 'Ice::Agent', id: 'scribe' } })],
    ['a record of facts that is an extension value', facts({ __extn: { fn: 'ip', arg: '10.0.0.1' } })],
    ['a fact that is missing', facts({ path: 'a' })],
    ['a fact that is not declared', facts({ path: 'a', secretShaped: false, admin: true })],
    ['a fact of another type', facts({ path: 'a', secretShaped: 'false' })],
    ['a fact above its size', facts({ path: 'x'.repeat(8193), secretShaped: false })],
    ['a fact that is no text', reading('\ud800')],
    ['a resource above its size', reading('a', { resources: [`file:${'x'.repeat(8192)}`] })],
    ['a destination that is no text', reading('a', { egress: { destinations: ['\udc00'] } })],
    ['a cost that is NaN', reading('a', { cost: { tokens: Number.NaN } })],
    ['a negative cost', reading('a', { cost: { moneyMicro: -1 } })],
    ['a cost beyond every sum', reading('a', { cost: { sizeBytes: 2 ** 53 } })],
    ['a label that is none', JSON.parse(JSON.stringify({ ...reading('a'), labels: 'safe' }))],
    ['no principal', JSON.parse(JSON.stringify({ ...reading('a'), principal: undefined }))],
    ['an agent whose name is no text', reading('a', { principal: { agent: '\ud800', namespace: 'n', person: 'p' } })],
    ['a class that is no text', JSON.parse(JSON.stringify({ ...reading('a'), class: { __entity: { type: 'Ice::Agent', id: 'a' } } }))],
  ])('%s', (_what, request) => {
    expect(answer(permitAll, request)).toMatchObject({ effect: 'error' })
  })

  test('a rule that cannot be evaluated, whatever the others say', () => {
    const text = `${permitAll}\nforbid (principal, action, resource) when { context.cost.tokens * 9223372036854775807 > 1 };`
    expect(answer(text, reading('a', { cost: { tokens: 2 } }))).toEqual({
      effect: 'error',
      detail: expect.stringContaining('main.cedar:2'),
    })
  })

  test('an engine that throws', () => {
    let isBroken = false
    const engine = openCedarPolicy({
      bundle: { files: [{ name: 'main.cedar', text: permitAll }] },
      actions,
      sha256: (bytes) => {
        if (isBroken) throw new Error('no hashing today')
        return sha256(bytes)
      },
    })
    isBroken = true
    expect(engine.evaluate(reading('a'))).toEqual({ effect: 'error', detail: 'no hashing today' })
  })
})

test('text that reads like an entity is a text', () => {
  const text = `permit (principal, ${read}, resource) when { context.facts.path == "{\\"__entity\\":{}}" };`
  expect(answer(text, reading('{"__entity":{}}'))).toMatchObject({ effect: 'allow' })
})

test('the same request has the same answer, whatever was asked between', () => {
  const engine = policy(`${permitAll}\n@approval("2 of ops") forbid (principal, action, resource) when { context.atOnce };`)
  const first = engine.evaluate(reading('a', { atOnce: true }))
  for (let count = 0; count < 20; count += 1) engine.evaluate(reading(String(count)))
  expect(engine.evaluate(reading('a', { atOnce: true }))).toEqual(first)
})

test('two policies in one process do not know of each other', () => {
  const [open, shut] = [policy(permitAll), policy(`forbid (principal, action, resource);`)]
  expect(open.evaluate(reading('a'))).toMatchObject({ effect: 'allow' })
  expect(shut.evaluate(reading('a'))).toMatchObject({ effect: 'forbid' })
  expect(open.evaluate(reading('a'))).toMatchObject({ effect: 'allow' })
})

test('the digest of a policy is that of its bundle, in whatever order its files are given', () => {
  const files = [
    { name: 'b.cedar', text: permitAll },
    { name: 'a.cedar', text: '' },
  ]
  const one = openCedarPolicy({ bundle: { files }, actions, sha256 })
  const other = openCedarPolicy({ bundle: { files: files.toReversed() }, actions, sha256 })
  expect(one.digest).toBe(other.digest)
  expect(one.digest).toBe(Buffer.from(sha256(policyBytes({ files }))).toString('hex'))
  expect(openCedarPolicy({ bundle: { files: [] }, actions, sha256 }).digest).not.toBe(one.digest)
})

describe('opening throws policy.invalid for', () => {
  test.each<[string, string]>([
    ['a misspelt annotation', '@aproval("2 of ops") forbid (principal, action, resource);'],
    ['a rule that does not parse', 'permit (principal, action);'],
    ['a fact that is not there', `permit (principal, ${read}, resource) when { context.facts.pth == "a" };`],
    ['a fact that may be absent', `permit (principal, ${read}, resource) when { context.facts.digest == "a" };`],
    ['a forbid on an action the area lacks', 'forbid (principal, action == Ice::Action::"files.raed", resource);'],
  ])('%s', (_what, text) => {
    expect(() => policy(text)).toThrow(
      expect.objectContaining({ code: 'policy.invalid', message: expect.stringMatching(/^main\.cedar:1: /) }),
    )
  })

  test('but not for an area that this runtime has no drivers of', () => {
    const text = 'permit (principal, action in [Ice::Action::"http.request", Ice::Action::"files.read"], resource);'
    expect(answer(text, reading('a'))).toMatchObject({ effect: 'allow' })
  })
})
