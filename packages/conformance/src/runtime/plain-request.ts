import { parseRunId } from '@ice-runtime/kernel'
import type { GrantTerms, Principal, RunId } from '@ice-runtime/kernel'
import { toldRequest } from '../kernel/run-world.ts'

/** Somebody who answers for a run. */
export const plainPrincipal: Principal = toldRequest.principal

/** Allows files, the ledger and the effects that tests define below `test.`. */
export const plainGrant: GrantTerms = {
  actions: ['files.*', 'ledger.*', 'test.*', 'time.now'],
  resources: ['file:**', 'ledger:**', 'test:**', 'time:**'],
  class: 'irreversible',
  egress: ['ledger:main', 'test:outside'],
}

/** Names that tell a run's place in a test: `run_<prefix><count>`. */
export function countedIds(prefix: string): { runId(): RunId; seed(): string } {
  let count = 0
  return {
    runId: () => {
      count += 1
      return parseRunId(`run_${prefix}${String(count).padStart(12, '0')}`)
    },
    seed: () => `seed ${count}`,
  }
}
