import { describeTerms, foldRun, readEntries, readStanding } from '@ice-runtime/ice/record'
import { entryId } from '@ice-runtime/kernel'
import { findRun, openRecord, runIdOf } from '../place.ts'
import type { Invocation } from '../table/command.ts'
import type { Exit } from '../table/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { visible } from '../terminal/text.ts'

/** `ice grants` */
export async function run({ args, options }: Invocation, { data, talk, json }: Terminal): Promise<Exit> {
  await using store = openRecord(options)
  const run = runIdOf(findRun(store, args[0] ?? 'last'))
  const { grants, grantUses } = foldRun(run, readEntries(store.log, run))
  const { revoked } = readStanding(store.log).system
  for (const grant of grants.list) {
    const id = entryId(run, grant.id)
    const isRevoked = grant.revoked || revoked.has(id) || (grant.parent !== undefined && revoked.has(grant.parent))
    const used = grantUses.get(String(grant.id))?.count ?? 0
    if (json) data.line(JSON.stringify({ grant: id, holder: grant.holder, terms: grant.terms, used, revoked: isRevoked }))
    else {
      const state = isRevoked ? data.paint('bad', 'revoked') : used === 0 ? data.paint('faint', 'unused ') : `used ${used}`
      data.line(`${id}  ${state}  ${visible(describeTerms(grant.terms))}`)
    }
  }
  if (grants.list.length === 0) talk.line('no grants: every proposal is refused')
  return 'ok'
}
