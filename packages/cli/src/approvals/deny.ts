import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { answerQuestion } from './answer-question.ts'

/** `ice approvals deny` */
export async function run(invocation: Invocation, terminal: Terminal): Promise<Exit> {
  return await answerQuestion(invocation, { say: () => ({ type: 'denied' }) }, terminal)
}
