import { wide } from '../authority-case.ts'
import type { AuthorityCase } from '../authority-case.ts'

const see = (label: string): { readonly propose: unknown } => ({ propose: { action: 'test.look', args: { label } } })
const leave = { propose: { action: 'test.look', args: { destinations: ['test:outside'] } } }
const seen = ['proposed test.look', 'authorized any', 'succeeded']
const left = ['proposed test.look', 'authorized any', 'dispatched', 'succeeded']
const kept = ['proposed test.look', 'refused labels label.egress any']
const looked = 'test.look test:main'
const { clearance: _clearance, ...uncleared } = wide

const closes = (label: string, clearance?: 'private'): AuthorityCase => ({
  name: `what is ${label} does not leave under a grant cleared for ${clearance ?? 'public'}`,
  stage: 'labels',
  grants: [clearance === undefined ? uncleared : { ...uncleared, clearance }],
  steps: [see(label), leave],
  events: [...seen, ...kept, 'committed'],
  effects: [looked],
})
const opens = (label: string, clearance?: 'private' | 'secret'): AuthorityCase => ({
  name: `what is ${label} leaves under a grant cleared for ${clearance ?? 'public'}`,
  stage: 'allowed',
  grants: [clearance === undefined ? uncleared : { ...uncleared, clearance }],
  steps: [see(label), leave],
  events: [...seen, ...left, 'committed'],
  effects: [looked, looked],
})

/** What has been seen, and where it may go. */
export const labelCases: readonly AuthorityCase[] = [
  closes('untrusted/private'),
  closes('untrusted/secret'),
  closes('trusted/secret'),
  closes('untrusted/secret', 'private'),
  closes('trusted/secret', 'private'),
  opens('trusted/public'),
  opens('trusted/private'),
  opens('untrusted/public'),
  opens('untrusted/private', 'private'),
  opens('untrusted/secret', 'secret'),
  {
    name: 'private and untrusted, seen apart, close the way out together',
    stage: 'labels',
    grants: [uncleared],
    steps: [see('trusted/private'), see('untrusted/public'), leave],
    events: [...seen, ...seen, ...kept, 'committed'],
    effects: [looked, looked],
  },
  {
    name: 'what stays is not asked where it goes',
    stage: 'allowed',
    grants: [uncleared],
    steps: [see('untrusted/secret'), { propose: { action: 'test.keep', args: {} } }],
    events: [...seen, 'proposed test.keep', 'authorized any', 'succeeded', 'committed'],
    effects: [looked, 'test.keep test:main'],
  },
]
