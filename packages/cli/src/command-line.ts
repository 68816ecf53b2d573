import { IceError } from '@ice-runtime/kernel'
import { Command, CommanderError, Option } from 'commander'
import { iceVersion } from '@ice-runtime/ice/reader'
import { printFault } from './fault.ts'
import type { CommandEntry } from './table/command.ts'
import { commandGroups, commands } from './table/commands.ts'
import { commonExits } from './table/usual-entries.ts'
import { exitCodes } from './table/exit-codes.ts'
import type { Exit } from './table/exit-codes.ts'
import { optionValues } from './table/option-values.ts'
import { askPerson } from './terminal/ask-person.ts'
import { openTerminal } from './terminal/terminal.ts'
import type { Terminal } from './terminal/terminal.ts'

/** Runs one command of this process and sets its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const { stdin, stdout, stderr, env: environment } = process
  const ask = askPerson({ input: stdin, output: stderr, interrupt: () => void process.kill(process.pid, 'SIGINT') })
  const person = ask === undefined ? {} : { ask }
  const terminal = openTerminal({ stdout, stderr, ...person, environment, json: argv.includes('--json') })
  hearOutputFaults(argv)
  hearCrashes(terminal, environment)
  try {
    const program = buildProgram((entry, given) => execute(entry, given, terminal))
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    process.exitCode = exitCodes[printFault(translated(error), { terminal, environment })].code
  }
}

/**
 * A reader that has seen enough (`ice ps | head`) is no failure, and no reason to leave a run in the middle: a command that acts goes
 * on unheard, and its exit code tells how it ended.
 */
function hearOutputFaults(argv: readonly string[]): void {
  const { stdout, stderr } = process
  const acts = commands.some((entry) => entry.acts === true && isNamed(entry, argv))
  stderr.on('error', () => undefined)
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (acts) return
    if (error.code === 'EPIPE') process.exit(0)
    stderr.write(`error   standard output cannot be written: ${error.code ?? error.message}\n`)
    process.exit(exitCodes.failure.code)
  })
}

/** The command that these words begin with is the entry's, not one of a longer name. */
function isNamed({ name }: CommandEntry, argv: readonly string[]): boolean {
  const two = argv.slice(0, 2).join(' ')
  return commands.some((other) => other.name === two) ? name === two : name === argv[0]
}

/** What nobody caught is said like any other fault, so that no value is in the last words of a process. */
function hearCrashes(terminal: Terminal, environment: NodeJS.ProcessEnv): void {
  process.on('uncaughtException', (error) => process.exit(exitCodes[printFault(error, { terminal, environment })].code))
}

interface Given {
  readonly args: readonly string[]
  readonly options: { readonly [name: string]: unknown }
}

async function execute(entry: CommandEntry, given: Given, terminal: Terminal): Promise<void> {
  const { run } = await entry.load()
  const exit = await run({ args: given.args, options: optionValues(given.options) }, terminal)
  process.exitCode = typeof exit === 'number' ? exit : codeOf(exit)
}

function codeOf(exit: Exit): number {
  return exitCodes[exit].code
}

/** The program that commander reads the command line with, made from the table. */
export function buildProgram(action: (entry: CommandEntry, given: Given) => Promise<void>): Command {
  const program = new Command('ice')
    .description('Executes what AI agents propose, under rules, with a record that proves it.')
    .version(iceVersion, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
  for (const entry of commands) addCommand(entry, { parent: parentOf(entry, program), action })
  return program
}

/** The program, or the first of two words: a command itself, or only what its commands have in common. */
function parentOf({ name }: CommandEntry, program: Command): Command {
  const [group = '', second] = name.split(' ')
  if (second === undefined) return program
  const known = program.commands.find((command) => command.name() === group)
  if (known !== undefined) return known
  const summary = commandGroups.get(group) ?? ''
  return program
    .command(group)
    .summary(summary)
    .description(`${summary}.`)
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
}

interface Adding {
  readonly parent: Command
  readonly action: (entry: CommandEntry, given: Given) => Promise<void>
}

function addCommand(entry: CommandEntry, { parent, action }: Adding): void {
  const command = parent
    .command(entry.name.split(' ').at(-1) ?? '')
    .summary(entry.summary)
    .description(`${entry.summary}.`)
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
  for (const { name, summary } of entry.arguments) command.argument(name, summary)
  for (const { flags, summary, many } of entry.options) command.addOption(optionOf(flags, summary, many === true))
  if (entry.passesOn === true) command.allowUnknownOption().passThroughOptions()
  command.addHelpText('after', `\nExit codes: ${exitsOf(entry)}`)
  command.action(async (...parsed: unknown[]) => {
    const named = parsed
      .slice(0, entry.arguments.length)
      .flat()
      .filter((value) => typeof value === 'string')
    await action(entry, { args: named, options: command.opts() })
  })
}

function optionOf(flags: string, summary: string, many: boolean): Option {
  const option = new Option(flags, many ? `${summary} (repeatable)` : summary)
  return many ? option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]) : option
}

function exitsOf({ exits }: CommandEntry): string {
  return [...commonExits, ...exits]
    .map(codeOf)
    .toSorted((left, right) => left - right)
    .join(', ')
}

/** What commander objects to is a usage error; help and version are none. */
function translated(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error
  if (error.exitCode === 0) return undefined
  const message = error.message.replace(/^error: /, '')
  const asked = error.code === 'commander.help' || error.code === 'commander.helpDisplayed'
  return new IceError('usage.invalid', asked ? 'no command was given' : message, { hint: 'see: ice --help' })
}
