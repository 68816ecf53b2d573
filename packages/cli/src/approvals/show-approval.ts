import { describeApproval } from '@ice-runtime/ice'
import type { ApprovalDescription, ApprovalQuestion } from '@ice-runtime/ice'
import { IceError } from '@ice-runtime/kernel'
import { operatorNames } from '../authority/operator-list.ts'
import { dataOf, openRecord, placeText, workspaceOf } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Channel, Terminal } from '../terminal/terminal.ts'
import { approvalPage } from './approval-page.ts'
import type { ApprovalPage } from './approval-page.ts'
import { pageLines } from './page-text.ts'
import { findApproval } from './recorded-approval.ts'
import type { RecordedApproval } from './recorded-approval.ts'
import { tellRule } from './tell-rule.ts'

/** `ice approvals show` */
export async function run({ args, options }: Invocation, terminal: Terminal): Promise<Exit> {
  if (options.flag('rule')) {
    await tellRule(args[0] ?? '', options, terminal)
    return 'ok'
  }
  const { page } = await lookAt(args[0] ?? '', options)
  if (terminal.json) terminal.data.line(JSON.stringify(page))
  else tellPage(page, { options, channel: terminal.data, program: terminal.program })
  return 'ok'
}

export interface Looked {
  readonly approval: RecordedApproval
  readonly described: ApprovalDescription | undefined
  readonly page: ApprovalPage
}

/** A question with all that is shown of it. `args` are an operator's in place of the agent's. */
export async function lookAt(text: string, options: OptionValues, edit: Pick<ApprovalQuestion, 'args'> = {}): Promise<Looked> {
  const data = dataOf(options)
  await using store = openRecord(options)
  const approval = findApproval(store, text)
  const question = { run: approval.recorded.id, approval: approval.asked.seq, ...edit }
  const described = approval.isOpen ? await descriptionOf(question, options) : undefined
  const page = approvalPage(approval, {
    data,
    names: operatorNames(store, data),
    blobs: store.blobs,
    ...(described === undefined ? {} : { described }),
  })
  return { approval, described, page }
}

/** What only the driver can say; undefined where nobody here has it. An edit that cannot be prepared is a fault. */
async function descriptionOf(question: ApprovalQuestion, options: OptionValues): Promise<ApprovalDescription | undefined> {
  try {
    return await describeApproval(question, { data: dataOf(options), workspace: workspaceOf(options) })
  } catch (error) {
    const isUntold = error instanceof IceError && (error.code === 'usage.invalid' || error.code === 'run.not_found')
    if (isUntold && question.args === undefined) return undefined
    throw error
  }
}

export interface PagePlace {
  readonly options: OptionValues
  readonly channel: Channel
  readonly program: string
}

export function tellPage(page: ApprovalPage, { options, channel, program }: PagePlace): void {
  const whole = `${program} approvals show ${page.id}${placeText(options)}`
  for (const line of pageLines(page, { now: Date.now(), whole }, channel)) channel.line(line)
}
