import type { CommandEntry } from './command.ts'
import { commands } from './commands.ts'
import { commonExits } from './usual-entries.ts'
import { exitCodes } from './exit-codes.ts'

/** The part of docs/reference/cli.md that the table dictates. */
export function commandReference(): string {
  return commands.map(section).join('\n')
}

/** The part of docs/reference/exit-codes.md that the table dictates. */
export function exitCodeReference(): string {
  const rows = Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${meaning} |`)
  return ['| Code | Meaning |', '| --- | --- |', ...rows, ''].join('\n')
}

function section(entry: CommandEntry): string {
  const usage = ['ice', entry.name, ...entry.arguments.map(({ name }) => name), ...(entry.options.length === 0 ? [] : ['[options]'])].join(
    ' ',
  )
  const given = [
    ...entry.arguments.map(({ name, summary }) => `| \`${cell(name)}\` | ${cell(summary)} |`),
    ...entry.options.map(({ flags, summary, many }) => `| \`${cell(flags)}\` | ${cell(summary)}${many === true ? '; repeatable' : ''} |`),
  ]
  const table = given.length === 0 ? [] : ['| Argument or option | |', '| --- | --- |', ...given, '']
  const exits = [...commonExits, ...entry.exits].map((exit) => exitCodes[exit].code).toSorted((left, right) => left - right)
  return [`## ${entry.name}`, '', `${entry.summary}.`, '', '```sh', usage, '```', '', ...table, `Exits with ${exits.join(', ')}.`, ''].join(
    '\n',
  )
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
