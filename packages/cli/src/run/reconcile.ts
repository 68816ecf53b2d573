import { foldRun, readEntries } from '@ice-runtime/ice/record'
import type { IceOrder } from '@ice-runtime/ice/control'
import { entryId, IceError } from '@ice-runtime/kernel'
import type { EntryId, IceEntry, RunId, Seq } from '@ice-runtime/kernel'
import { perform, reasonOf } from '../authority/perform.ts'
import { findRun, openRecord, placeText, runIdOf } from '../place.ts'
import { parseEntryPlace } from '../record/entry-place.ts'
import { uncertainActions } from '../record/uncertain-actions.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** `ice reconcile`. The other side is asked by the process that has the action's driver; a person’s word needs none. */
export async function run({ args, options }: Invocation, terminal: Terminal): Promise<Exit> {
  const [place = '', found = ''] = args
  const named = await actionNamed(place, options)
  const action = entryId(named.run, named.seq)
  await perform(orderOf(action, found, reasonOf(options)), options)
  const looked = await lookAgain(named, options)
  const { data, talk, json, program } = terminal
  data.line(json ? JSON.stringify({ action, found: looked.found }) : `${data.paint('strong', action)}  ${looked.found.replace('_', ' ')}`)
  if (looked.goesOn) talk.line(`${talk.paint('faint', 'go on:')} ${program} resume ${named.run}${placeText(options)}`)
  return looked.found === 'uncertain' ? 'uncertain' : 'ok'
}

interface NamedAction {
  readonly run: RunId
  readonly seq: Seq
}

interface Looked {
  readonly found: 'done' | 'not_done' | 'uncertain'
  /** Nothing else keeps the run from being resumed. */
  readonly goesOn: boolean
}

function orderOf(action: EntryId, found: string, reason: string): IceOrder {
  if (found === 'probe' && reason !== '')
    throw new IceError('usage.invalid', 'what a probe finds needs no reason', { hint: 'leave --reason out, or say done or not-done' })
  if (found === 'probe') return { method: 'reconcile', action, found }
  if (found !== 'done' && found !== 'not-done')
    throw new IceError('usage.invalid', `${JSON.stringify(found)} is nothing that can be found`, { hint: 'one of done, not-done, probe' })
  if (reason.trim() === '')
    throw new IceError('usage.invalid', 'say how you know, for the record', { hint: '--reason "the bank shows it"' })
  return { method: 'reconcile', action, found: found === 'done' ? found : 'not_done', reason }
}

async function actionNamed(text: string, options: OptionValues): Promise<NamedAction> {
  const { runText, seq } = parseEntryPlace(text)
  if (seq === undefined)
    throw new IceError('usage.invalid', `${JSON.stringify(text)} names no action`, { hint: 'an action is RUN#SEQ: last#12' })
  await using store = openRecord(options)
  return { run: runIdOf(findRun(store, runText)), seq }
}

/** As the record has it now: a probe may find nothing out, and then the action is as uncertain as before. */
async function lookAgain({ run, seq }: NamedAction, options: OptionValues): Promise<Looked> {
  await using store = openRecord(options)
  const entries = readEntries(store.log, run)
  const { phase, ...folded } = foldRun(run, entries)
  const left = uncertainActions(folded)
  const found = left.some(({ id }) => id === entryId(run, seq)) ? 'uncertain' : foundIn(entries, seq)
  return { found, goesOn: left.length === 0 && phase.name === 'suspended' && phase.cause === 'reconciliation' }
}

function foundIn(entries: readonly IceEntry[], action: Seq): Looked['found'] {
  const last = entries.findLast((entry) => entry.type === 'ActionReconciled' && entry.payload.action === action)
  return last?.type === 'ActionReconciled' ? last.payload.found : 'uncertain'
}
