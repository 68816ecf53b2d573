import { wide } from '../authority-case.ts'
import type { AuthorityCase } from '../authority-case.ts'

const startMs = 1_000_000
const keep = { propose: { action: 'test.keep', args: {} } }
const kept = ['proposed test.keep', 'authorized any', 'succeeded']
const refusedFor = (code: string): readonly string[] => ['proposed test.keep', `refused grant ${code}`]

/** When a grant holds: the clock of a decision never goes back. */
export const timeCases: readonly AuthorityCase[] = [
  {
    name: 'a grant holds to the last moment before it expires',
    stage: 'allowed',
    grants: [{ ...wide, expires: startMs + 100 }],
    steps: [{ clock: 99 }, keep],
    events: [...kept, 'committed'],
    effects: ['test.keep test:main'],
  },
  {
    name: 'a grant does not hold at the moment it expires',
    stage: 'grant',
    grants: [{ ...wide, expires: startMs + 100 }],
    steps: [{ clock: 100 }, keep],
    events: [...refusedFor('grant.expired'), 'committed'],
  },
  {
    name: 'a clock that goes back revives nothing',
    stage: 'grant',
    grants: [{ ...wide, expires: startMs + 100 }],
    steps: [{ clock: 100 }, keep, { clock: 5 }, keep],
    events: [...refusedFor('grant.expired'), ...refusedFor('grant.expired'), 'committed'],
  },
  {
    name: 'a grant does not hold before its time',
    stage: 'grant',
    grants: [{ ...wide, notBefore: startMs + 100 }],
    steps: [{ clock: 99 }, keep],
    events: [...refusedFor('grant.not_yet'), 'committed'],
  },
  {
    name: 'a grant holds from its time on',
    stage: 'allowed',
    grants: [{ ...wide, notBefore: startMs + 100 }],
    steps: [{ clock: 100 }, keep],
    events: [...kept, 'committed'],
    effects: ['test.keep test:main'],
  },
  {
    name: 'a revoked grant refuses the next action',
    stage: 'grant',
    steps: [keep, { revoke: 0 }, keep],
    events: [...kept, 'revoked', ...refusedFor('grant.revoked'), 'committed'],
    effects: ['test.keep test:main'],
  },
  {
    name: 'a grant revoked after the promise keeps a deferred effect from being sent',
    stage: 'allowed',
    steps: [{ propose: { action: 'test.send', args: {} } }, { revoke: 0 }],
    events: ['proposed test.send', 'authorized any deferred', 'revoked', 'aborted grant.revoked', 'withheld run.undone'],
  },
  {
    name: 'another grant covers what a revoked one did',
    stage: 'allowed',
    grants: [wide, wide],
    steps: [{ revoke: 0 }, keep],
    events: ['revoked', ...kept, 'committed'],
    effects: ['test.keep test:main'],
  },
  {
    name: 'a run that is held does nothing until it is resumed',
    stage: 'allowed',
    steps: [{ suspend: true }, keep, { resume: true }],
    events: ['suspended run.suspended', 'resumed', ...kept, 'committed'],
    effects: ['test.keep test:main'],
  },
  {
    name: 'what a worker proposes after its end is heard by nobody, also while its commit still waits',
    stage: 'allowed',
    steps: [{ propose: { action: 'test.send', args: {} } }, { suspend: true }, { end: true }, keep, { resume: true }],
    events: [
      'proposed test.send',
      'authorized any deferred',
      'suspended run.suspended',
      'resumed',
      'dispatched',
      'succeeded',
      'committed complete',
    ],
    effects: ['test.send test:main'],
  },
  {
    name: 'a run whose time is over acts no more',
    stage: 'phase',
    ceilings: { wallMs: 100 },
    steps: [{ clock: 101 }, keep],
    events: ['proposed test.keep', 'refused phase limit.wall', 'terminated limit.wall'],
  },
  {
    name: 'a run acts to the last moment of its time',
    stage: 'allowed',
    ceilings: { wallMs: 100 },
    steps: [{ clock: 100 }, keep],
    events: [...kept, 'committed'],
    effects: ['test.keep test:main'],
  },
]
