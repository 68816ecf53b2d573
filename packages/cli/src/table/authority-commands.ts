import type { CommandEntry, OptionEntry } from './command.ts'
import { approvalCommands } from './approval-commands.ts'
import { data, json, runArgument, workspace } from './usual-entries.ts'
import type { Exit } from './exit-codes.ts'

const reason: OptionEntry = { flags: '--reason <text>', summary: 'why, for the record' }
const ordering: readonly Exit[] = ['notFound', 'inUse', 'isolation']

/** Commands that give, take and show authority. */
export const authorityCommands: readonly CommandEntry[] = [
  ...approvalCommands,
  {
    name: 'declassify',
    acts: true,
    summary: 'Say that what a run has seen may be believed more, or seen by more, than its label says',
    arguments: [runArgument],
    options: [
      { flags: '--to <label>', summary: 'a label below that of the run: untrusted/public, trusted/private' },
      reason,
      workspace,
      data,
      json,
    ],
    exits: ordering,
    load: () => import('../authority/declassify.ts'),
  },
  {
    name: 'operators',
    summary: 'List the people who may answer for runs, with their roles',
    arguments: [],
    options: [data, json],
    exits: ['notFound', 'integrity'],
    load: () => import('../authority/operators.ts'),
  },
  {
    name: 'operators add',
    acts: true,
    summary: 'Name somebody who may answer, and make their key where no run can read it',
    arguments: [{ name: '<name>', summary: 'who it is, as others know them' }],
    options: [
      { flags: '--role <role>', summary: 'what they answer for, as policies name it: ops', many: true },
      { flags: '--key <file>', summary: 'private key to use, made if it is not there; else one of the user’s configuration' },
      workspace,
      data,
      json,
    ],
    exits: ordering,
    load: () => import('../authority/add-operator.ts'),
  },
  {
    name: 'operators remove',
    acts: true,
    summary: 'Take from somebody what operators may',
    arguments: [{ name: '<operator>', summary: 'a subject of the list, or the name' }],
    options: [reason, workspace, data, json],
    exits: ordering,
    load: () => import('../authority/remove-operator.ts'),
  },
]
