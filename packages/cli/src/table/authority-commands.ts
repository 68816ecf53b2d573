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
  {
    name: 'lockdown',
    acts: true,
    summary: 'Stop every action of every run, or of one agent, until it is lifted; or say what is stopped',
    arguments: [{ name: '[what]', summary: 'on, off or status; status when absent' }],
    options: [{ flags: '--agent <name>', summary: 'runs of this agent alone' }, reason, workspace, data, json],
    exits: ordering,
    load: () => import('../authority/lockdown.ts'),
  },
  {
    name: 'grants',
    summary: 'List what a run was granted, and what of it was used',
    arguments: [{ name: '[run]', summary: 'a run’s id, the beginning of one, or last' }],
    options: [data, json],
    exits: ['notFound', 'integrity'],
    load: () => import('../authority/grants.ts'),
  },
  {
    name: 'grants grant',
    acts: true,
    summary: 'Grant a run at work more than it was started with',
    arguments: [runArgument],
    options: [{ flags: '--allow <action:name>', summary: 'what is granted, as for ice run', many: true }, workspace, data, json],
    exits: ordering,
    load: () => import('../authority/grant.ts'),
  },
  {
    name: 'grants revoke',
    acts: true,
    summary: 'Take a grant back; what was handed on from it goes too',
    arguments: [{ name: '<run#seq>', summary: 'a grant of the list' }],
    options: [reason, workspace, data, json],
    exits: ordering,
    load: () => import('../authority/revoke-grant.ts'),
  },
  {
    name: 'policy',
    summary: 'Print the policy that is adopted',
    arguments: [],
    options: [data, json],
    exits: ['notFound', 'integrity'],
    load: () => import('../authority/policy.ts'),
  },
  {
    name: 'policy adopt',
    acts: true,
    summary: 'Put a policy in force for all runs of this data directory, after showing what it changes',
    arguments: [{ name: '<path>', summary: 'a .cedar file, or a directory of them' }],
    options: [
      { flags: '--yes', summary: 'adopt what was shown; without it nothing is adopted and the exit code is 5' },
      workspace,
      data,
      json,
    ],
    exits: [...ordering, 'approval'],
    load: () => import('../authority/adopt-policy.ts'),
  },
  {
    name: 'policy check',
    summary: 'Say what is wrong with a policy before it is adopted',
    arguments: [{ name: '<path>', summary: 'a .cedar file, or a directory of them' }],
    options: [json],
    exits: ['notFound'],
    load: () => import('../authority/check-policy.ts'),
  },
  {
    name: 'policy test',
    summary: 'Run the cases beside a policy, and name the rules that no case needs',
    arguments: [{ name: '<path>', summary: 'a .cedar file with its .test.json, or a directory of them' }],
    options: [json],
    exits: ['notFound'],
    load: () => import('../authority/test-policy.ts'),
  },
]
