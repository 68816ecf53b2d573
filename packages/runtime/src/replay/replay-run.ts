import { foldRun, readEntries } from '../load-run.ts'
import {
  agentsOf,
  decodeEntry,
  evolve,
  evolveSystem,
  initialRun,
  initialSystem,
  isLocked,
  maxPageEntries,
  replayDecisions,
  stateHash,
} from '@ice-runtime/kernel'
import type { AgentHost, Divergence, IceEntry, Proofs, RecordedStanding, RunId, StoreReader, SystemState } from '@ice-runtime/kernel'
import { replayAgent } from './replay-agent.ts'
import type { AgentReplay } from './replay-agent.ts'

export interface ReplayReport {
  readonly run: RunId
  readonly entries: number
  readonly decisions: { readonly count: number; readonly divergence: Divergence | undefined }
  /** Undefined when the run never executed, or its agent is not to be had here. */
  readonly agent: AgentReplay | undefined
  readonly state: { readonly hash: string; readonly identical: boolean }
  /** By construction: nothing that could reach a model or a network is handed to a replay. */
  readonly modelCalls: 0
  readonly networkCalls: 0
  readonly identical: boolean
}

/**
 * Replays a run three ways from its record: every decision is decided again, the agent is run again over its recorded outcomes,
 * and the state is folded in one go and in pieces. No driver is handed in, so nothing can be performed.
 */
export async function replayRun(
  store: StoreReader,
  run: RunId,
  parts: Proofs & { readonly host: AgentHost | undefined },
): Promise<ReplayReport> {
  const { sha256, verifies, host } = parts
  const entries = readEntries(store.log, run)
  const [first] = entries
  const agents = first?.type === 'RunRequested' ? agentsOf(first.payload) : []
  const decided = replayDecisions(entries, standingAt(store, agents, { sha256, verifies }))
  const started = entries.some((entry) => entry.type === 'ExecutionStarted')
  const agent = host === undefined || !started ? undefined : await replayAgent(store, entries, { host, sha256 })
  const hash = stateHash(foldRun(run, entries), sha256)
  const identicalState = hash === stateHash(decided.run, sha256) && hash === stateHash(foldInPieces(run, entries), sha256)
  return {
    run,
    entries: entries.length,
    decisions: { count: decided.decisions, divergence: decided.divergence },
    agent,
    state: { hash, identical: identicalState },
    modelCalls: 0,
    networkCalls: 0,
    identical: decided.divergence === undefined && identicalState && agent?.mismatch === undefined,
  }
}

/** Half and half, through the stored form of nothing but the fold itself. */
function foldInPieces(run: RunId, entries: readonly IceEntry[]): ReturnType<typeof foldRun> {
  const middle = Math.floor(entries.length / 2)
  const half = entries.slice(0, middle).reduce(evolve, initialRun(run))
  return entries.slice(middle).reduce(evolve, half)
}

/** What other streams said when an entry was written, by the order of the whole log. */
function standingAt(store: StoreReader, agents: readonly string[], proofs: Proofs): (entry: IceEntry) => RecordedStanding {
  const changes: { readonly at: number; readonly system: SystemState }[] = []
  let system = initialSystem
  for (let from = 1; ; from += maxPageEntries) {
    const page = store.log.read({ stream: 'system', from }, maxPageEntries)
    for (const stored of page) {
      system = evolveSystem(system, decodeEntry(stored))
      changes.push({ at: stored.position, system })
    }
    if (page.length < maxPageEntries) break
  }
  return (entry) => {
    if (changes.length === 0) return standingIn(initialSystem, agents, proofs)
    const [stored] = store.log.read({ stream: entry.stream, from: entry.seq, to: entry.seq }, 1)
    const standing = changes.findLast((change) => change.at < (stored?.position ?? 0))?.system ?? initialSystem
    return standingIn(standing, agents, proofs)
  }
}

function standingIn(system: SystemState, agents: readonly string[], proofs: Proofs): RecordedStanding {
  const { revoked, operators } = system
  return { lockdown: isLocked(system, agents), revoked, operators, proofs }
}
