import type { GrantTerms } from '@ice-runtime/kernel'
import { wide } from '../authority-case.ts'
import type { AuthorityCase } from '../authority-case.ts'

const read = (path: unknown): { readonly propose: unknown } => ({ propose: { action: 'files.read', args: { path } } })
const reading = (...resources: readonly string[]): readonly GrantTerms[] => [
  { actions: ['files.read'], resources, class: 'observe', egress: [] },
]
const outside = ['proposed files.read', 'refused prepare args.invalid', 'committed']
const linkedOut = ['proposed files.read', 'refused prepare files.outside_root', 'committed']
const uncovered = ['proposed files.read', 'refused grant grant.resource', 'committed']
const done = ['proposed files.read', 'authorized any', 'succeeded', 'committed']

/** A file that policy denies by its name, asked for by another spelling of it: either no spelling at all, or another file, which is not there. */
const denied = (name: string, path: string, events: readonly string[]): AuthorityCase => ({
  name,
  stage: events.some((line) => line.startsWith('refused prepare')) ? 'prepare' : 'allowed',
  policy: `permit (principal, action, resource);
forbid (principal, action == Ice::Action::"files.read", resource) when { context.facts.path == ".env" || context.facts.path == "caf\u{e9}.md" };`,
  steps: [read(path)],
  events,
})
const missing = ['proposed files.read', 'authorized case.cedar:1', 'failed files.not_found', 'committed']

/** What a file is called, and what it is. */
export const resourceCases: readonly AuthorityCase[] = [
  {
    name: 'a file below what is granted is read',
    stage: 'allowed',
    grants: reading('file:src/**'),
    steps: [read('src/deep/b.md')],
    events: done,
    effects: ['read src/deep/b.md'],
  },
  {
    name: 'the granted file itself is read',
    stage: 'allowed',
    grants: reading('file:src/a.md'),
    steps: [read('src/a.md')],
    events: done,
    effects: ['read src/a.md'],
  },
  {
    name: 'a file beside the granted one is not',
    stage: 'grant',
    grants: reading('file:src/a.md'),
    steps: [read('src/deep/b.md')],
    events: uncovered,
  },
  {
    name: 'a sibling whose name begins alike is not below it',
    stage: 'grant',
    grants: reading('file:src/**'),
    steps: [read('src-old/a.md')],
    events: uncovered,
  },
  {
    name: 'a neighbour of the workspace whose name begins alike is outside',
    stage: 'prepare',
    grants: reading('file:**'),
    steps: [read('../workspace-old/a.md')],
    events: outside,
  },
  {
    name: 'the way up and down again is outside',
    stage: 'prepare',
    grants: reading('file:src/**'),
    steps: [read('src/../../outside/secret.md')],
    events: outside,
  },
  {
    name: 'a way that climbs inside is not normalized into what is granted',
    stage: 'prepare',
    grants: reading('file:src/**'),
    steps: [read('src/../other/a.md')],
    events: outside,
  },
  { name: 'an absolute path is outside', stage: 'prepare', grants: reading('file:**'), steps: [read('/etc/passwd')], events: outside },
  {
    name: 'a link that leaves is not followed',
    stage: 'prepare',
    grants: reading('file:**'),
    steps: [read('link/secret.md')],
    events: linkedOut,
  },
  {
    name: 'a link to a file outside is not read',
    stage: 'prepare',
    grants: reading('file:**'),
    steps: [read('link.md')],
    events: ['proposed files.read', 'authorized any', 'failed files.not_regular', 'committed'],
  },
  {
    name: 'another spelling in capitals is another file',
    stage: 'grant',
    grants: reading('file:src/**'),
    steps: [read('SRC/a.md')],
    events: uncovered,
  },
  {
    name: 'another composition of the same letters is another file',
    stage: 'grant',
    grants: reading('file:caf\u00e9.md'),
    steps: [read('cafe\u0301.md')],
    events: uncovered,
  },
  {
    name: 'a letter of another script that looks alike is another file',
    stage: 'grant',
    grants: reading('file:src/**'),
    steps: [read('s\u0433c/a.md')],
    events: uncovered,
  },
  {
    ...denied('a name that is denied is', '.env', []),
    stage: 'policy',
    events: ['proposed files.read', 'refused policy policy.forbidden case.cedar:2', 'committed'],
  },
  {
    ...denied('a name that is denied is, also with a mark on its letter', 'caf\u00e9.md', []),
    stage: 'policy',
    events: ['proposed files.read', 'refused policy policy.forbidden case.cedar:2', 'committed'],
  },
  denied('a denied name in capitals is no way to its file', '.ENV', missing),
  denied('a denied name composed of other characters is no way to its file', 'cafe\u0301.md', missing),
  denied('a denied name with a letter of another script is no way to its file', '.\u0435nv', missing),
  denied('a denied name with what cannot be seen in it is no way to its file', '.e\u200bnv', missing),
  denied('a denied name after a dot is no spelling', './.env', outside),
  denied('a denied name by a way around is no spelling', 'src/../.env', outside),
  denied('a denied name with a slash behind it is no spelling', '.env/', outside),
  denied('a denied name after two slashes is no spelling', 'src//../.env', outside),
  {
    name: 'a name with a NUL is none',
    stage: 'prepare',
    grants: reading('file:**'),
    steps: [read('src/a.md\u0000.txt')],
    events: ['proposed files.read', 'refused prepare args.invalid', 'committed'],
  },
  {
    name: 'all resources must be covered, not one of them',
    stage: 'grant',
    grants: [{ ...wide, actions: ['files.move'], resources: ['file:src/**'] }],
    steps: [{ propose: { action: 'files.move', args: { from: 'src/a.md', to: 'other/a.md' } } }],
    events: ['proposed files.move', 'refused grant grant.resource', 'committed'],
  },
  {
    name: 'a driver that names no resource is covered by no grant',
    stage: 'grant',
    steps: [{ propose: { action: 'test.keep', args: { resources: [] } } }],
    events: ['proposed test.keep', 'refused grant grant.resource', 'committed'],
  },
  {
    name: 'a resource that climbs is covered by no tree',
    stage: 'grant',
    grants: [{ ...wide, resources: ['test:a/**'] }],
    steps: [{ propose: { action: 'test.keep', args: { resources: ['test:a/../b'] } } }],
    events: ['proposed test.keep', 'refused grant grant.resource', 'committed'],
  },
  {
    name: 'a tree covers its own name',
    stage: 'allowed',
    grants: [{ ...wide, resources: ['test:a/**'] }],
    steps: [{ propose: { action: 'test.keep', args: { resources: ['test:a'] } } }],
    events: ['proposed test.keep', 'authorized any', 'succeeded', 'committed'],
    effects: ['test.keep test:a'],
  },
  {
    name: 'a kind covers no other kind',
    stage: 'grant',
    grants: [{ ...wide, resources: ['file:**'] }],
    steps: [{ propose: { action: 'test.keep', args: {} } }],
    events: ['proposed test.keep', 'refused grant grant.resource', 'committed'],
  },
  {
    name: 'a kind covers nothing without a name',
    stage: 'grant',
    grants: [{ ...wide, resources: ['test:**'] }],
    steps: [{ propose: { action: 'test.keep', args: { resources: ['test:'] } } }],
    events: ['proposed test.keep', 'refused grant grant.resource', 'committed'],
  },
]
