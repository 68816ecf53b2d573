import { wide } from '../authority-case.ts'
import type { AuthorityCase } from '../authority-case.ts'

const propose = (action: string, args: object = {}, more: object = {}): { readonly propose: unknown } => ({
  propose: { action, args, ...more },
})
const committed = (line: string): readonly string[] => [line, 'committed']

/** How far an action can be taken back, where it sends something, and when. */
export const classCases: readonly AuthorityCase[] = [
  ...(['observe', 'staged', 'keyed'] as const).map((ceiling, index): AuthorityCase => {
    const action = ['test.keep', 'test.send', 'test.wire'][index] ?? ''
    return {
      name: `a grant up to ${ceiling} covers nothing beyond it`,
      stage: 'grant',
      grants: [{ ...wide, class: ceiling }],
      steps: [propose(action)],
      events: [`proposed ${action}`, 'refused grant grant.class', 'committed'],
    }
  }),
  {
    name: 'a grant up to a class covers that class',
    stage: 'allowed',
    grants: [{ ...wide, class: 'staged' }],
    steps: [propose('test.keep')],
    events: ['proposed test.keep', 'authorized any', 'succeeded', 'committed'],
    effects: ['test.keep test:main'],
  },
  {
    name: 'a class nobody knows is within no grant',
    stage: 'prepare',
    steps: [propose('test.keep', { class: 'harmless' })],
    events: ['proposed test.keep', 'refused prepare effect.prepare_failed', 'committed'],
  },
  {
    name: 'a destination that is not granted is not reached',
    stage: 'grant',
    steps: [propose('test.look', { destinations: ['test:elsewhere'] })],
    events: ['proposed test.look', 'refused grant grant.egress', 'committed'],
  },
  {
    name: 'all destinations must be granted, not one of them',
    stage: 'grant',
    steps: [propose('test.look', { destinations: ['test:outside', 'test:elsewhere'] })],
    events: ['proposed test.look', 'refused grant grant.egress', 'committed'],
  },
  {
    name: 'a granted destination is reached once that is recorded',
    stage: 'allowed',
    steps: [propose('test.look', { destinations: ['test:outside'] })],
    events: ['proposed test.look', 'authorized any', 'dispatched', 'succeeded', 'committed'],
    effects: ['test.look test:main'],
  },
  {
    name: 'a change of the outside waits for the commit',
    stage: 'allowed',
    steps: [propose('test.send')],
    events: ['proposed test.send', 'authorized any deferred', 'dispatched', 'succeeded', 'committed complete'],
    effects: ['test.send test:main'],
  },
  {
    name: 'a change that was allowed and whose run is held is not sent',
    stage: 'allowed',
    steps: [propose('test.send'), { suspend: true }],
    events: ['proposed test.send', 'authorized any deferred', 'suspended run.suspended'],
  },
  {
    name: 'a change that is asked for at once is sent at once',
    stage: 'allowed',
    steps: [propose('test.wire', {}, { at: 'now', reason: 'now' })],
    events: ['proposed test.wire', 'authorized any', 'dispatched', 'succeeded', 'committed'],
    effects: ['test.wire test:main'],
  },
  {
    name: 'after an irreversible effect that may have happened nothing goes on',
    stage: 'allowed',
    steps: [propose('test.wire', { fails: true }, { at: 'now', reason: 'now' }), propose('test.keep')],
    events: ['proposed test.wire', 'authorized any', 'dispatched', 'uncertain effect.failed', 'suspended effect.failed'],
    effects: ['test.wire test:main'],
  },
  {
    name: 'a chain is judged at its last link, whatever the first was',
    stage: 'grant',
    grants: [{ ...wide, class: 'staged' }],
    steps: [propose('test.look'), propose('test.keep'), propose('test.wire')],
    events: [
      'proposed test.look',
      'authorized any',
      'succeeded',
      'proposed test.keep',
      'authorized any',
      'succeeded',
      'proposed test.wire',
      'refused grant grant.class',
      'committed',
    ],
    effects: ['test.look test:main', 'test.keep test:main'],
  },
  {
    name: 'what was refused stays refused with other words around it',
    stage: 'grant',
    grants: [{ ...wide, class: 'staged' }],
    steps: [
      propose('test.wire'),
      propose('test.wire', {}, { reason: 'really' }),
      propose('test.wire', {}, { at: 'now', reason: 'urgent' }),
      propose('test.wire', { label: 'trusted/public' }),
    ],
    events: [...Array.from({ length: 4 }, () => ['proposed test.wire', 'refused grant grant.class']).flat(), ...committed('').slice(1)],
  },
]
