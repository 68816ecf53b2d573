import type { ArgumentEntry, OptionEntry } from './command.ts'
import type { Exit } from './exit-codes.ts'

/** What every command can end with. */
export const commonExits: readonly Exit[] = ['ok', 'failure', 'usage']

/** Options, arguments and exits that several commands share. */
export const data: OptionEntry = {
  flags: '--data <dir>',
  summary: 'data directory; else ICE_DATA, else one of this directory in the user’s state',
}
export const json: OptionEntry = {
  flags: '--json',
  summary: 'JSON on standard output, one value a line; errors as {code, message, hint}',
}
export const workspace: OptionEntry = {
  flags: '--workspace <dir>',
  summary: 'directory that runs read and commit to; this one when absent',
}
export const model: OptionEntry = {
  flags: '--model <provider>',
  summary: 'scripted:FILE, or openai:NAME@URL for any service that speaks Chat Completions (key: ICE_MODEL_KEY)',
  many: true,
}
export const prices: OptionEntry = {
  flags: '--prices <file>',
  summary: 'what models cost; else prices.json of the data directory',
}
export const secret: OptionEntry = {
  flags: '--secret <declaration>',
  summary: 'NAME=env:VARIABLE@DESTINATION or NAME=file:PATH@DESTINATION: what effects may use there and nobody is told',
  many: true,
}
export const at: OptionEntry = { flags: '--at <seq>', summary: 'as it stood after this entry' }
export const reason: OptionEntry = { flags: '--reason <text>', summary: 'why, for the record' }
export const runArgument: ArgumentEntry = { name: '<run>', summary: 'a run’s id, the beginning of one, or last' }
export const reading: readonly Exit[] = ['notFound', 'integrity']
export const acting: readonly Exit[] = [
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
