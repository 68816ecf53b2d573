import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ActionRequest } from './action-request.ts'
import { effectClasses } from './effect-class.ts'
import { grantMiss, malformedTerm, neverUsed, usedOnce, widerThan } from './grant.ts'
import type { Grant, GrantMoment, GrantUse } from './grant.ts'
import type { GrantTerms } from './grant-terms.ts'
import { confidentialities } from './labels.ts'

const terms: GrantTerms = {
  actions: ['files.read', 'files.write'],
  resources: ['file:src/**', 'file:README.md'],
  class: 'staged',
  egress: ['https://example.org:443'],
}
const request: ActionRequest = { action: 'files.write', resources: ['file:src/a.ts'], facts: {}, class: 'staged', cost: {} }

function grantOf(more: Partial<GrantTerms> = {}): Grant {
  return { id: 1, holder: 'agent', terms: { ...terms, ...more }, revoked: false }
}

function momentAt(at: number, use: Partial<GrantUse> = {}): GrantMoment {
  return { at, use: { ...neverUsed, ...use } }
}

describe('a grant', () => {
  test.each<[string, Partial<ActionRequest>, string | undefined]>([
    ['an action it names', {}, undefined],
    ['another action', { action: 'files.delete' }, 'grant.none'],
    ['every one of several resources', { resources: ['file:src/a.ts', 'file:README.md'] }, undefined],
    ['several resources of which it names but one', { resources: ['file:src/a.ts', 'file:package.json'] }, 'grant.resource'],
    ['no resource at all', { resources: [] }, 'grant.resource'],
    ['a sibling whose name starts alike', { resources: ['file:src2/a.ts'] }, 'grant.resource'],
    ['a name that climbs out of the tree', { resources: ['file:src/../package.json'] }, 'grant.resource'],
    ['a lesser class', { class: 'observe' }, undefined],
    ['a further class', { class: 'keyed' }, 'grant.class'],
    ['a destination it names', { egress: { destinations: ['https://example.org:443'] } }, undefined],
    ['another destination too', { egress: { destinations: ['https://example.org:443', 'https://example.org:444'] } }, 'grant.egress'],
  ])('asked for %s', (_, part, miss) => {
    expect(grantMiss(grantOf(), { ...request, ...part }, momentAt(0))).toBe(miss)
  })

  test.each<[string, Partial<GrantTerms>, Partial<GrantUse>, number, string | undefined]>([
    ['just before it begins', { notBefore: 100 }, {}, 99, 'grant.not_yet'],
    ['when it begins', { notBefore: 100 }, {}, 100, undefined],
    ['just before it expires', { expires: 100 }, {}, 99, undefined],
    ['when it expires', { expires: 100 }, {}, 100, 'grant.expired'],
    ['with one use left', { uses: 2 }, { count: 1 }, 0, undefined],
    ['with no use left', { uses: 2 }, { count: 2 }, 0, 'grant.uses'],
    ['with uses for nothing', { uses: 0 }, {}, 0, 'grant.uses'],
    ['just before its pace allows', { rate: { uses: 1, perMs: 10 } }, { dueMicros: 10_000 }, 9, 'grant.rate'],
    ['when its pace allows', { rate: { uses: 1, perMs: 10 } }, { dueMicros: 10_000 }, 10, undefined],
  ])('%s', (_, more, used, at, miss) => {
    expect(grantMiss(grantOf(more), request, momentAt(at, used))).toBe(miss)
  })

  test('that is revoked, here or elsewhere, covers nothing', () => {
    expect(grantMiss({ ...grantOf(), revoked: true }, request, momentAt(0))).toBe('grant.revoked')
    expect(grantMiss(grantOf(), request, { ...momentAt(0), revoked: true })).toBe('grant.revoked')
    expect(grantMiss(grantOf(), request, { at: 0, use: 'counted', revoked: true })).toBe('grant.revoked')
  })

  test('asked again about a use that it has counted is held to its time, and not to what it has left', () => {
    const spent = grantOf({ uses: 0, rate: { uses: 1, perMs: 10 }, sizeBytes: 0, expires: 100 })
    const large = { ...request, cost: { sizeBytes: 9 } }
    expect(grantMiss(spent, large, { at: 99, use: 'counted' })).toBeUndefined()
    expect(grantMiss(spent, large, { at: 100, use: 'counted' })).toBe('grant.expired')
  })

  const amounts = [
    ['sizeBytes', 'grant.size'],
    ['moneyMicro', 'grant.money'],
    ['tokens', 'grant.tokens'],
    ['computeMs', 'grant.compute'],
  ] as const
  describe.each(amounts)('that limits %s', (dimension, code) => {
    test.each<[number, string | undefined]>([
      [0, undefined],
      [40, undefined],
      [41, code],
      [Number.NaN, code],
      [-1, code],
      [0.5, code],
      [Number.MAX_SAFE_INTEGER, code],
      [Number.POSITIVE_INFINITY, code],
    ])('with 40 left, asked for %d', (asked, miss) => {
      const limited = grantOf({ [dimension]: 100 })
      const used = momentAt(0, { cost: { [dimension]: 60 } })
      expect(grantMiss(limited, { ...request, cost: { [dimension]: asked } }, used)).toBe(miss)
      expect(grantMiss(limited, { ...request, cost: {} }, used)).toBeUndefined()
    })

    test('counts the bound of every use', () => {
      const bound = { [dimension]: 60 }
      const once = usedOnce(neverUsed, terms, { bound, at: 0 })
      expect(usedOnce(once, terms, { bound, at: 0 })).toEqual({ count: 2, cost: { [dimension]: 120 }, dueMicros: 0 })
    })
  })

  test('that limits money fits no price that is unknown, and any other fits it', () => {
    const unpriced = { ...request, cost: { moneyMicro: 'unknown' as const } }
    expect(grantMiss(grantOf({ moneyMicro: Number.MAX_SAFE_INTEGER }), unpriced, momentAt(0))).toBe('grant.money')
    expect(grantMiss(grantOf({ tokens: 0 }), unpriced, momentAt(0))).toBeUndefined()
  })
})

