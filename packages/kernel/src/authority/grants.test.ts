import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyMap } from '../log/persistent-map.ts'
import type { PersistentMap } from '../log/persistent-map.ts'
import type { ActionRequest } from './action-request.ts'
import { grantMiss, neverUsed } from './grant.ts'
import type { Grant, GrantUse } from './grant.ts'
import type { GrantTerms } from './grant-terms.ts'
import { findGrant, grantsOf } from './grants.ts'
import type { FoundGrant, GrantsNow } from './grants.ts'
import { confidentialities, isMoreConfidential } from './labels.ts'

const terms: GrantTerms = { actions: ['files.write'], resources: ['file:src/**'], class: 'staged', egress: [] }
const request: ActionRequest = { action: 'files.write', resources: ['file:src/a.ts'], facts: {}, class: 'staged', cost: {} }

function grantOf(id: number, more: Partial<GrantTerms> = {}): Grant {
  return { id, holder: 'agent', terms: { ...terms, ...more }, revoked: false }
}

function nowOf(list: readonly Grant[], more: Partial<GrantsNow> = {}): GrantsNow {
  return { grants: grantsOf(list), uses: emptyMap(), at: 0, needed: 'public', ...more }
}

function usesOf(...uses: readonly (readonly [id: number, use: GrantUse])[]): PersistentMap<GrantUse> {
  return uses.reduce((map, [id, use]) => map.with(String(id), use), emptyMap<GrantUse>())
}

describe('of several grants', () => {
  test('the first that covers is taken', () => {
    const found = findGrant(nowOf([grantOf(1, { uses: 0 }), grantOf(2), grantOf(3)]), request)
    expect(found).toMatchObject({ grant: { id: 2 } })
  })

  test('one whose uses are spent gives way to the next', () => {
    const list = [grantOf(1, { uses: 1 }), grantOf(2)]
    expect(findGrant(nowOf(list), request)).toMatchObject({ grant: { id: 1 } })
    expect(findGrant(nowOf(list, { uses: usesOf([1, { ...neverUsed, count: 1 }]) }), request)).toMatchObject({ grant: { id: 2 } })
  })

  test('one that is cleared for what was seen goes before one that is not, and without any the first is taken', () => {
    const list = [grantOf(1), grantOf(2, { clearance: 'private' }), grantOf(3, { clearance: 'secret' })]
    expect(findGrant(nowOf(list, { needed: 'private' }), request)).toMatchObject({ grant: { id: 2 } })
    expect(findGrant(nowOf(list, { needed: 'secret' }), request)).toMatchObject({ grant: { id: 3 } })
    expect(findGrant(nowOf(list.slice(0, 2), { needed: 'secret' }), request)).toMatchObject({ grant: { id: 1 } })
  })

  test('the one that missed latest is the nearest', () => {
    const near = grantOf(2, { expires: 0 })
    const list = [grantOf(1, { actions: ['files.read'] }), near, grantOf(3, { class: 'observe' })]
    expect(findGrant(nowOf(list), request)).toEqual({ miss: 'grant.expired', nearest: near })
  })

  test('none means no grant, and none that comes near', () => {
    expect(findGrant(nowOf([]), request)).toEqual({ miss: 'grant.none', nearest: undefined })
    expect(findGrant(nowOf([grantOf(1)]), { ...request, resources: [] })).toMatchObject({ miss: 'grant.resource' })
  })
})

/** The plain search: every grant in turn. What is compiled must answer the same. */
function plainly({ grants, uses, at, needed, isRevoked }: GrantsNow, asked: ActionRequest): FoundGrant | 'a miss' {
  const covering = grants.list.filter((grant) => {
    const use = uses.get(String(grant.id)) ?? neverUsed
    return grantMiss(grant, asked, { at, use, revoked: isRevoked?.(grant) === true }) === undefined
  })
  const cleared = covering.find(({ terms: { clearance = 'public' } }) => !isMoreConfidential(needed, clearance))
  const grant = cleared ?? covering[0]
  return grant === undefined ? 'a miss' : { grant }
}

