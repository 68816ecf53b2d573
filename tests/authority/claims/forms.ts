import { wideGrant } from '@ice-runtime/conformance'
import { malformedTerm } from '@ice-runtime/kernel'
import type { GrantTerms } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'
import { names } from './told-verdicts.ts'

const malformed = (terms: object): unknown => malformedTerm({ ...wideGrant, ...terms } satisfies GrantTerms)
const limits = ['uses', 'sizeBytes', 'moneyMicro', 'tokens', 'computeMs', 'notBefore', 'expires', 'delegable'] as const
const notAmounts = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1]
/** A leap year, which no rate is rarer than. */
const longestMs = 366 * 24 * 60 * 60 * 1000
const mostUses = 1_000_000

/** Which terms can be checked at all: what cannot is granted to nobody. */
export const formClaims: readonly AuthorityClaim[] = [
  {
    name: 'terms that can be checked are',
    holds: () => [malformed({}), malformed({ rate: { uses: 1, perMs: 1 }, uses: 0, expires: 0 })],
    is: [undefined, undefined],
  },
  {
    name: 'an action or a resource that is no pattern is named, the first one first',
    holds: () => [
      malformed({ actions: ['files.read', 'Files.read'] }),
      malformed({ actions: ['*'], resources: ['file'] }),
      malformed({ resources: ['file:a', 'file:a*'] }),
      malformed({ resources: ['file:a*'], uses: -1 }),
    ],
    is: ['Files.read', '*', 'file:a*', 'file:a*'],
  },
  ...limits.map((limit) => ({
    name: `${limit} that is no amount cannot be checked`,
    holds: () => [0, ...notAmounts].map((amount) => malformed({ [limit]: amount, rate: { uses: 0, perMs: 0 } })),
    is: ['rate', ...notAmounts.map(() => limit)],
  })),
  {
    name: 'a rate is whole, positive, and no finer or rarer than can be counted exactly',
    holds: () => [
      [1, mostUses, 0, 1.5, Number.NaN, mostUses + 1].map((uses) => malformed({ rate: { uses, perMs: 1 } })),
      [1, longestMs, 0, 1.5, Number.NaN, longestMs + 1].map((perMs) => malformed({ rate: { uses: 1, perMs } })),
    ],
    is: [
      [undefined, undefined, 'rate', 'rate', 'rate', 'rate'],
      [undefined, undefined, 'rate', 'rate', 'rate', 'rate'],
    ],
  },
  {
    name: 'a larger burst is wider, also at the same pace',
    holds: () => {
      const rate = { uses: 2, perMs: 200 }
      return [names({ rate }, { rate: { uses: 2, perMs: 200 } }), names({ rate }, { rate: { uses: 3, perMs: 300 } })]
    },
    is: [undefined, 'rate'],
  },
]