/** Small alphabets, so that terms and requests meet often. */
const names = fc.constantFrom('a', 'b', 'ab', 'a/b', 'a/b/a', '', '..', 'a/../b', 'a/**', '/a')
const resources = fc.tuple(fc.constantFrom('file', 'url'), names).map(([kind, name]) => `${kind}:${name}`)
const resourcePatterns = fc.tuple(resources, fc.constantFrom('', '/**', '**')).map(([resource, tail]) => resource + tail)
const actions = fc.constantFrom('files.read', 'files.write', 'files.deep.read', 'mail.send', 'files')
const actionPatterns = fc.oneof(actions, fc.constantFrom('files.*', 'files.deep.*', 'mail.*'))
/** Mostly none, so that what is asked is mostly covered. */
const limits = fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary: fc.nat(6), weight: 1 })

function without(value: object): GrantTerms {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never
}

const anyTerms: fc.Arbitrary<GrantTerms> = fc
  .record({
    actions: fc.array(actionPatterns, { minLength: 1, maxLength: 3 }),
    resources: fc.array(resourcePatterns, { minLength: 1, maxLength: 3 }),
    class: fc.constantFrom(...effectClasses),
    egress: fc.subarray(['x', 'y']),
    uses: limits,
    rate: fc.option(fc.record({ uses: fc.integer({ min: 1, max: 3 }), perMs: fc.integer({ min: 1, max: 3 }) }), { nil: undefined }),
    sizeBytes: limits,
    moneyMicro: limits,
    tokens: limits,
    computeMs: limits,
    clearance: fc.constantFrom(undefined, ...confidentialities),
    notBefore: limits,
    expires: limits,
    delegable: limits,
  })
  .map(without)

/** Ways to spell a pattern a little narrower, wider, or beside. */
const respellings: readonly ((pattern: string) => string)[] = [
  (pattern) => pattern,
  (pattern) => `${pattern}/**`,
  (pattern) => pattern.replace(/\*\*$/, 'b'),
  (pattern) => pattern.replace(/\*\*$/, '/**'),
  (pattern) => pattern.replace(/\*\*$/, 'b/**'),
  (pattern) => pattern.replace(/\/\*\*$/, 'b/**'),
  (pattern) => pattern.replace(/\/\*\*$/, ''),
]

const dimensions: (keyof GrantTerms)[] = [
  'actions',
  'class',
  'egress',
  'uses',
  'rate',
  'sizeBytes',
  'moneyMicro',
  'tokens',
  'computeMs',
  'clearance',
  'notBefore',
  'expires',
]

/** A child that changes its parent in at most two dimensions: most are no wider, and those that are, are by little. */
const families = fc
  .tuple(
    anyTerms,
    anyTerms,
    fc.subarray(dimensions, { maxLength: 2 }),
    fc.array(fc.tuple(fc.nat(2), fc.constantFrom(...respellings)), { minLength: 1, maxLength: 2 }),
  )
  .map(([parent, other, changed, respelled]) => {
    const resources = respelled.map(([index, respell]) => respell(parent.resources[index % parent.resources.length] ?? ''))
    const differing = Object.fromEntries(changed.map((dimension) => [dimension, other[dimension]]))
    return { parent: { ...parent, delegable: 2 }, child: without({ ...parent, ...differing, resources, delegable: 1 }) }
  })

/** What the patterns of some terms name, and little beside it: most of it is covered by them. */
function requestsUnder(terms: GrantTerms): fc.Arbitrary<ActionRequest> {
  const tails = fc.constantFrom('', 'a', 'b/a', '..')
  const named = fc
    .tuple(fc.constantFrom(...terms.resources), tails)
    .map(([pattern, tail]) => pattern.replace(/\*\*$/, tail).replace(/\/$/, ''))
  return fc.record({
    action: fc.constantFrom(...terms.actions).map((pattern) => pattern.replace('*', 'read')),
    resources: fc.array(named, { minLength: 1, maxLength: 2 }),
    facts: fc.constant({}),
    class: fc.constantFrom(...effectClasses.slice(0, effectClasses.indexOf(terms.class) + 1)),
    egress: fc.subarray([...terms.egress]).map((destinations) => ({ destinations })),
    cost: fc.record(
      { sizeBytes: fc.nat(2), moneyMicro: fc.oneof(fc.nat(2), fc.constant('unknown' as const)), tokens: fc.nat(2), computeMs: fc.nat(2) },
      { requiredKeys: [] },
    ),
  })
}

