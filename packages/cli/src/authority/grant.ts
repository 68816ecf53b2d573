import { IceError } from '@ice-runtime/kernel'
import type { RunId } from '@ice-runtime/kernel'
import { findRun, openRecord, runIdOf } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { visible } from '../terminal/text.ts'
import { perform } from './perform.ts'

/** `ice grants grant`: more authority for a run at work. */
export async function run({ args, options }: Invocation, { data, json }: Terminal): Promise<Exit> {
  const allowances = options.list('allow')
  if (allowances.length === 0) throw new IceError('usage.invalid', 'say what is granted', { hint: '--allow files.write:report.md' })
  const run = await runNamed(args[0] ?? '', options)
  for (const allow of allowances) {
    await perform({ method: 'grant', run, allow }, options)
    data.line(json ? JSON.stringify({ run, granted: allow }) : `${run}  granted ${visible(allow)}`)
  }
  return 'ok'
}

async function runNamed(text: string, options: OptionValues): Promise<RunId> {
  await using store = openRecord(options)
  return runIdOf(findRun(store, text))
}
