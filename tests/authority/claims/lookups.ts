import { wideGrant } from '@ice-runtime/conformance'
import { emptyMap, findGrant, grantsOf } from '@ice-runtime/kernel'
import type { ActionRequest, Confidentiality, Grant, GrantTerms } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'

const grantOf = (terms: Partial<GrantTerms>, id: number): Grant => {
  const { clearance: _clearance, ...uncleared } = wideGrant
  return { id, holder: 'a', terms: { ...uncleared, actions: ['files.read'], ...terms }, revoked: false }
}
const grantsFor = (...terms: readonly Partial<GrantTerms>[]): ReturnType<typeof grantsOf> =>
  grantsOf(terms.map((each, index) => grantOf(each, index + 1)))
/** Where the grants stand that are looked at for a resource, when there is one for each of these lists of patterns. */
const looksAt = (patterns: readonly (readonly string[])[], resource: string): readonly number[] =>
  grantsFor(...patterns.map((resources) => ({ resources })))
    .index()
    .candidates('files.read', resource)
const files = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `file:${index}`)
const request: ActionRequest = { action: 'files.read', resources: ['file:a'], facts: {}, class: 'observe', cost: {} }
const finds = (terms: readonly Partial<GrantTerms>[], needed: Confidentiality = 'public'): unknown => {
  const found = findGrant({ grants: grantsFor(...terms), uses: emptyMap(), at: 10, needed }, request)
  return 'grant' in found ? found.grant.id : [found.miss, found.nearest?.id]
}

/** Which of many grants are looked at, and which of those is taken. */
export const lookupClaims: readonly AuthorityClaim[] = [
  {
    name: 'without grants nothing is looked at',
    holds: () => [looksAt([], 'file:a'), grantsFor().index().isExact, finds([])],
    is: [[], true, ['grant.none', undefined]],
  },
  {
    name: 'every grant that names the action and the resource is looked at, in the order granted',
    holds: () => [
      looksAt([['file:a'], ['file:b'], ['file:a'], ['file:**'], ['file:a/**']], 'file:a'),
      looksAt([['file:a/**'], ['file:a/b'], ['file:**'], ['file:a/b/**'], ['file:b/**']], 'file:a/b'),
      grantsFor({ actions: ['files.*'] }, {}, { actions: ['files.write'] }, { actions: ['files.*'] })
        .index()
        .candidates('files.read', 'file:a'),
    ],
    is: [
      [0, 2, 3, 4],
      [0, 1, 2, 3],
      [0, 1, 3],
    ],
  },
  {
    name: 'a grant that says the same twice is looked at once',
    holds: () => looksAt([['file:a', 'file:a']], 'file:a'),
    is: [0],
  },
  {
    name: 'a name that is no tree names nothing beside itself, also not what it begins like',
    holds: () => [
      looksAt([['file:a/bc']], 'file:a/x'),
      looksAt([['file:a**']], 'file:ab'),
      looksAt([['file:a']], 'file:a/b'),
      looksAt([['file:a/bc', 'file:a/**']], 'file:a/x'),
    ],
    is: [[], [], [], [0]],
  },
  {
    name: 'a tree names what it stands on, and a kind, an empty name or a way up is nothing to stand on',
    holds: () => [
      looksAt([['file:a/**']], 'file:a'),
      looksAt([['file:a/**']], 'file:a/'),
      looksAt([['file:**']], 'file'),
      looksAt([['file:**']], 'file:'),
      looksAt([['file:/**']], 'file:'),
      looksAt([['file:../**']], 'file:..'),
      looksAt([['file:a/**']], 'file:a/../b'),
    ],
    is: [[0], [0], [], [], [], [], []],
  },
  {
    name: 'an area names its verbs, and what stops at its dot is none',
    holds: () => {
      const index = grantsFor({ actions: ['files.*'] }, { actions: ['files.deep.*'] }).index()
      return ['files.read', 'files.', 'files', 'files.deep.read', 'files.deep.'].map((action) => index.candidates(action, 'file:a'))
    },
    is: [[0], [], [], [0, 1], [0]],
  },
  {
    name: 'a grant of too many pairs is not compiled but looked at each time, in its place',
    holds: () => {
      const [most, more] = [grantsFor({ resources: files(1024) }), grantsFor({ resources: files(1025) })]
      const pairs = grantsFor({ resources: ['file:a'] }, { actions: ['files.read', 'files.write'], resources: files(513) }, {})
      return [
        [most.index().isExact, most.index().candidates('files.read', 'file:a'), most.index().candidates('files.read', 'file:1')],
        [more.index().isExact, more.index().candidates('mail.send', 'mail:a'), more.index().candidates('files.read', 'file:1')],
        [pairs.index().isExact, pairs.index().candidates('files.read', 'file:a'), pairs.index().candidates('mail.send', 'mail:a')],
      ]
    },
    is: [
      [true, [], [0]],
      [false, [0], [0]],
      [false, [0, 1, 2], [1]],
    ],
  },
  {
    name: 'what is only looked at because it was not compiled covers nothing that it does not name',
    holds: () => [finds([{ resources: files(1025) }]), finds([{ resources: [...files(1025), 'file:a'] }])],
    is: [['grant.resource', 1], 1],
  },
  {
    name: 'of the grants that cover, the first that is cleared for what was seen is taken, and without one the first',
    holds: () => {
      const cleared = [{}, { clearance: 'private' }, { clearance: 'secret' }] as const
      return [
        finds(cleared),
        finds(cleared, 'private'),
        finds(cleared, 'secret'),
        finds(cleared.slice(0, 2), 'secret'),
        finds([{ clearance: 'secret' }, {}], 'private'),
      ]
    },
    is: [1, 2, 3, 1, 1],
  },
  {
    name: 'a grant that does not cover gives way to the next one that does',
    holds: () => [finds([{ expires: 5 }, { class: 'observe' }]), finds([{ uses: 0 }, { expires: 11 }])],
    is: [2, 2],
  },
  {
    name: 'of grants that miss, the one that comes nearest is named, and of two alike the first',
    holds: () => [
      finds([{ actions: ['mail.send'] }, { expires: 5 }, { resources: ['file:b'] }]),
      finds([{ expires: 5 }, { expires: 4 }]),
      finds([{ resources: ['file:b'] }, { notBefore: 20 }]),
      finds([{ actions: ['mail.send'] }]),
    ],
    is: [
      ['grant.expired', 2],
      ['grant.expired', 1],
      ['grant.not_yet', 2],
      ['grant.none', undefined],
    ],
  },
]