function isCleared(parent: GrantTerms, child: GrantTerms): boolean {
  const rank = (terms: GrantTerms): number => confidentialities.indexOf(terms.clearance ?? 'public')
  return rank(child) <= rank(parent)
}

describe('a grant that is handed on', () => {
  test('covers nothing that the one above it does not, whenever it is not called wider, however both were used before', () => {
    let covered = 0
    const asked = families.chain((family) =>
      fc.tuple(fc.constant(family), fc.array(fc.tuple(requestsUnder(family.child), fc.nat(2)), { minLength: 1, maxLength: 8 })),
    )
    fc.assert(
      fc.property(asked, ([{ parent, child }, requests]) => {
        if (widerThan(child, parent) !== undefined) return
        let [at, above, below] = [0, neverUsed, neverUsed]
        for (const [one, afterMs] of requests) {
          at += afterMs
          if (grantMiss({ ...grantOf(), terms: child }, one, { at, use: below }) !== undefined) continue
          covered += 1
          expect(grantMiss({ ...grantOf(), terms: parent }, one, { at, use: above })).toBeUndefined()
          expect(isCleared(parent, child)).toBe(true)
          above = usedOnce(above, parent, { bound: one.cost, at })
          below = usedOnce(below, child, { bound: one.cost, at })
        }
      }),
      { numRuns: 5000 },
    )
    expect(covered).toBeGreaterThan(500)
  })

  test.each<[keyof GrantTerms, Partial<GrantTerms>, Partial<GrantTerms>]>([
    ['actions', { actions: ['files.*'] }, {}],
    ['resources', { resources: ['file:**'] }, {}],
    ['resources', { resources: ['file:src/**'] }, { resources: ['file:src'] }],
    ['class', { class: 'keyed' }, {}],
    ['egress', { egress: ['https://example.com:443'] }, {}],
    ['egress', { egress: ['https:**'] }, {}],
    ['uses', { uses: 3 }, { uses: 2 }],
    ['uses', {}, { uses: 2 }],
    ['sizeBytes', { sizeBytes: 3 }, { sizeBytes: 2 }],
    ['rate', {}, { rate: { uses: 1, perMs: 1 } }],
    ['rate', { rate: { uses: 3, perMs: 30 } }, { rate: { uses: 2, perMs: 20 } }],
    ['rate', { rate: { uses: 2, perMs: 19 } }, { rate: { uses: 2, perMs: 20 } }],
    ['moneyMicro', { moneyMicro: 3 }, { moneyMicro: 2 }],
    ['tokens', {}, { tokens: 2 }],
    ['computeMs', { computeMs: 3 }, { computeMs: 2 }],
    ['clearance', { clearance: 'private' }, {}],
    ['clearance', { clearance: 'secret' }, { clearance: 'private' }],
    ['notBefore', { notBefore: 1 }, { notBefore: 2 }],
    ['notBefore', {}, { notBefore: 2 }],
    ['expires', { expires: 3 }, { expires: 2 }],
    ['expires', {}, { expires: 2 }],
  ])('is wider in %s: %o over %o', (dimension, child, parent) => {
    expect(widerThan({ ...terms, ...child }, { ...terms, delegable: 1, ...parent })).toBe(dimension)
  })

  test('may be handed on once less than the one above it, so that a chain ends', () => {
    const depths = [undefined, 0, 1, 2, 3]
    const allowed = depths.flatMap((parent) =>
      depths
        .filter((child) => widerThan(without({ ...terms, delegable: child }), without({ ...terms, delegable: parent })) === undefined)
        .map((child) => [parent, child]),
    )
    expect(allowed).toEqual([
      [1, undefined],
      [1, 0],
      [2, undefined],
      [2, 0],
      [2, 1],
      [3, undefined],
      [3, 0],
      [3, 1],
      [3, 2],
    ])
  })
})

test('the first pattern that is none, or limit that is no amount, is named', () => {
  expect(malformedTerm(terms)).toBeUndefined()
  expect(malformedTerm({ ...terms, actions: ['files.read', '*'] })).toBe('*')
  expect(malformedTerm({ ...terms, resources: ['file:a*'] })).toBe('file:a*')
  expect(malformedTerm({ ...terms, uses: 0, expires: Number.NaN })).toBe('expires')
  expect(malformedTerm({ ...terms, delegable: -1 })).toBe('delegable')
  expect(malformedTerm({ ...terms, tokens: 0.5 })).toBe('tokens')
  expect(malformedTerm({ ...terms, rate: { uses: 0, perMs: 1 } })).toBe('rate')
})
