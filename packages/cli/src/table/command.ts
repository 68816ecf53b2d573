import type { Terminal } from '../terminal/terminal.ts'
import type { Exit } from './exit-codes.ts'
import type { OptionValues } from './option-values.ts'

export interface OptionEntry {
  /** As commander reads it: `--data <dir>`. */
  readonly flags: string
  readonly summary: string
  /** May be given more than once. */
  readonly many?: true
}

export interface ArgumentEntry {
  /** `<name>` when it must be given, `[name]` when it may. */
  readonly name: string
  readonly summary: string
}

/** One command: all that `--help`, the reference and the tests know about it. */
export interface CommandEntry {
  /** One word, or two: `operators add`. */
  readonly name: string
  readonly summary: string
  readonly arguments: readonly ArgumentEntry[]
  readonly options: readonly OptionEntry[]
  /** Exit codes it can end with, beside those of `commonExits`. */
  readonly exits: readonly Exit[]
  /** Arguments after these are handed on as they are. */
  readonly passesOn?: true
  /** It acts, so it goes on to its end when nobody reads what it prints. The others then have nothing left to do. */
  readonly acts?: true
  /** Loaded only when the command is given, so that a short one loads little. */
  load(): Promise<CommandModule>
}

export interface CommandModule {
  run(invocation: Invocation, terminal: Terminal): Promise<Exit | number>
}

export interface Invocation {
  readonly args: readonly string[]
  readonly options: OptionValues
}
