import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ActionRequest } from './action-request.ts'
import { effectClasses } from './effect-class.ts'
import { findGrant, grantMiss, malformedTerm, widerThan } from './grant.ts'
import type { Grant, GrantTerms } from './grant.ts'

const terms: GrantTerms = {
  actions: ['files.read', 'files.write'],
  resources: ['file:src/**', 'file:README.md'],
  class: 'staged',
  egress: ['https://example.org:443'],
}
const request: ActionRequest = { action: 'files.write', resources: ['file:src/a.ts'], facts: {}, class: 'staged', cost: {} }

function grantOf(more: Partial<GrantTerms> = {}, used: Partial<Grant> = {}): Grant {
  return { id: 1, holder: 'agent', terms: { ...terms, ...more }, usedCount: 0, usedBytes: 0, revoked: false, ...used }
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
    expect(grantMiss(grantOf(), { ...request, ...part }, 0)).toBe(miss)
  })

  test.each<[string, Partial<GrantTerms>, Partial<Grant>, number, string | undefined]>([
    ['just before it begins', { notBefore: 100 }, {}, 99, 'grant.not_yet'],
    ['when it begins', { notBefore: 100 }, {}, 100, undefined],
    ['just before it expires', { expires: 100 }, {}, 99, undefined],
    ['when it expires', { expires: 100 }, {}, 100, 'grant.expired'],
    ['with one use left', { uses: 2 }, { usedCount: 1 }, 0, undefined],
    ['with no use left', { uses: 2 }, { usedCount: 2 }, 0, 'grant.uses'],
    ['with uses for nothing', { uses: 0 }, {}, 0, 'grant.uses'],
    ['revoked', {}, { revoked: true }, 0, 'grant.revoked'],
  ])('%s', (_, more, used, at, miss) => {
    expect(grantMiss(grantOf(more, used), request, at)).toBe(miss)
  })

  test.each<[number, string | undefined]>([
    [40, undefined],
    [41, 'grant.size'],
    [Number.NaN, 'grant.size'],
    [-1, 'grant.size'],
    [0.5, 'grant.size'],
    [Number.MAX_SAFE_INTEGER, 'grant.size'],
    [Number.POSITIVE_INFINITY, 'grant.size'],
  ])('with 40 bytes left, asked for %d', (sizeBytes, miss) => {
    expect(grantMiss(grantOf({ sizeBytes: 100 }, { usedBytes: 60 }), { ...request, cost: { sizeBytes } }, 0)).toBe(miss)
  })
})

describe('of several grants', () => {
  test('the first that covers is taken', () => {
    const found = findGrant([grantOf({ uses: 0 }), grantOf({}, { id: 2 }), grantOf({}, { id: 3 })], request, 0)
    expect(found).toMatchObject({ grant: { id: 2 } })
  })

  test('the one that missed latest is the nearest', () => {
    const near = grantOf({ expires: 0 }, { id: 2 })
    expect(findGrant([grantOf({ actions: [] }), near, grantOf({ class: 'observe' })], request, 0)).toEqual({
      miss: 'grant.expired',
      nearest: near,
    })
  })

  test('none means no grant, and none that comes near', () => {
    expect(findGrant([], request, 0)).toEqual({ miss: 'grant.none', nearest: undefined })
  })
})

/** Small alphabets, so that terms and requests meet often. */
const names = fc.constantFrom('a', 'b', 'ab', 'a/b', 'a/b/a', '', '..', 'a/../b', 'a/**', '/a')
const resources = fc.tuple(fc.constantFrom('file', 'url'), names).map(([kind, name]) => `${kind}:${name}`)
const resourcePatterns = fc.tuple(resources, fc.constantFrom('', '/**', '**')).map(([resource, tail]) => resource + tail)
const actions = fc.constantFrom('files.read', 'files.write', 'files.deep.read', 'mail.send', 'files')
const actionPatterns = fc.oneof(actions, fc.constantFrom('files.*', 'files.deep.*', 'mail.*'))
const limits = fc.option(fc.nat(4), { nil: undefined })

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
    sizeBytes: limits,
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

/** A child that changes its parent in at most two dimensions: most are no wider, and those that are, are by little. */
const families = fc
  .tuple(
    anyTerms,
    anyTerms,
    fc.subarray(['actions', 'class', 'egress', 'uses', 'sizeBytes', 'notBefore', 'expires'] as const, { maxLength: 2 }),
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
    cost: fc.record({ sizeBytes: fc.nat(2) }),
  })
}

describe('a grant that is handed on', () => {
  test('covers nothing that the one above it does not, whenever it is not called wider', () => {
    let covered = 0
    const asked = families.chain((family) => fc.tuple(fc.constant(family), requestsUnder(family.child), fc.nat(1), fc.nat(4)))
    fc.assert(
      fc.property(asked, ([{ parent, child }, one, used, at]) => {
        const use = { usedCount: used, usedBytes: used }
        if (widerThan(child, parent) !== undefined || grantMiss({ ...grantOf({}, use), terms: child }, one, at) !== undefined) return
        covered += 1
        expect(grantMiss({ ...grantOf({}, use), terms: parent }, one, at)).toBeUndefined()
      }),
      { numRuns: 5000 },
    )
    expect(covered).toBeGreaterThan(100)
  })

  test.each<[keyof GrantTerms, Partial<GrantTerms>, Partial<GrantTerms>]>([
    ['actions', { actions: ['files.*'] }, {}],
    ['resources', { resources: ['file:**'] }, {}],
    ['resources', { resources: ['file:src/**'] }, { resources: ['file:src'] }],
    ['class', { class: 'keyed' }, {}],
    ['egress', { egress: ['https://example.com:443'] }, {}],
    ['uses', { uses: 3 }, { uses: 2 }],
    ['uses', {}, { uses: 2 }],
    ['sizeBytes', { sizeBytes: 3 }, { sizeBytes: 2 }],
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
})
