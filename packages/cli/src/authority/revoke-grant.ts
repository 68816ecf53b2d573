import { entryId, IceError } from '@ice-runtime/kernel'
import type { EntryId } from '@ice-runtime/kernel'
import { findRun, openRecord, runIdOf } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { OptionValues } from '../table/option-values.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { perform, reasonOf } from './perform.ts'

/** `ice grants revoke`: from the next action on, whatever was granted. */
export async function run({ args, options }: Invocation, { data, json }: Terminal): Promise<Exit> {
  const grant = await grantNamed(args[0] ?? '', options)
  await perform({ method: 'revoke', grant, reason: reasonOf(options) }, options)
  data.line(json ? JSON.stringify({ revoked: grant }) : `${data.paint('strong', grant)}  revoked`)
  return 'ok'
}

async function grantNamed(text: string, options: OptionValues): Promise<EntryId> {
  const [run = '', seq = '', ...rest] = text.split('#')
  if (rest.length > 0 || !/^[1-9][0-9]{0,14}$/.test(seq))
    throw new IceError('usage.invalid', `${JSON.stringify(text)} names no grant`, {
      hint: 'a grant is RUN#SEQ; list them with: ice grants RUN',
    })
  await using store = openRecord(options)
  return entryId(runIdOf(findRun(store, run)), Number(seq))
}
