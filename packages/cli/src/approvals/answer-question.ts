import { setTimeout } from 'node:timers/promises'
import { askControl } from '@ice-runtime/ice/control'
import { foldRun, readStanding } from '@ice-runtime/ice/record'
import { IceError, isAnswered, openAction, parseStrictJson } from '@ice-runtime/kernel'
import type { ApprovalAnswer, IceEntry, Json } from '@ice-runtime/kernel'
import { listOperators } from '../authority/operator-list.ts'
import { perform } from '../authority/perform.ts'
import { dataOf, openRecord, placeText } from '../place.ts'
import { readText } from '../run/load-agent.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { visible } from '../terminal/text.ts'
import { findApproval } from './recorded-approval.ts'
import type { RecordedApproval } from './recorded-approval.ts'
import { lookAt, tellPage } from './show-approval.ts'
import type { Looked } from './show-approval.ts'
import { signAnswer } from './sign-answer.ts'
import { findSigner } from './signer.ts'
import type { Signer } from './signer.ts'

/** What one of the commands says to a question it has looked at. */
export type Saying = (looked: Looked, options: OptionValues) => ApprovalAnswer

/** Shows what is asked, signs an answer to exactly that, and sends it to who owns the run. */
export async function answerQuestion(
  { args, options }: Invocation,
  { say, edit = {} }: { readonly say: Saying; readonly edit?: { readonly args?: Json } },
  terminal: Terminal,
): Promise<Exit> {
  const looked = await lookAt(args[0] ?? '', options, edit)
  assertOpen(looked.approval)
  const signer = await signerOf(options)
  if (!terminal.json) tellPage(looked.page, { options, channel: terminal.talk, program: terminal.program })
  if (!(await isMeant(options, { looked, signer }, terminal))) return 'refused'
  const answer = say(looked, options)
  const order = signAnswer(looked.approval, answer, { signer, comment: options.text('comment'), data: dataOf(options) })
  await perform(order, options)
  return await tellAnswered(looked.approval, { options, signer }, terminal)
}

/** The arguments an operator wants instead. Throws `usage.invalid` for what is no JSON. */
export function editedArgs(options: OptionValues): Json {
  const given = options.text('args')
  if (given === undefined)
    throw new IceError('usage.invalid', 'an edit names the arguments', { hint: 'give all of them: --args JSON or --args @FILE' })
  return parseArgs(given)
}

export function parseArgs(given: string): Json {
  try {
    return parseStrictJson(given.startsWith('@') ? readText(given.slice(1)) : given)
  } catch (cause) {
    if (cause instanceof IceError && cause.code !== 'json.malformed') throw cause
    throw new IceError('usage.invalid', `these arguments are no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function assertOpen({ id, verdict, isOpen }: RecordedApproval): void {
  if (isOpen) return
  const why =
    verdict === undefined
      ? 'its run has ended'
      : verdict.type === 'ActionAuthorized'
        ? 'it is allowed'
        : `it is refused: ${verdict.payload.code}`
  throw new IceError('usage.invalid', `${id} waits for no answer: ${why}`)
}

async function signerOf(options: OptionValues): Promise<Signer> {
  await using store = openRecord(options)
  return findSigner(options, listOperators(store, dataOf(options)), process.env)
}

/** A person who sees the page for the first time says once more that it is meant; `--yes` and a program do not. */
async function isMeant(
  options: OptionValues,
  { looked, signer }: { readonly looked: Looked; readonly signer: Signer },
  { ask, json }: Terminal,
): Promise<boolean> {
  if (ask === undefined || json || options.flag('yes')) return true
  const answer = await ask(`sign this for ${looked.page.id} as ${visible(signer.name ?? signer.subject)}? [y/N] `)
  return /^y(es)?$/i.test(answer?.trim() ?? '')
}

/** Longest wait to see the verdict that an answer led to; where nobody has the run, it comes with the next runtime. */
const verdictMs = 2000
const lookAgainMs = 20

async function tellAnswered(
  { id }: RecordedApproval,
  { options, signer }: { readonly options: OptionValues; readonly signer: Signer },
  { data, talk, json, program }: Terminal,
): Promise<Exit> {
  const now = await outcomeOf(id, options)
  const { id: run } = now.recorded
  const verdict = now.verdict === undefined ? undefined : wordOf(now.verdict)
  if (json) data.line(JSON.stringify({ id, by: signer.subject, answered: now.answers.length, verdict: verdict ?? 'waits' }))
  else data.line(`${data.paint('strong', id)}  answered by ${visible(signer.name ?? signer.subject)}  ${verdict ?? 'waits'}`)
  if (!json && now.verdict === undefined)
    talk.line(`${talk.paint('faint', 'it goes on when enough have answered, or with:')} ${program} resume ${run}${placeText(options)}`)
  return 'ok'
}

/** The question after the answer: with its verdict, where enough have answered and a runtime has the run. */
async function outcomeOf(id: string, options: OptionValues): Promise<RecordedApproval> {
  const live = await liveRuns(options)
  const until = Date.now() + verdictMs
  for (;;) {
    const { approval, isDue } = await readAgain(id, options)
    if (approval.verdict !== undefined || !live.includes(approval.recorded.id) || !isDue || Date.now() > until) return approval
    await setTimeout(lookAgainMs)
  }
}

/** Runs that a runtime has now. One that is just closing has none any more. */
async function liveRuns(options: OptionValues): Promise<readonly string[]> {
  try {
    return (await askControl(dataOf(options), { method: 'status' }))?.live ?? []
  } catch (error) {
    if (error instanceof IceError && error.code === 'data.unreadable') return []
    throw error
  }
}

async function readAgain(id: string, options: OptionValues): Promise<{ readonly approval: RecordedApproval; readonly isDue: boolean }> {
  await using store = openRecord(options)
  const approval = findApproval(store, id)
  const { recorded, asked } = approval
  const run = foldRun(recorded.id, recorded.entries)
  const stage = openAction(run, asked.payload.action)?.stage
  return { approval, isDue: stage?.name === 'asked' && isAnswered(stage.asked, run, readStanding(store.log).system) }
}

function wordOf(verdict: Extract<IceEntry, { type: 'ActionAuthorized' | 'ActionRefused' }>): string {
  if (verdict.type === 'ActionRefused') return `refused: ${visible(verdict.payload.code)}`
  return verdict.payload.edited === true ? 'allowed as edited' : 'allowed'
}
