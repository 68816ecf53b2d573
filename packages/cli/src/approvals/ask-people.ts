import type { Ice } from '@ice-runtime/ice'
import { IceError } from '@ice-runtime/kernel'
import type { ApprovalAnswer, RunId } from '@ice-runtime/kernel'
import { listOperators, operatorNames } from '../authority/operator-list.ts'
import { readRun } from '../record/recorded-run.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { visible } from '../terminal/text.ts'
import { parseArgs } from './answer-question.ts'
import { approvalPage } from './approval-page.ts'
import { editing } from './edit.ts'
import { openQuestions, readApproval } from './recorded-approval.ts'
import type { RecordedApproval } from './recorded-approval.ts'
import { tellPage } from './show-approval.ts'
import type { Looked } from './show-approval.ts'
import { signAnswer } from './sign-answer.ts'
import { findSigner } from './signer.ts'
import type { Signer } from './signer.ts'

export interface AskedPeople {
  readonly ice: Ice
  readonly run: RunId
  readonly options: OptionValues
  /** Where the user's keys are. */
  readonly environment: NodeJS.ProcessEnv
}

/**
 * Shows whoever sits at this terminal what a run waits for, one request after the other, and sends what they answer. True once
 * something was answered; false where nobody sits there who has a key, or who wants to answer now.
 */
export async function askPeople(asked: AskedPeople, terminal: Terminal): Promise<boolean> {
  const { ice, run, options } = asked
  const signer = signerHere(asked)
  if (terminal.ask === undefined || terminal.json || signer === undefined) return false
  let isAnswered = false
  for (const question of openQuestions(readRun(ice.store, run))) {
    const approval = readApproval(ice.store, readRun(ice.store, run), question)
    const looked = await lookHere(asked, approval)
    tellPage(looked.page, { options, channel: terminal.talk, program: terminal.program })
    const answer = await answerOf(asked, looked, terminal)
    if (answer === 'later') return isAnswered
    isAnswered = (await send(asked, { approval, answer, signer }, terminal)) || isAnswered
  }
  return isAnswered
}

/** Undefined for a user who has no key, or several: they answer with the command, which can say which. */
function signerHere({ ice, options, environment }: AskedPeople): Signer | undefined {
  try {
    return findSigner(options, listOperators(ice.store, ice.data), environment)
  } catch (error) {
    if (error instanceof IceError && error.code === 'usage.invalid') return undefined
    throw error
  }
}

async function lookHere({ ice }: AskedPeople, approval: RecordedApproval, args?: Parameters<Ice['describe']>[0]['args']): Promise<Looked> {
  const question = { run: approval.recorded.id, approval: approval.asked.seq, ...(args === undefined ? {} : { args }) }
  const described = await ice.describe(question)
  const page = approvalPage(approval, { data: ice.data, names: operatorNames(ice.store, ice.data), blobs: ice.store.blobs, described })
  return { approval, described, page }
}

const choices = '[a]pprove, approve for this [r]un, [d]eny, [e]dit, [l]ater? '

async function answerOf(asked: AskedPeople, looked: Looked, terminal: Terminal): Promise<ApprovalAnswer | 'later'> {
  for (;;) {
    const said = await terminal.ask?.(choices)
    switch (said?.trim().toLowerCase()) {
      case 'a':
      case 'approve':
        return { type: 'given', scope: 'once' }
      case 'r':
      case 'run':
        return { type: 'given', scope: 'run' }
      case 'd':
      case 'deny':
        return { type: 'denied' }
      case 'e':
      case 'edit': {
        const edited = await editOf(asked, looked.approval, terminal)
        if (edited !== undefined) return edited
        break
      }
      case 'l':
      case 'later':
      case undefined:
        return 'later'
      default:
        break
    }
  }
}

/** Another request in its place, shown as the first one was, and signed only if it is still wanted. */
async function editOf(asked: AskedPeople, approval: RecordedApproval, terminal: Terminal): Promise<ApprovalAnswer | undefined> {
  const { options } = asked
  try {
    const given = await terminal.ask?.('all arguments, as JSON or @FILE: ')
    if (given === undefined || given.trim() === '') return undefined
    const looked = await lookHere(asked, approval, parseArgs(given.trim()))
    tellPage(looked.page, { options, channel: terminal.talk, program: terminal.program })
    const isMeant = await terminal.ask?.('have this done instead? [y/N] ')
    return /^y(es)?$/i.test(isMeant?.trim() ?? '') ? editing(looked, 'once') : undefined
  } catch (error) {
    return tellObjection(error, terminal)
  }
}

/** False when it was not taken, which is said: by then it may have been answered, or it is others' to answer. */
async function send(
  { ice }: AskedPeople,
  { approval, answer, signer }: { readonly approval: RecordedApproval; readonly answer: ApprovalAnswer; readonly signer: Signer },
  terminal: Terminal,
): Promise<boolean> {
  try {
    await ice.order(signAnswer(approval, answer, { signer, comment: undefined, data: ice.data }))
    return true
  } catch (error) {
    tellObjection(error, terminal)
    return false
  }
}

function tellObjection(error: unknown, { talk }: Terminal): undefined {
  if (!(error instanceof IceError)) throw error
  talk.line(`${talk.paint('bad', 'not taken')}  ${visible(error.message)}`)
}
