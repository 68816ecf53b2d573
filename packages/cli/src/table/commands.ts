import type { CommandEntry, OptionEntry } from './command.ts'
import type { Exit } from './exit-codes.ts'

/** What every command can end with. */
export const commonExits: readonly Exit[] = ['ok', 'failure', 'usage']

const data: OptionEntry = {
  flags: '--data <dir>',
  summary: 'data directory; else ICE_DATA, else one of this directory in the user’s state',
}
const json: OptionEntry = { flags: '--json', summary: 'JSON on standard output, one value a line; errors as {code, message, hint}' }
const workspace: OptionEntry = { flags: '--workspace <dir>', summary: 'directory that runs read and commit to; this one when absent' }
const model: OptionEntry = {
  flags: '--model <provider>',
  summary: 'scripted:FILE, or openai:NAME@URL for any service that speaks Chat Completions (key: ICE_MODEL_KEY)',
  many: true,
}
const at: OptionEntry = { flags: '--at <seq>', summary: 'as it stood after this entry' }
const run = { name: '<run>', summary: 'a run’s id, the beginning of one, or last' }
const reading: readonly Exit[] = ['notFound', 'integrity']
const acting: readonly Exit[] = [
  'notFound',
  'limit',
  'aborted',
  'baseChanged',
  'uncertain',
  'inUse',
  'isolation',
  'interrupted',
  'terminated',
]

/** The commands there are: `--help`, docs/reference/cli.md and the tests are made from this. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'run',
    acts: true,
    summary: 'Run an agent under the grants given, and commit what it staged if the validators agree',
    arguments: [{ name: '<agent>', summary: 'a .ts or .js file that exports an agent, or a .json declaration of a model agent' }],
    options: [
      { flags: '--input <json>', summary: 'what the agent is given: JSON, or @FILE that holds it' },
      {
        flags: '--allow <action:name>',
        summary: 'grant an action: files.read:src, files.write:report.md, model.generate:scripted',
        many: true,
      },
      workspace,
      data,
      model,
      { flags: '--steps <n>', summary: 'proposals it may make' },
      { flags: '--wall-ms <n>', summary: 'milliseconds from request to commit' },
      { flags: '--tokens <n>', summary: 'tokens it may spend' },
      { flags: '--money-micro <n>', summary: 'money it may spend, in millionths' },
      { flags: '--seed <text>', summary: 'seeds the agent’s randomness; a fresh one when absent' },
      { flags: '--strict', summary: 'exit with 4 when it committed although something was refused' },
      json,
    ],
    exits: ['refused', 'approval', ...acting],
    load: () => import('../run/run.ts'),
  },
  {
    name: 'ps',
    summary: 'List runs, the last moved first',
    arguments: [],
    options: [{ flags: '--limit <n>', summary: 'runs to list; 20 when absent' }, data, json],
    exits: ['notFound'],
    load: () => import('../record/ps.ts'),
  },
  {
    name: 'show',
    summary: 'Tell what happened in a run',
    arguments: [run],
    options: [
      { flags: '--events', summary: 'every entry' },
      { flags: '--state', summary: 'the state folded from the entries, and its hash' },
      { flags: '--diff', summary: 'what it staged, as a difference' },
      at,
      data,
      json,
    ],
    exits: reading,
    load: () => import('../story/show.ts'),
  },
  {
    name: 'explain',
    summary: 'Tell why an action got its verdict, or why a run ended as it did',
    arguments: [{ name: '<run[#seq]>', summary: 'a run, or an action of it: last#12' }],
    options: [data, json],
    exits: reading,
    load: () => import('../explain/explain.ts'),
  },
  {
    name: 'verify',
    summary: 'Check every stored byte, every chain, the tree, and that the entries obey the laws',
    arguments: [],
    options: [data, json],
    exits: reading,
    load: () => import('../record/verify.ts'),
  },
  {
    name: 'replay',
    summary: 'Decide a run again and run its agent again over the record, with no model and no network',
    arguments: [run],
    options: [data, json],
    exits: [...reading, 'diverged'],
    load: () => import('../record/replay.ts'),
  },
  {
    name: 'abort',
    acts: true,
    summary: 'End a run without committing it',
    arguments: [run],
    options: [{ flags: '--reason <text>', summary: 'why, for the record' }, workspace, data, json],
    exits: ['notFound', 'inUse', 'isolation'],
    load: () => import('../run/abort.ts'),
  },
  {
    name: 'suspend',
    acts: true,
    summary: 'Hold a run where it is until it is resumed',
    arguments: [run],
    options: [workspace, data, json],
    exits: ['notFound', 'inUse', 'isolation'],
    load: () => import('../run/suspend.ts'),
  },
  {
    name: 'resume',
    acts: true,
    summary: 'Let a suspended or interrupted run go on, here if no process has it',
    arguments: [run],
    options: [workspace, data, model, json],
    exits: ['approval', ...acting],
    load: () => import('../run/resume.ts'),
  },
  {
    name: 'doctor',
    summary: 'Try what ICE relies on here, and name what is missing and what that disables',
    arguments: [],
    options: [workspace, data, json],
    exits: ['isolation'],
    load: () => import('../doctor/doctor.ts'),
  },
  {
    name: 'bench',
    summary: 'Measure this machine with the benchmarks of the repository',
    arguments: [{ name: '[arguments...]', summary: 'handed on to the benchmarks' }],
    options: [],
    exits: ['notFound'],
    passesOn: true,
    load: () => import('../bench.ts'),
  },
]
