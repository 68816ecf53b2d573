import { decodeEntry, evolveSystem, initialSystem, maxPageEntries, systemStream } from '@ice-runtime/kernel'
import type { AuthorityView, Digest, LogReader, PolicyEngine, Proofs, Run, SystemState } from '@ice-runtime/kernel'

/** What holds for all runs, folded from the system stream. */
export interface Standing {
  /** `seq` the system stream is known to end at: every decision expects it there. */
  readonly seq: number
  readonly system: SystemState
  /** The policy in force. */
  readonly policy: PolicyEngine
  /** What a decision about this run sees. `catalog` is what the run could be given now. */
  view(run: Run, catalog: Digest): AuthorityView
}

/** The engine that is in force under a state of the system stream. */
export type PolicyInForce = (system: SystemState) => PolicyEngine

export function loadStanding(log: LogReader, policy: PolicyInForce, proofs: Proofs): Standing {
  let system: SystemState = initialSystem
  let seq = 0
  for (;;) {
    const page = log.read({ stream: systemStream, from: seq + 1 }, maxPageEntries)
    for (const stored of page) system = evolveSystem(system, decodeEntry(stored))
    seq += page.length
    if (page.length < maxPageEntries) break
  }
  return standingOf({ seq, system }, policy(system), proofs)
}

export function standingOf(at: Pick<Standing, 'seq' | 'system'>, policy: PolicyEngine, proofs: Proofs): Standing {
  const { system } = at
  return {
    ...at,
    policy,
    view: (run, catalog) => {
      const agent = run.spec?.agent.name
      const lockdown = system.lockdown || (agent !== undefined && system.lockedAgents.has(agent))
      const { revoked, operators } = system
      return { policy, catalog, lockdown, revoked, operators, proofs }
    },
  }
}
