import { agreedBy } from '@ice-runtime/conformance'
import type { Asks } from '@ice-runtime/conformance'
import { openApprovals } from '@ice-runtime/kernel'
import type { AgentHost, RunId } from '@ice-runtime/kernel'
import { agentOf } from './place.ts'
import type { Process } from './place.ts'

/** One person must agree to each file and each transfer. */
export const asks: Asks = ({ action }) => (action === 'files.write' || action === 'ledger.post' ? agreedBy(1) : undefined)

export const writes: AgentHost = agentOf(async ({ propose }) => {
  await propose('files.write', { path: 'a', content: 'new' })
  return 'written'
})

/** What an agent is told: a result, or the code of what it was refused with. */
export async function told(asked: Promise<unknown>): Promise<unknown> {
  return await asked.catch((error: unknown) => (error as { readonly code: string }).code)
}

/** The runs that wait for people. */
export function waitingRuns(process: Process): readonly RunId[] {
  return [...openApprovals(process.store.views)].map(({ run }) => run as RunId)
}
