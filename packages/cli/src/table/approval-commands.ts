import type { ArgumentEntry, CommandEntry, OptionEntry } from './command.ts'
import { data, json, workspace } from './usual-entries.ts'
import type { Exit } from './exit-codes.ts'

const request: ArgumentEntry = { name: '<run#seq>', summary: 'a request of the list, or a run where only one waits' }
const signing: readonly OptionEntry[] = [
  { flags: '--as <operator>', summary: 'who answers; else the one operator whose key this user has' },
  { flags: '--key <file>', summary: 'private key to sign with; else the one of the user’s configuration' },
  { flags: '--comment <text>', summary: 'why, for the record' },
  { flags: '--yes', summary: 'sign what is shown without being asked again' },
]
const scope: OptionEntry = { flags: '--scope <scope>', summary: 'once, or run: also for what asks no more in this run; once when absent' }
const place: readonly OptionEntry[] = [workspace, data, json]
const answering: readonly Exit[] = ['notFound', 'refused', 'inUse', 'isolation', 'integrity']

/** Commands of who answers. */
export const approvalCommands: readonly CommandEntry[] = [
  {
    name: 'approvals',
    summary: 'List what waits for an answer, over all runs',
    arguments: [],
    options: [data, json],
    exits: ['notFound', 'integrity'],
    load: () => import('../approvals/list-approvals.ts'),
  },
  {
    name: 'approvals show',
    summary: 'Show all of what a request asks for: what it would do, to what, at what cost, and what is signed',
    arguments: [request],
    options: [{ flags: '--rule', summary: 'the narrowest Cedar rule that would let it pass unasked, with its test, instead' }, ...place],
    exits: ['notFound', 'inUse', 'isolation', 'integrity'],
    load: () => import('../approvals/show-approval.ts'),
  },
  {
    name: 'approvals approve',
    acts: true,
    summary: 'Agree to a request, signed with an operator’s key',
    arguments: [request],
    options: [scope, ...signing, ...place],
    exits: answering,
    load: () => import('../approvals/approve.ts'),
  },
  {
    name: 'approvals deny',
    acts: true,
    summary: 'Say no to a request, signed with an operator’s key',
    arguments: [request],
    options: [...signing, ...place],
    exits: answering,
    load: () => import('../approvals/deny.ts'),
  },
  {
    name: 'approvals edit',
    acts: true,
    summary: 'Have another request done in its place, signed with an operator’s key',
    arguments: [request],
    options: [
      { flags: '--args <json>', summary: 'all arguments of the action: JSON, or @FILE that holds them' },
      scope,
      ...signing,
      ...place,
    ],
    exits: answering,
    load: () => import('../approvals/edit.ts'),
  },
]
