import {
  ada,
  answerTo,
  ask,
  digestOf,
  executing,
  lendableGrant,
  obliging,
  propose,
  settledApproval,
  spawning,
  tell,
  toldCeilings,
  toldParentage,
  viewWith,
  wish,
} from '@ice-runtime/conformance'
import type { RunHistory, Wish } from '@ice-runtime/conformance'
import { entryId, maxChildren, maxDepth, parseRunId } from '@ice-runtime/kernel'
import type { GrantTerms, RunEvents, SpawnTerms } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'
import { allowed, verdict } from './told-verdicts.ts'

const lent: GrantTerms = { actions: ['files.read'], resources: ['file:src/**'], class: 'observe', egress: [], uses: 1, sizeBytes: 0 }
/** A run that may start children: under this grant alone, or under these. */
const parent = (more: Partial<RunEvents['RunRequested']> = {}): RunHistory => executing({ grants: [lendableGrant], ...more })
const starting = (terms: Partial<SpawnTerms>, more: Wish = {}): Wish => ({
  ...spawning,
  ...more,
  spawn: {
    agent: spawning.spawn?.agent ?? { name: 'helper', version: '1', kind: 'quickjs', digest: digestOf('helper') },
    grants: [lent],
    ceilings: { steps: 1, cost: {} },
    ...terms,
  },
})
const lends = (terms: Partial<GrantTerms>, grant: Partial<GrantTerms> = {}): unknown =>
  verdict(parent({ grants: [{ ...lendableGrant, ...grant }] }), starting({ grants: [{ ...lent, ...terms }] }))
const refused = (...codes: readonly string[]): readonly string[] => ['ActionProposed', codes.join(' ')]
const notLent = refused('grant', 'grant.delegation')
const notLeft = refused('budget', 'budget.escrow')
const misplaced = refused('prepare', 'effect.prepare_failed')

function withChildren(count: number): RunHistory {
  return Array.from({ length: count }).reduce<RunHistory>((told, _, index) => {
    const asked = wish(told, starting({ grants: [] }))
    return tell(asked, { type: 'SpawnChild', action: asked.run.seq - 1, child: parseRunId(`run_child${String(index).padStart(10, '0')}`) })
  }, parent())
}