/** Small alphabets with every trap of a pattern, malformed ones too: an old log may hold them, and its fold must not break. */
const names = fc.constantFrom('a', 'b', 'ab', 'a/b', 'a/b/c', 'a/', '', '..', 'a/../b', 'a/..', '/a', 'a:b', ':', '**')
const resources = fc.tuple(fc.constantFrom('file', 'url', ''), names).map(([kind, name]) => `${kind}:${name}`)
const patterns = fc.tuple(resources, fc.constantFrom('', '', '/**', '**', '/')).map(([resource, tail]) => resource + tail)
const actions = fc.constantFrom('a.b', 'a.b.c', 'a.c', 'b.b', 'a', 'a.', 'a.*', '.b')
const actionPatterns = fc.oneof(actions, fc.constantFrom('a.*', 'a.b.*', '.*', '*'))

const randomGrants = fc
  .array(
    fc.record({
      actions: fc.array(actionPatterns, { minLength: 1, maxLength: 3 }),
      resources: fc.array(patterns, { minLength: 1, maxLength: 4 }),
      class: fc.constantFrom('staged' as const, 'irreversible' as const),
      egress: fc.subarray(['x', 'y']),
      clearance: fc.constantFrom(...confidentialities),
      uses: fc.constantFrom(1, 2, 9, 9, 9),
    }),
    { maxLength: 12 },
  )
  .map((list) => list.map((more, index) => grantOf(index + 1, more)))

/** Half of what is asked is near what some grant names. */
function requestsNear(list: readonly Grant[]): fc.Arbitrary<ActionRequest> {
  const named = list.flatMap((grant) => grant.terms.resources)
  const asked = list.flatMap((grant) => grant.terms.actions)
  const below = fc
    .tuple(fc.constantFrom(...named, 'file:a'), fc.constantFrom('', 'a', 'a/b', '..'))
    .map(([pattern, tail]) => pattern.replace('**', tail))
  return fc.record({
    action: fc.oneof(
      actions,
      fc.constantFrom(...asked, 'a.b').map((pattern) => pattern.replace('*', 'b')),
    ),
    resources: fc.oneof(fc.array(fc.oneof(resources, patterns, below), { maxLength: 2 }), fc.tuple(below), fc.tuple(below)),
    facts: fc.constant({}),
    class: fc.constantFrom('observe' as const, 'staged' as const, 'irreversible' as const),
    egress: fc.constantFrom<readonly string[]>([], [], ['x'], ['y']).map((destinations) => ({ destinations })),
    cost: fc.constant({}),
  })
}

const questions = randomGrants.chain((list) => fc.tuple(fc.constant(list), requestsNear(list)))

describe('what is compiled of grants', () => {
  test('answers every request as looking at each grant in turn does', () => {
    let found = 0
    fc.assert(
      fc.property(questions, fc.nat(3), fc.constantFrom(...confidentialities), ([list, asked], count, needed) => {
        const uses = usesOf(...list.map(({ id }) => [id, { ...neverUsed, count: (count + id) % 3 }] as const))
        const now = nowOf(list, { uses, needed, isRevoked: ({ id }) => id % 5 === count })
        const answer = findGrant(now, asked)
        found += 'grant' in answer ? 1 : 0
        expect('grant' in answer ? answer : 'a miss').toEqual(plainly(now, asked))
      }),
      { numRuns: 3000 },
    )
    expect(found).toBeGreaterThan(100)
  })

  test('covers also a grant of too many pairs to be compiled, in its place', () => {
    const many = Array.from({ length: 1024 }, (_, index) => `file:other${index}`)
    const broad = grantOf(2, { actions: ['files.read', 'files.write'], resources: [...many, 'file:src/**'] })
    expect(findGrant(nowOf([grantOf(1, { uses: 0 }), broad, grantOf(3)]), request)).toMatchObject({ grant: { id: 2 } })
    expect(findGrant(nowOf([grantOf(1), broad]), request)).toMatchObject({ grant: { id: 1 } })
  })

  test('is not made again when a grant is used, and is when one comes or changes', () => {
    const grants = grantsOf([grantOf(1)])
    expect(grants.index()).toBe(grants.index())
    expect(
      findGrant({ ...nowOf([]), grants: grants.with(grantOf(2, { actions: ['mail.send'] })) }, { ...request, action: 'mail.send' }),
    ).toMatchObject({
      grant: { id: 2 },
    })
    const revoked = grants.map((grant) => ({ ...grant, revoked: true }))
    expect(findGrant({ ...nowOf([]), grants: revoked }, request)).toMatchObject({ miss: 'grant.revoked' })
  })
})
