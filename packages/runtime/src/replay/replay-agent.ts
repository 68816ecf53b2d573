import { canonicalize, digestFromBytes, entryId, IceError, matchProposal, recordedDeliveries, recordedProposals } from '@ice-runtime/kernel'
import type {
  AgentChannel,
  AgentEnd,
  AgentHost,
  AgentKind,
  AgentSession,
  AgentStart,
  Blobs,
  IceEntry,
  ProposalMatch,
  RecordedProposal,
  Sha256,
  StoreReader,
} from '@ice-runtime/kernel'
import { fromRecorded, toRecorded } from '../recorded.ts'
import { offeredActions } from '../run/context.ts'
import { recordedPace } from '../run/recorded-pace.ts'
import { replayedProposal } from '../run/replayed-proposal.ts'

export interface AgentReplay {
  readonly kind: AgentKind
  /** `promised`: a mismatch is a fault. `compared`: the agent may read what is not recorded, so a mismatch is a finding. */
  readonly promise: 'promised' | 'compared'
  readonly same: number
  /** The first proposal, or the end, that is not as recorded. */
  readonly mismatch: ProposalMatch | { readonly match: 'end'; readonly recorded: string; readonly replayed: string } | undefined
}

/** Longest a replayed agent may stay silent: it is handed recorded outcomes at once, so only a broken one takes longer. */
const silenceMs = 30_000

/** Runs the agent again over its own recorded outcomes and compares what it proposes and how it ends. Performs nothing. */
export async function replayAgent(
  store: StoreReader,
  entries: readonly IceEntry[],
  parts: { readonly host: AgentHost; readonly sha256: Sha256 },
): Promise<AgentReplay> {
  const { host, sha256 } = parts
  const requested = entries[0]
  if (requested?.type !== 'RunRequested') throw new IceError('replay.diverged', 'the run has no request')
  const blobs = digestOnlyBlobs(store, sha256)
  const comparison = compare(entries, blobs)
  const startedAt = entries.find((entry) => entry.type === 'ExecutionStarted')?.at ?? requested.at
  const { input, seed, agent } = requested.payload
  const context = entries.find((entry) => entry.type === 'ContextLoaded')?.payload.items ?? []
  const start = { input: fromRecorded(input, blobs), seed, at: startedAt, actions: offeredActions(context, blobs) }
  const session = await opened(host, start, comparison.channel)
  try {
    await session?.start()
    for (const { key, at, outcome } of recordedDeliveries(entries)) {
      const isDue = await comparison.caughtUp(silenceMs)
      if (comparison.ended() || !isDue) break
      comparison.delivering()
      if (outcome.type === 'succeeded')
        await session?.deliver({ key, at, outcome: { type: 'succeeded', result: fromRecorded(outcome.result, blobs) } })
      else if (outcome.type === 'deferred')
        await session?.deliver({ key, at, outcome: { type: 'deferred', id: entryId(requested.stream, outcome.action) } })
      else await session?.deliver({ key, at, outcome })
    }
    await comparison.quiet(silenceMs)
  } finally {
    await session?.stop()
  }
  return { kind: agent.kind, promise: agent.kind === 'function' ? 'compared' : 'promised', ...comparison.result() }
}

/** An agent that cannot be opened ends as one that failed, as it does in a live run. */
async function opened(host: AgentHost, start: AgentStart, channel: AgentChannel): Promise<AgentSession | undefined> {
  try {
    return await host.open(start, channel)
  } catch (error) {
    if (!(error instanceof IceError)) throw error
    channel.end({ type: 'failed', code: error.code, message: error.message })
    return undefined
  }
}

interface Comparison {
  readonly channel: AgentChannel
  /** Resolves once the agent has proposed what it proposed before the next outcome; false when it does not. */
  caughtUp(limitMs: number): Promise<boolean>
  delivering(): void
  ended(): boolean
  quiet(limitMs: number): Promise<void>
  result(): Pick<AgentReplay, 'same' | 'mismatch'>
}

function compare(entries: readonly IceEntry[], blobs: Blobs): Comparison {
  const recorded = new Map<number, RecordedProposal>(recordedProposals(entries).map((proposal) => [proposal.key, proposal]))
  const pace = recordedPace(recorded.values())
  const seen = new Set<number>()
  let delivered = 0
  let same = 0
  let mismatch: AgentReplay['mismatch']
  let end: AgentEnd | undefined
  const channel: AgentChannel = {
    propose: (proposal) => {
      const match = matchProposal(recorded.get(proposal.key), replayedProposal(proposal, delivered, blobs))
      seen.add(proposal.key)
      if (match.match === 'same') same += 1
      else if (!(match.match === 'extra' && wasCut(entries))) mismatch ??= match
    },
    state: () => undefined,
    end: (how) => {
      end ??= how
    },
    log: () => undefined,
  }
  return {
    channel,
    caughtUp: async (limitMs) => {
      const before = pace(delivered)
      return await untilTrue(() => end !== undefined || seen.size >= before, limitMs)
    },
    delivering: () => {
      delivered += 1
    },
    ended: () => end !== undefined,
    quiet: async (limitMs) => {
      if (endOf(entries) !== undefined) await untilTrue(() => end !== undefined, limitMs)
    },
    result: () => {
      const missing = [...recorded.values()].find((proposal) => !seen.has(proposal.key))
      if (missing !== undefined) mismatch ??= { match: 'missing', seq: missing.seq }
      const recordedEnd = endOf(entries)
      const replayedEnd = end === undefined ? 'none' : describeEnd(end, blobs)
      if (recordedEnd !== undefined && recordedEnd !== replayedEnd)
        mismatch ??= { match: 'end', recorded: recordedEnd, replayed: replayedEnd }
      return { same, mismatch }
    },
  }
}

/** A function goes on after an outcome without saying when it is done with it: it is given turns of the loop, and in the end a bound. */
async function untilTrue(claim: () => boolean, limitMs: number): Promise<boolean> {
  const deadline = AbortSignal.timeout(limitMs)
  while (!claim() && !deadline.aborted) await new Promise((resolve) => setImmediate(resolve))
  return claim()
}

/** A run stopped from outside may have had proposals that were never recorded. */
function wasCut(entries: readonly IceEntry[]): boolean {
  return endOf(entries) === undefined
}

function endOf(entries: readonly IceEntry[]): string | undefined {
  const stated = entries.find((entry) => entry.type === 'OutputStated' || entry.type === 'AgentFailed')
  if (stated?.type === 'OutputStated') return `completed ${canonicalize(stated.payload.output as never)}`
  return stated?.type === 'AgentFailed' ? `failed ${stated.payload.code}` : undefined
}

function describeEnd(end: AgentEnd, blobs: Blobs): string {
  return end.type === 'completed' ? `completed ${canonicalize(toRecorded(end.output, blobs) as never)}` : `failed ${end.code}`
}

/** Reads what is stored and gives new content its digest without keeping it: a replay writes nothing. */
function digestOnlyBlobs(store: StoreReader, sha256: Sha256): Blobs {
  return {
    get: (digest) => store.blobs.get(digest),
    has: (digest) => store.blobs.has(digest),
    put: (bytes) => ({ blob: digestFromBytes(sha256(bytes)), sizeBytes: bytes.length }),
  }
}
