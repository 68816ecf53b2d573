import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digestOf, executing, lastEntry, spawning, toldRequest, wish } from '@ice-runtime/conformance'
import type { GrantTerms } from './grant-terms.ts'

type Dimension = keyof GrantTerms

/** Terms that may be lent as they stand, bounded in every dimension that a grant which is lent can have. */
const lent: Required<Omit<GrantTerms, 'rate'>> = {
  actions: ['agent.spawn', 'files.*'],
  resources: ['agent:**', 'file:src/**'],
  class: 'staged',
  egress: ['https://example.org:443'],
  uses: 5,
  sizeBytes: 1000,
  moneyMicro: 1000,
  tokens: 1000,
  computeMs: 1000,
  clearance: 'private',
  notBefore: 1000,
  expires: 4_000_000_000_000,
  delegable: 1,
}
const lender: GrantTerms = { ...lent, delegable: 2 }

function more(than: number): fc.Arbitrary<number> {
  return fc.integer({ min: than + 1, max: Number.MAX_SAFE_INTEGER })
}

const unbounded = fc.constant(undefined)

/** Terms wider than those, for each dimension there is: a new one does not compile before it is told here how it is widened. */
const widened: { readonly [D in keyof Required<GrantTerms>]: fc.Arbitrary<GrantTerms[D] | undefined> } = {
  actions: fc.constantFrom(['files.*', 'http.request'], ['http.*'], ['agent.spawn', 'files.read', 'mail.send']),
  resources: fc.constantFrom(['file:**'], ['file:src/**', 'file:srcs'], ['agent:**', 'url:https://example.org/a']),
  class: fc.constantFrom('keyed', 'irreversible'),
  egress: fc.constantFrom(['https://example.org:443', 'https://example.com:443'], ['https:**'], ['http://example.org:80']),
  uses: fc.oneof(more(lent.uses), unbounded),
  rate: fc.record({ uses: fc.integer({ min: 3, max: 100 }), perMs: fc.integer({ min: 1, max: 1000 }) }),
  sizeBytes: fc.oneof(more(lent.sizeBytes), unbounded),
  moneyMicro: fc.oneof(more(lent.moneyMicro), unbounded),
  tokens: fc.oneof(more(lent.tokens), unbounded),
  computeMs: fc.oneof(more(lent.computeMs), unbounded),
  clearance: fc.constant('secret'),
  notBefore: fc.oneof(fc.integer({ min: 0, max: lent.notBefore - 1 }), unbounded),
  expires: fc.oneof(more(lent.expires), unbounded),
  delegable: more(lent.delegable),
}

const starter: GrantTerms = { actions: ['agent.spawn'], resources: ['agent:**'], class: 'staged', egress: [] }
const agent = { ...toldRequest.agent, name: 'helper', digest: digestOf('helper') }

/** What a run that holds one such grant is told when it asks to lend these terms. */
function told(terms: GrantTerms, from: GrantTerms): string {
  const asked = { ...spawning, spawn: { agent, grants: [terms], ceilings: { steps: 1, cost: {} } } }
  const entry = lastEntry(wish(executing({ grants: [starter, from] }), asked))
  return entry?.type === 'ActionRefused' ? `${entry.payload.code}: ${entry.payload.detail}` : (entry?.type ?? '')
}

describe('a child asks for no more than its parent holds', () => {
  test('what is equal, but for how often it may be handed on, is lent', () => {
    expect(told(lent, lender)).toBe('ActionAuthorized')
  })

  test.each(Object.keys(widened) as Dimension[])('nor in %s, alone, and the refusal names it', (dimension) => {
    const pace = { uses: 2, perMs: 1000 }
    const from: GrantTerms = dimension === 'rate' ? { ...lender, rate: pace } : lender
    fc.assert(
      fc.property(widened[dimension] as fc.Arbitrary<unknown>, (wider) => {
        const rest = Object.fromEntries(Object.entries(lent).filter(([name]) => name !== dimension))
        const terms = { ...rest, ...(wider === undefined ? {} : { [dimension]: wider }) } as unknown as GrantTerms
        const refused = told(terms, from)
        expect(refused).toMatch(/^grant\.delegation: grant 0: /)
        expect(refused.split(/[ :]+/)).toContain(dimension)
      }),
    )
  })

  test('a rate is not shared at all: two runs that keep a pace are twice as fast together', () => {
    const rate = { uses: 2, perMs: 1000 }
    expect(told({ ...lent, rate }, { ...lender, rate })).toBe('grant.delegation: grant 0: grant #4: a rate cannot be shared')
  })
})
