import { IceError } from '@ice-runtime/kernel'
import type { ApprovalAnswer } from '@ice-runtime/kernel'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { answerQuestion, editedArgs } from './answer-question.ts'
import { scopeOf } from './approve.ts'
import type { Looked } from './show-approval.ts'

/** `ice approvals edit` */
export async function run(invocation: Invocation, terminal: Terminal): Promise<Exit> {
  const { options } = invocation
  const scope = scopeOf(options)
  return await answerQuestion(invocation, { say: (looked) => editing(looked, scope), edit: { args: editedArgs(options) } }, terminal)
}

/** The answer that has done what was made of a request. Throws `usage.invalid` where nothing was changed. */
export function editing({ described, approval }: Looked, scope: 'once' | 'run'): ApprovalAnswer {
  const edited = described?.edited
  if (edited === undefined) throw new IceError('usage.invalid', `nobody here can prepare another request for ${approval.id}`)
  if (edited.request !== approval.asked.payload.request) return { type: 'given', scope, edited }
  throw new IceError('usage.invalid', 'the arguments are those of the request', { hint: 'approve it as it is' })
}
