import { foldRun, readEntries } from '@ice-runtime/ice/record'
import { entryId, IceError, labels } from '@ice-runtime/kernel'
import type { EntryId, Label, RunId } from '@ice-runtime/kernel'
import { findRun, openRecord, runIdOf } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { perform, reasonOf } from './perform.ts'

/** `ice declassify`. What is lowered is the label as it stands in the record now: one that has risen since is refused. */
export async function run({ args, options }: Invocation, { data, json }: Terminal): Promise<Exit> {
  const [to, reason] = [labelOf(options), reasonOf(options)]
  if (reason.trim() === '') throw new IceError('usage.invalid', 'say why, for the record', { hint: '--reason "it is published"' })
  const seen = await seenNow(args[0] ?? '', options)
  await perform({ method: 'declassify', ...seen, to, reason }, options)
  const { run: id, from } = seen
  data.line(json ? JSON.stringify({ run: id, from, to }) : `${data.paint('strong', id)}  ${from} → ${to}`)
  return 'ok'
}

function labelOf(options: OptionValues): Label {
  const given = options.text('to')
  const label = labels.find((known) => known === given)
  if (label === undefined) throw new IceError('usage.invalid', `--to ${given ?? ''} is no label`, { hint: `one of ${labels.join(', ')}` })
  return label
}

async function seenNow(
  text: string,
  options: OptionValues,
): Promise<{ readonly run: RunId; readonly entry: EntryId; readonly from: Label }> {
  await using store = openRecord(options)
  const run = runIdOf(findRun(store, text))
  const { seq, label } = foldRun(run, readEntries(store.log, run))
  return { run, entry: entryId(run, seq), from: label }
}
