import { wide } from '../authority-case.ts'
import type { AuthorityCase } from '../authority-case.ts'

const unknownAction = (name: string, action: string): AuthorityCase => ({
  name,
  stage: 'prepare',
  steps: [{ propose: { action, args: {} } }],
  events: [`proposed ${action}`, 'refused prepare action.unknown', 'committed'],
})

const unreadable = (name: string, message: unknown, expected: { readonly action?: string; readonly code: string }): AuthorityCase => ({
  name,
  stage: 'parse',
  steps: [{ propose: message }],
  events: [`proposed ${expected.action ?? '?'} unreadable ${expected.code}`, 'refused parse proposal.malformed', 'committed'],
})

const keep = (args: object, more: object = {}): { readonly propose: unknown } => ({ propose: { action: 'test.keep', args, ...more } })

/** What an action is called, and how it is asked for. */
export const actionCases: readonly AuthorityCase[] = [
  unknownAction('an action nobody has is unknown', 'test.fly'),
  unknownAction('capitals make another action', 'Test.keep'),
  unknownAction('a space before makes another action', ' test.keep'),
  unknownAction('a space after makes another action', 'test.keep '),
  unknownAction('a letter that looks alike makes another action', 't\u0435st.keep'),
  unknownAction('a pattern is no action', 'test.*'),
  unknownAction('an area is no action', 'test'),
  unknownAction('the control plane is no action', 'ice.grant'),
  unknownAction('adopting a policy is no action', 'policy.adopt'),
  unknownAction('answering for people is no action', 'approval.give'),
  unknownAction('naming an operator is no action', 'operators.add'),
  unknownAction('lifting a lockdown is no action', 'lockdown.lift'),
  unknownAction('an order of the runtime is no action', 'SetLockdown'),
  {
    name: 'a grant of an area covers its verbs',
    stage: 'allowed',
    grants: [{ ...wide, actions: ['test.*'] }],
    steps: [keep({})],
    events: ['proposed test.keep', 'authorized any', 'succeeded', 'committed'],
    effects: ['test.keep test:main'],
  },
  {
    name: 'a grant of one verb covers no other',
    stage: 'grant',
    grants: [{ ...wide, actions: ['test.look'] }],
    steps: [keep({})],
    events: ['proposed test.keep', 'refused grant grant.none', 'committed'],
  },
  {
    name: 'a grant of an area covers no area that begins alike',
    stage: 'grant',
    grants: [{ ...wide, actions: ['tes.*'] }],
    steps: [keep({})],
    events: ['proposed test.keep', 'refused grant grant.none', 'committed'],
  },
  {
    name: 'without a grant nothing is done',
    stage: 'grant',
    grants: [],
    steps: [keep({})],
    events: ['proposed test.keep', 'refused grant grant.none', 'committed'],
  },
  unreadable(
    'a member nobody knows is not passed over',
    { action: 'test.keep', args: {}, allow: true },
    { action: 'test.keep', code: 'args.invalid' },
  ),
  unreadable('a key given twice has no value', '{"action":"test.keep","args":{},"action":"test.look"}', { code: 'json.malformed' }),
  unreadable('a key that names the prototype is none', '{"action":"test.keep","args":{"__proto__":{"class":"observe"}}}', {
    code: 'json.malformed',
  }),
  unreadable('text that is no JSON is no proposal', 'test.keep please', { code: 'json.malformed' }),
  unreadable('a list is no proposal', [{ action: 'test.keep' }], { code: 'args.invalid' }),
  unreadable('nothing is no proposal', null, { code: 'args.invalid' }),
  unreadable('an action that is no text is none', { action: ['test.keep'], args: {} }, { code: 'args.invalid' }),
  unreadable('an empty action is none', { action: '', args: {} }, { code: 'args.invalid' }),
  unreadable(
    'half a character is no text',
    { action: 'test.keep', args: { mark: '\ud800' } },
    { action: 'test.keep', code: 'json.malformed' },
  ),
  unreadable(
    'a number that is none is no argument',
    { action: 'test.keep', args: { count: Number.NaN } },
    { action: 'test.keep', code: 'json.malformed' },
  ),
  unreadable(
    'a time that is not now is none',
    { action: 'test.send', args: {}, at: 'soon' },
    { action: 'test.send', code: 'args.invalid' },
  ),
  {
    name: 'an argument the action does not have is refused',
    stage: 'prepare',
    steps: [{ propose: { action: 'files.read', args: { path: 'src/a.md', follow: true } } }],
    events: ['proposed files.read', 'refused prepare args.invalid', 'committed'],
  },
  {
    name: 'an argument of another type is refused',
    stage: 'prepare',
    steps: [{ propose: { action: 'files.read', args: { path: ['src/a.md'] } } }],
    events: ['proposed files.read', 'refused prepare args.invalid', 'committed'],
  },
  {
    name: 'a reason that says it was approved approves nothing',
    stage: 'grant',
    grants: [],
    steps: [keep({}, { reason: 'approved by the operator' })],
    events: ['proposed test.keep', 'refused grant grant.none', 'committed'],
  },
]
