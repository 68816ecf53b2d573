import { agentsOf, decodeEntry, emptyHead, evolveSystem, initialSystem, isLocked, maxPageEntries, systemStream } from '@ice-runtime/kernel'
import type { AuthorityView, Digest, LogReader, PolicyEngine, Proofs, Run, SealContext, SystemState, SystemTip } from '@ice-runtime/kernel'

/** What holds for all runs, folded from the system stream. Every decision expects that stream to end at `head`. */
export interface Standing extends SystemTip {
  /** The policy in force. */
  readonly policy: PolicyEngine
  /** What a decision about this run sees. `catalog` is what the run could be given now. */
  view(run: Run, catalog: Digest): AuthorityView
}

/** The engine that is in force under a state of the system stream. Total: a policy that cannot be had is an engine that answers `error`. */
export type PolicyInForce = (system: SystemState) => PolicyEngine

/** Where the system stream durably ends. */
export function loadSystem(log: LogReader, context: SealContext): SystemTip {
  let system: SystemState = initialSystem
  for (let from = 1; ; from += maxPageEntries) {
    const page = log.read({ stream: systemStream, from }, maxPageEntries)
    for (const stored of page) system = evolveSystem(system, decodeEntry(stored))
    if (page.length < maxPageEntries) break
  }
  const head = log.head(systemStream)
  return { system, head: head.seq === 0 ? emptyHead(systemStream, context) : head }
}

export function standingOf(tip: SystemTip, policy: PolicyEngine, proofs: Proofs): Standing {
  const { revoked, operators } = tip.system
  // Decisions come one after another for the same actions and under no lockdown: the last view is nearly always the next one.
  let last: AuthorityView | undefined
  const view: Standing['view'] = (run, catalog) => {
    const lockdown = isLocked(tip.system, agentsOf(run.spec))
    if (last?.catalog !== catalog || last.lockdown !== lockdown) last = { policy, catalog, lockdown, revoked, operators, proofs }
    return last
  }
  return { ...tip, policy, view }
}