/** What a run may lend to a child, and when it may have one at all. */
export const childClaims: readonly AuthorityClaim[] = [
  {
    name: 'a child is lent what its parent may do and hand on',
    holds: () => [lends({}), lends({ resources: ['file:**'] }), lends({ uses: 39 }), lends({ sizeBytes: 10_000 })],
    is: [allowed, allowed, allowed, allowed],
  },
  ...Object.entries({
    action: { actions: ['mail.send'] },
    resource: { resources: ['file:src/**', 'secret:a'] },
    class: { class: 'irreversible' },
    destination: { egress: ['https://b:443'] },
    'number of uses': { uses: 41 },
    'number of bytes': { sizeBytes: 10_001 },
    'part that may be handed on': { delegable: 1 },
    'pattern that is none': { resources: ['file:a*'] },
  } as const).map(([part, terms]) => ({ name: `a child is lent no other ${part}`, holds: () => lends(terms), is: notLent })),
  {
    name: 'what may not be handed on is lent to no child',
    holds: () => [lends({}, { delegable: 1 }), lends({}, { delegable: 0 })],
    is: [allowed, notLent],
  },
  {
    name: 'a limit of the parent is one of the child: no limit is more than any',
    holds: () => {
      const { uses: _uses, ...endless } = lent
      return verdict(parent(), starting({ grants: [endless] }))
    },
    is: notLent,
  },
  {
    name: 'all that is lent is counted together, and the use that starts the child as well',
    holds: () => {
      const shares = (...uses: readonly number[]): unknown =>
        verdict(parent(), starting({ grants: uses.map((each) => ({ ...lent, uses: each })) }))
      return [shares(20, 19), shares(20, 20), shares(39), shares(40)]
    },
    is: [allowed, notLent, allowed, notLent],
  },
  {
    name: 'the use that starts a child counts against the grant it uses, and against no other',
    holds: () => {
      const { uses: _uses, ...endless } = lendableGrant
      const two = parent({
        grants: [
          { ...endless, actions: ['agent.spawn'] },
          { ...lendableGrant, actions: ['files.*'] },
        ],
      })
      return [verdict(two, starting({ grants: [{ ...lent, uses: 40 }] })), verdict(two, starting({ grants: [{ ...lent, uses: 41 }] }))]
    },
    is: [allowed, notLent],
  },
  {
    name: 'what has expired or was revoked elsewhere is lent to no child',
    holds: () => {
      const at = parent().run.at
      const two = parent({
        grants: [
          { ...lendableGrant, actions: ['agent.spawn'] },
          { ...lendableGrant, actions: ['files.*'], expires: at + 50 },
        ],
      })
      const expiring = starting({ grants: [{ ...lent, expires: at + 50 }] })
      const second = entryId(two.run.id, two.run.grants.list[1]?.id ?? 0)
      return [
        verdict(two, expiring, { afterMs: 49 }),
        verdict(two, expiring, { afterMs: 50 }),
        verdict(two, expiring, { view: viewWith({ revoked: new Set([second]) }) }),
      ]
    },
    is: [allowed, notLent, notLent],
  },
  {
    name: 'a child may take the steps that are left, without the one that starts it',
    holds: () => {
      const tight = parent({ ceilings: { ...toldCeilings, steps: 11 } })
      return [10, 11].map((steps) => verdict(tight, starting({ ceilings: { steps, cost: {} } })))
    },
    is: [allowed, notLeft],
  },
  {
    name: 'a step that people were asked about is counted once',
    holds: () => {
      const view = viewWith({ answer: obliging })
      const tight = parent({ ceilings: { ...toldCeilings, steps: 11 } })
      const asked = wish(tight, starting({ ceilings: { steps: 10, cost: {} } }), { view })
      const settled = settledApproval(tell(asked, answerTo(asked, ada, { type: 'given', scope: 'once' })), view)
      return [settled.entries.at(-1)?.type, verdict(tight, starting({ ceilings: { steps: 11, cost: {} } }), { view })]
    },
    is: ['ActionAuthorized', notLeft],
  },
  {
    name: 'a child may be allowed the calls that are left, without the one that starts it',
    holds: () => {
      const tight = parent({ ceilings: { ...toldCeilings, calls: 5 } })
      return [4, 5].map((calls) => verdict(tight, starting({ ceilings: { steps: 9, calls, cost: {} } })))
    },
    is: [allowed, notLeft],
  },
  {
    name: 'a child may last as long as its parent may still last',
    holds: () => {
      const { run } = parent()
      const left = run.requestedAt + toldCeilings.wallMs - run.at
      const lasting = (wallMs: number): Wish => starting({ ceilings: { steps: 1, wallMs, cost: {} } })
      return [verdict(parent(), lasting(left - 1)), verdict(parent(), lasting(left))]
    },
    is: [allowed, notLeft],
  },
  {
    name: 'a child may spend what is left',
    holds: () => [1_000_000, 1_000_001].map((moneyMicro) => verdict(parent(), starting({ ceilings: { steps: 1, cost: { moneyMicro } } }))),
    is: [allowed, notLeft],
  },
  {
    name: 'what a child would be given more of than there is says under which rules it was decided',
    holds: () => {
      const decision = ask(parent(), propose(parent(), starting({ ceilings: { steps: 1001, cost: {} } })))
      const [, event] = decision.ok ? decision.events : []
      return event?.type === 'ActionRefused' && event.payload.rules
    },
    is: ['builtin:granted'],
  },
  {
    name: 'no more children are at work than a run may have, and anything else is done all the same',
    holds: () => {
      const full = withChildren(maxChildren)
      return [
        full.run.children.size,
        verdict(withChildren(maxChildren - 1), starting({})),
        verdict(full, starting({})),
        verdict(full, { resources: ['file:src/a'] }),
      ]
    },
    is: [maxChildren, allowed, refused('phase', 'limit.children'), allowed],
  },
  {
    name: 'a run starts no child deeper than a run may stand',
    holds: () => {
      const at = (depth: number): RunHistory => {
        const agents = Array.from({ length: depth }, (_, index) => `agent${index}`)
        return parent({ parent: { ...toldParentage, agents } })
      }
      return [
        verdict(at(maxDepth - 1), starting({})),
        verdict(at(maxDepth), starting({})),
        verdict(at(maxDepth), { resources: ['file:a'] }),
      ]
    },
    is: [allowed, refused('phase', 'limit.children'), allowed],
  },
  {
    name: 'a host starts no run here',
    holds: () => [verdict(parent(), starting({}, { host: true })), verdict(parent(), starting({}))],
    is: [misplaced, allowed],
  },
  {
    name: 'an action that starts a run is staged, whatever its driver says',
    holds: () => (['observe', 'keyed', 'irreversible'] as const).map((effect) => verdict(parent(), starting({}, { class: effect }))),
    is: [misplaced, misplaced, misplaced],
  },
]
