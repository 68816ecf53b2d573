import { decodeEntry, evolveSystem, initialSystem, maxPageEntries, systemStream } from '@ice-runtime/kernel'
import type { AuthorityView, LogReader, PolicyEngine, Run, SystemState } from '@ice-runtime/kernel'

/** What holds for all runs, folded from the system stream. */
export interface Standing {
  /** `seq` the system stream is known to end at: every decision expects it there. */
  readonly seq: number
  /** What a decision about this run sees. */
  view(run: Run): AuthorityView
}

export function loadStanding(log: LogReader, policy: PolicyEngine): Standing {
  let system: SystemState = initialSystem
  let seq = 0
  for (;;) {
    const page = log.read({ stream: systemStream, from: seq + 1 }, maxPageEntries)
    for (const stored of page) system = evolveSystem(system, decodeEntry(stored))
    seq += page.length
    if (page.length < maxPageEntries) break
  }
  return { seq, view: (run) => viewOf(system, run, policy) }
}

function viewOf(system: SystemState, run: Run, policy: PolicyEngine): AuthorityView {
  const agent = run.spec?.agent.name
  const lockdown = system.lockdown || (agent !== undefined && system.lockedAgents.has(agent))
  return { policy, lockdown, revoked: system.revoked }
}
