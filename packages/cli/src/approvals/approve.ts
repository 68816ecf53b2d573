import { IceError } from '@ice-runtime/kernel'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { answerQuestion } from './answer-question.ts'

/** `ice approvals approve` */
export async function run(invocation: Invocation, terminal: Terminal): Promise<Exit> {
  const scope = scopeOf(invocation.options)
  return await answerQuestion(invocation, { say: () => ({ type: 'given', scope }) }, terminal)
}

/** For how much an answer holds. Throws `usage.invalid` for another word. */
export function scopeOf(options: OptionValues): 'once' | 'run' {
  const scope = options.text('scope') ?? 'once'
  if (scope === 'once' || scope === 'run') return scope
  throw new IceError('usage.invalid', `--scope ${scope} is none`, { hint: 'once, or run: for what asks no more in this run' })
}
