import type { CommandEntry } from './command.ts'
import { data, json, workspace } from './usual-entries.ts'

/** Commands for the agents that other programs run. */
export const hostCommands: readonly CommandEntry[] = [
  {
    name: 'hook',
    acts: true,
    summary: 'Answer what an agent’s program asks before it uses a tool, and record what it did',
    arguments: [{ name: '<host>', summary: 'claude-code, codex or cursor' }],
    options: [
      { flags: '--install', summary: 'put the hook on the project, or on all projects of this user' },
      { flags: '--uninstall', summary: 'take it off again' },
      { flags: '--print', summary: 'print the settings that --install adds, and touch nothing' },
      { flags: '--scope <where>', summary: 'project, which is usual, or user' },
      { flags: '--observe <state>', summary: 'on: record what would be said and let it through; off: say it' },
      { flags: '--allow <action:name>', summary: 'grant the host this and nothing else: files.read:src, process.run:git', many: true },
      {
        flags: '--allow-all',
        summary: 'grant the host all that it does, so that policy alone decides, and the built-in rules where none is adopted',
      },
      workspace,
      data,
      json,
    ],
    exits: ['inUse', 'notFound'],
    load: () => import('../host/hook.ts'),
  },
  {
    name: 'import',
    acts: true,
    summary: 'Read what an agent’s program kept of its past sessions into the record, marked imported',
    arguments: [
      { name: '<host>', summary: 'claude-code' },
      { name: '<path>', summary: 'a transcript, or a directory that holds them' },
    ],
    options: [workspace, data, json],
    exits: ['inUse', 'notFound'],
    load: () => import('../host/import.ts'),
  },
]
