import type { Grant } from '../authority/grant.ts'
import { entryId } from '../log/ids.ts'
import type { EntryId } from '../log/ids.ts'
import type { AuthorityView } from './commands.ts'
import type { Run } from './run.ts'

/** Revoked by an entry of another stream. A grant falls with each one it came from. */
export function isRevoked(grant: Grant, run: Pick<Run, 'id'>, view: Pick<AuthorityView, 'revoked'>): boolean {
  return view.revoked.size > 0 && sourcesOf(grant, run).some((source) => view.revoked.has(source))
}

/** A grant's own id, and those of the grants it came from. */
export function sourcesOf(grant: Grant, run: Pick<Run, 'id'>): readonly EntryId[] {
  return [entryId(run.id, grant.id), ...(grant.parent === undefined ? [] : [grant.parent]), ...(grant.above ?? [])]
}
