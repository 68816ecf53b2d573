import { ada, digestOf, viewWith, wideGrant } from '@ice-runtime/conformance'
import {
  addCost,
  budgetMiss,
  isWithinClass,
  joinLabels,
  labelMiss,
  labels,
  brokenAssumption,
  entryId,
  grantMiss,
  neverUsed,
  subtractCost,
  widerThan,
} from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'

import { comesTo } from './told-questions.ts'
import { verdict, run, declares, grant, allowed, refusalOf, names } from './told-verdicts.ts'

/** Amounts, labels and terms: what one function says of two values. */
export const termClaims: readonly AuthorityClaim[] = [
  // Amounts.
  {
    name: 'costs add up dimension by dimension',
    holds: () => addCost({ tokens: 1, moneyMicro: 2 }, { tokens: 3, sizeBytes: 4, computeMs: 5 }),
    is: { tokens: 4, moneyMicro: 2, sizeBytes: 4, computeMs: 5 },
  },
  {
    name: 'a sum beyond every counter stays there',
    holds: () => addCost({ tokens: Number.MAX_SAFE_INTEGER }, { tokens: 1 }).tokens,
    is: Number.MAX_SAFE_INTEGER,
  },
  { name: 'what is no amount adds up to everything', holds: () => addCost({ tokens: Number.NaN }, {}).tokens, is: Number.MAX_SAFE_INTEGER },
  {
    name: 'what is left is never below nothing',
    holds: () => subtractCost({ tokens: 1, sizeBytes: 5 }, { tokens: 2, sizeBytes: 2 }),
    is: { sizeBytes: 3 },
  },
  {
    name: 'less of what is no amount leaves nothing',
    holds: () => [subtractCost({ tokens: 5 }, { tokens: Number.NaN }), subtractCost({ tokens: Number.NaN }, {})],
    is: [{}, {}],
  },
  ...(['moneyMicro', 'tokens', 'sizeBytes', 'computeMs'] as const).map((dimension) => ({
    name: `a budget of ${dimension} holds exactly as much as it says`,
    holds: () =>
      [5, 6].map((amount) =>
        budgetMiss({ ceiling: { [dimension]: 10 }, spent: { [dimension]: 3 }, reserved: { [dimension]: 2 } }, { [dimension]: amount }),
      ),
    is: [undefined, `budget.${{ moneyMicro: 'money', tokens: 'tokens', sizeBytes: 'size', computeMs: 'compute' }[dimension]}`],
  })),
  ...([{ tokens: -1 }, { sizeBytes: 0.5 }, { moneyMicro: Number.NaN }, { computeMs: Number.POSITIVE_INFINITY }] as const).map((bound) => ({
    name: `${JSON.stringify(Object.keys(bound))} of no amount fits in no budget`,
    holds: () => budgetMiss({ ceiling: {}, spent: {}, reserved: {} }, bound),
    is: 'cost.invalid',
  })),
  {
    name: 'an unknown price is refused under a bound on money, and accepted by name',
    holds: () => [
      budgetMiss({ ceiling: { moneyMicro: 1 }, spent: {}, reserved: {} }, { moneyMicro: 'unknown' }),
      budgetMiss({ ceiling: { moneyMicro: 1 }, spent: {}, reserved: {} }, { moneyMicro: 'unknown' }, ['price_unknown']),
      budgetMiss({ ceiling: {}, spent: {}, reserved: {} }, { moneyMicro: 'unknown' }),
    ],
    is: ['budget.price_unknown', undefined, undefined],
  },

  {
    name: 'calls are counted, and the last one is the last',
    holds: () => [undefined, 1, 0, -1].map((callsLeft) => budgetMiss({ ceiling: {}, spent: {}, reserved: {}, callsLeft }, {})),
    is: [undefined, undefined, 'budget.calls', 'budget.calls'],
  },
  {
    name: 'an amount that is there and undefined is as one that is not',
    holds: () => budgetMiss({ ceiling: { tokens: 1 }, spent: {}, reserved: {}, callsLeft: undefined }, { tokens: undefined } as never),
    is: undefined,
  },

  // The lattice.
  {
    name: 'labels join to the lower integrity and the higher confidentiality',
    holds: () => labels.map((left) => labels.map((right) => joinLabels(left, right)).join(' ')),
    is: [
      'trusted/public trusted/private trusted/secret untrusted/public untrusted/private untrusted/secret',
      'trusted/private trusted/private trusted/secret untrusted/private untrusted/private untrusted/secret',
      'trusted/secret trusted/secret trusted/secret untrusted/secret untrusted/secret untrusted/secret',
      'untrusted/public untrusted/private untrusted/secret untrusted/public untrusted/private untrusted/secret',
      'untrusted/private untrusted/private untrusted/secret untrusted/private untrusted/private untrusted/secret',
      'untrusted/secret untrusted/secret untrusted/secret untrusted/secret untrusted/secret untrusted/secret',
    ],
  },
  {
    name: 'what may leave is the whole table',
    holds: () =>
      (['public', 'private', 'secret'] as const).map((clearance) =>
        labels.filter((label) => labelMiss(label, { destinations: ['a'] }, clearance) === undefined),
      ),
    is: [
      ['trusted/public', 'trusted/private', 'untrusted/public'],
      ['trusted/public', 'trusted/private', 'untrusted/public', 'untrusted/private'],
      [...labels],
    ],
  },
  {
    name: 'an operator may say of what was seen that it is lower, in every way, and never that it is as high or higher in one',
    holds: () =>
      labels.map((from) => {
        const seen = { ...run, run: { ...run.run, label: from } }
        const order = { type: 'Declassify', entry: entryId(run.run.id, 1), from, reason: 'it is published', by: ada.subject } as const
        return labels.filter((to) => Array.isArray(comesTo(seen, { ...order, to }))).join(' ')
      }),
    is: [
      '',
      'trusted/public',
      'trusted/public trusted/private',
      'trusted/public',
      'trusted/public trusted/private untrusted/public',
      'trusted/public trusted/private trusted/secret untrusted/public untrusted/private',
    ],
  },
  { name: 'what stays is not asked', holds: () => labels.filter((label) => labelMiss(label, undefined) !== undefined), is: [] },
  {
    name: 'a class is within itself and those beyond it',
    holds: () =>
      (['observe', 'staged', 'keyed', 'irreversible'] as const).map(
        (ceiling) =>
          ['observe', 'staged', 'keyed', 'irreversible', 'unknown'].filter((effect) => isWithinClass(effect as never, ceiling)).length,
      ),
    is: [1, 2, 3, 4],
  },

  // Narrowing.
  { name: 'the same terms, handed on once, are no wider', holds: () => names({}, {}), is: undefined },
  { name: 'what may not be handed on is wider in any case', holds: () => names({ delegable: 0 }, {}), is: 'delegable' },
  {
    name: 'what is handed on may be handed on less far',
    holds: () => [names({ delegable: 2 }, { delegable: 1 }), names({ delegable: 2 }, { delegable: 2 })],
    is: [undefined, 'delegable'],
  },
  {
    name: 'more actions are wider',
    holds: () => [
      names({}, { actions: ['files.read'] }),
      names({}, { actions: ['files.*', 'mail.*'] }),
      names({ actions: ['files.read'] }, { actions: ['files.*'] }),
    ],
    is: [undefined, 'actions', 'actions'],
  },
  {
    name: 'more resources are wider',
    holds: () => [names({}, { resources: ['file:a'] }), names({}, { resources: ['file:a', 'secret:a'] })],
    is: [undefined, 'resources'],
  },
  {
    name: 'a further class is wider',
    holds: () => [names({ class: 'staged' }, { class: 'observe' }), names({ class: 'staged' }, { class: 'keyed' })],
    is: [undefined, 'class'],
  },
  {
    name: 'another destination is wider',
    holds: () => [names({}, { egress: [] }), names({}, { egress: ['https://example.org:443', 'https://b:443'] })],
    is: [undefined, 'egress'],
  },
  ...(['uses', 'sizeBytes', 'expires'] as const).map((limit) => ({
    name: `more ${limit}, or no limit, is wider`,
    holds: () => [
      names({ [limit]: 5 }, { [limit]: 5 }),
      names({ [limit]: 5 }, { [limit]: 6 }),
      names({ [limit]: 5 }, {}),
      names({}, { [limit]: 5 }),
    ],
    is: [undefined, limit, limit, undefined],
  })),
  {
    name: 'an earlier beginning is wider',
    holds: () => [names({ notBefore: 5 }, { notBefore: 5 }), names({ notBefore: 5 }, { notBefore: 4 }), names({ notBefore: 5 }, {})],
    is: [undefined, 'notBefore', 'notBefore'],
  },
  {
    name: 'a faster rate, or none, is wider',
    holds: () => {
      const rate = { uses: 2, perMs: 100 }
      return [
        names({ rate }, { rate }),
        names({ rate }, { rate: { uses: 1, perMs: 100 } }),
        names({ rate }, { rate: { uses: 3, perMs: 100 } }),
        names({ rate }, { rate: { uses: 2, perMs: 50 } }),
        names({ rate }, {}),
        names({}, { rate }),
      ]
    },
    is: [undefined, undefined, 'rate', 'rate', 'rate', undefined],
  },
  {
    name: 'a higher clearance is wider',
    holds: () => {
      const { clearance: _clearance, ...uncleared } = wideGrant
      const cleared = (child: object, parent: object): unknown =>
        widerThan({ ...uncleared, ...child }, { ...uncleared, delegable: 1, ...parent })
      return [
        cleared({}, {}),
        cleared({ clearance: 'private' }, { clearance: 'private' }),
        cleared({ clearance: 'private' }, { clearance: 'secret' }),
        cleared({ clearance: 'secret' }, { clearance: 'private' }),
        cleared({ clearance: 'private' }, {}),
        cleared({}, { clearance: 'private' }),
      ]
    },
    is: [undefined, undefined, undefined, 'clearance', 'clearance', undefined],
  },
  { name: 'a beginning where there was none is no wider', holds: () => names({}, { notBefore: 5 }), is: undefined },
  {
    name: 'what has no bound is within a limit that is not used up, also a full one',
    holds: () =>
      [0, 5, 6].map((sizeBytes) =>
        grantMiss(
          { id: 1, holder: 'a', terms: { ...wideGrant, sizeBytes: 5 }, revoked: false },
          { action: 'files.read', resources: ['file:a'], facts: {}, class: 'observe', cost: {} },
          { at: 1, use: { ...neverUsed, cost: { sizeBytes } }, revoked: false },
        ),
      ),
    is: [undefined, undefined, 'grant.size'],
  },
  {
    name: 'what no longer holds is named',
    holds: () => {
      const at = run.run.at
      return [
        brokenAssumption(run.run, viewWith({ policy: digestOf('policy 2') }), at)?.code,
        brokenAssumption(run.run, viewWith({ catalog: digestOf('catalog 2') }), at)?.code,
        brokenAssumption(declares({ grants: [grant + 1] }).run, viewWith(), at)?.code,
        brokenAssumption(run.run, viewWith(), at),
        brokenAssumption({ ...run.run, under: undefined }, viewWith({ policy: digestOf('policy 2') }), at),
      ]
    },
    is: ['assumption.policy', 'assumption.catalog', 'assumption.grant', undefined, undefined],
  },
  ...[
    { effect: 'error' },
    { effect: 'error', detail: 7 },
    { effect: 'allow' },
    { effect: 'forbid', rules: 'a:1' },
    { effect: 'oblige', rules: [] },
    { effect: 'oblige', rules: [], obligations: 'ops' },
    'allow',
    null,
  ].map((answer) => ({
    name: `a policy that answers ${JSON.stringify(answer)} has not allowed`,
    holds: () => refusalOf(answer),
    is: ['policy.error', 'the policy gave no answer that is known'],
  })),
  {
    name: 'what a policy says of its failure is kept',
    holds: () => refusalOf({ effect: 'error', detail: 'a fact is missing' }),
    is: ['policy.error', 'a fact is missing'],
  },
  {
    name: 'what a policy throws is kept, up to a length',
    holds: () =>
      refusalOf(() => {
        throw new Error('x'.repeat(5000))
      }).map((text) => String(text).length),
    is: [12, 512],
  },
  {
    name: 'a grant revoked elsewhere covers nothing',
    holds: () => verdict(run, {}, { view: viewWith({ revoked: new Set([`${run.run.id}#${grant}` as never]) }) }),
    is: ['ActionProposed', 'grant grant.revoked'],
  },
  {
    name: 'a grant falls with the one it was delegated from',
    holds: () => {
      const delegated = {
        ...run,
        run: { ...run.run, grants: run.run.grants.map((each) => ({ ...each, parent: 'run_000000000000#3' as never })) },
      }
      return [
        verdict(delegated, {}),
        verdict(delegated, {}, { view: viewWith({ revoked: new Set(['run_000000000000#3' as never]) }) }),
        verdict(delegated, {}, { view: viewWith({ revoked: new Set(['run_000000000000#4' as never]) }) }),
      ]
    },
    is: [allowed, ['ActionProposed', 'grant grant.revoked'], allowed],
  },
]
