import {
  ask,
  digestOf,
  executing,
  propose,
  staging,
  succeed,
  tell,
  toldCeilings,
  viewWith,
  wideGrant,
  wish,
  lastProposal,
  keyedLater,
} from '@ice-runtime/conformance'
import type { RunHistory, Telling } from '@ice-runtime/conformance'
import { maxDeferredActions, maxIdenticalRepeats, maxMalformedProposals, maxOpenActions } from '@ice-runtime/kernel'
import type { AuthorityClaim } from '../authority-claim.ts'

import { verdict, run, many, declares, grant, allowed, broken, seen } from './told-verdicts.ts'

export const ruleClaims: readonly AuthorityClaim[] = [
  // What a run rests on.
  { name: 'under the policy it was provisioned with a run goes on', holds: () => verdict(run, {}), is: allowed },
  {
    name: 'under another policy it does not',
    holds: () => verdict(run, {}, { view: viewWith({ policy: digestOf('policy 2') }) }),
    is: broken,
  },
  {
    name: 'with other actions it does not',
    holds: () => verdict(run, {}, { view: viewWith({ catalog: digestOf('catalog 2') }) }),
    is: broken,
  },
  {
    name: 'where nothing is performed the actions are not looked at',
    holds: () => verdict(run, {}, { view: { ...viewWith(), catalog: undefined } }),
    is: allowed,
  },
  { name: 'on a grant that is live it may rest', holds: () => verdict(declares({ grants: [grant] }), {}), is: allowed },
  { name: 'on a grant that is none it may not', holds: () => verdict(declares({ grants: [grant + 1] }), {}), is: broken },
  {
    name: 'on a grant that was revoked it may not',
    holds: () =>
      verdict(tell(declares({ grants: [grant] }), { type: 'RevokeGrant', grant: `${run.run.id}#${grant}` as never, reason: 'no' }), {}),
    is: broken,
  },
  {
    name: 'on a grant that was revoked elsewhere it may not',
    holds: () => verdict(declares({ grants: [grant] }), {}, { view: viewWith({ revoked: new Set([`${run.run.id}#${grant}` as never]) }) }),
    is: broken,
  },
  {
    name: 'on a grant that has expired it may not',
    holds: () => {
      const short = executing({ grants: [wideGrant, { ...wideGrant, expires: run.run.at + 50 }] })
      const second = short.run.grants.list[1]?.id ?? 0
      const resting = tell(short, {
        type: 'RecordStatement',
        statement: { type: 'AssumptionDeclared', origin: 'agent', causes: [1], payload: { text: 'it holds', grants: [second] } },
      })
      const until = (ms: number): Telling => ({ afterMs: run.run.at + ms - resting.run.at })
      return [verdict(resting, {}, until(49)), verdict(resting, {}, until(50))]
    },
    is: [allowed, broken],
  },

  // What policy is asked.
  {
    name: 'policy is asked about the agent, its namespace and the person',
    holds: () => seen()[0]?.principal,
    is: { agent: 'teller', namespace: 'default', person: 'sub_0000000golden' },
  },
  {
    name: 'policy is told whether it is wanted at once',
    holds: () => [seen()[0]?.atOnce, seen()[0]?.class, seen()[0]?.labels],
    is: [true, 'keyed', 'trusted/public'],
  },

  // Bounds.
  {
    name: 'no more is under way than a run may have',
    holds: () => {
      const full = many(maxOpenActions, staging)
      return [full.run.open.size, verdict(full, staging)]
    },
    is: [maxOpenActions, ['ActionProposed', 'phase limit.open_actions']],
  },
  {
    name: 'no more waits for a commit than it may release',
    holds: () => {
      const full = many(maxDeferredActions, keyedLater)
      return [full.run.deferred.length, verdict(full, keyedLater), verdict(full, {})]
    },
    is: [maxDeferredActions, ['ActionProposed', 'phase limit.deferred_actions'], allowed],
  },
  {
    name: 'no more is unreadable than a run may say',
    holds: () => {
      const last = many(maxMalformedProposals - 1, { unread: 'malformed' })
      return [verdict(last, {}), verdict(last, { unread: 'malformed' })]
    },
    is: [allowed, ['ActionProposed', 'parse proposal.malformed', 'RunTerminatedByRuntime limit.malformed']],
  },
  {
    name: 'a ceiling ends a run in any phase before its commit',
    holds: () => {
      const held = tell(wish(executing({ ceilings: { ...toldCeilings, steps: 1 } }), {}), {
        type: 'SuspendRun',
        cause: 'operator',
        code: 'run.suspended',
        origin: 'operator',
      })
      return verdict(held, {})
    },
    is: ['ActionProposed', 'phase limit.steps', 'RunTerminatedByRuntime limit.steps'],
  },
  {
    name: 'the same refused the same way again and again holds the run',
    holds: () => {
      const last = many(maxIdenticalRepeats - 1, { action: 'mail.send' })
      return [verdict(last, { action: 'mail.send' }), verdict(last, { action: 'mail.send', resources: ['mail:other'] })]
    },
    is: [
      ['ActionProposed', 'grant grant.none', 'RunSuspended limit.repeated'],
      ['ActionProposed', 'grant grant.none'],
    ],
  },
  {
    name: 'the same done the same way again and again holds the run',
    holds: () => {
      const round = (told: RunHistory): RunHistory => {
        const asked = wish(told, {})
        return tell(asked, succeed(lastProposal(asked)))
      }
      const rounds = (count: number): string => Array.from({ length: count }).reduce<RunHistory>(round, executing()).run.phase.name
      return [rounds(maxIdenticalRepeats - 1), rounds(maxIdenticalRepeats)]
    },
    is: ['executing', 'suspended'],
  },
  {
    name: 'a request is worth an answer no longer than its run may last',
    holds: () => {
      const tight = executing({ ceilings: { ...toldCeilings, wallMs: 5000 } })
      const asked = wish(tight, { action: 'mail.ask', resources: ['mail:ops'], class: 'staged' }).entries.at(-1)
      return asked?.type === 'ApprovalRequested' && asked.payload.expires === tight.run.requestedAt + 5000
    },
    is: true,
  },
  {
    name: 'a request is worth an answer for a day at most',
    holds: () => {
      const long = executing({ ceilings: { ...toldCeilings, wallMs: 10 * 24 * 3_600_000 } })
      const asked = wish(long, { action: 'mail.ask', resources: ['mail:ops'], class: 'staged' }).entries.at(-1)
      return asked?.type === 'ApprovalRequested' && asked.payload.expires - asked.at
    },
    is: 24 * 3_600_000,
  },
  {
    name: 'a host that is only observed is told what it would have been',
    holds: () => {
      const watched = executing({ observe: true })
      const [, refusal] = ((decision) => (decision.ok ? decision.events : []))(
        ask(watched, propose(watched, { action: 'mail.send', host: true })),
      )
      const [, other] = ((decision) => (decision.ok ? decision.events : []))(ask(watched, propose(watched, { action: 'mail.send' })))
      const [, plain] = ((decision) => (decision.ok ? decision.events : []))(ask(run, propose(run, { action: 'mail.send', host: true })))
      return [refusal, other, plain].map((event) => event?.type === 'ActionRefused' && event.payload.observed)
    },
    is: [true, undefined, undefined],
  },
]
