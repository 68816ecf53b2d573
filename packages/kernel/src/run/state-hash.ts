import { canonicalize } from '../log/canonical.ts'
import type { Sha256 } from '../log/entry.ts'
import { digestFromBytes } from '../log/ids.ts'
import type { Json } from '../log/json.ts'
import type { Run } from './run.ts'

/** Raised whenever the shape of `Run` changes: hashes of different versions do not compare. */
export const stateVersion = 2

/** `<stateVersion>:<sha256>` of the whole state in canonical form: equal for equal histories, in any process, locale or zone. */
export function stateHash(run: Run, sha256: Sha256): string {
  const plain = {
    ...run,
    grants: run.grants.list,
    grantUses: run.grantUses.entries(),
    children: run.children.entries(),
    open: run.open.entries(),
    approvals: run.approvals.entries(),
    staged: run.staged.entries(),
    reads: run.reads.entries(),
    left: run.left.entries(),
  }
  const text = canonicalize(plain as unknown as Json)
  return `${stateVersion}:${digestFromBytes(sha256(new TextEncoder().encode(text)))}`
}
