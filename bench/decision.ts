import { join } from 'node:path'
import { sha256 } from '@ice-runtime/ice'
import { builtinPolicy, decide, record } from '@ice-runtime/kernel'
import type { AuthorityView, IceEntry, RunCommand, RunTip, SealContext } from '@ice-runtime/kernel'
import { foldRun, readEntries } from '@ice-runtime/runtime'
import type { Bench, Benchmark, Figure } from './figure.ts'
import { median } from './statistics.ts'
import { openWorkload, startRun } from './workload.ts'

export const decisionBenchmark: Benchmark = { name: 'decision', measure: measureDecision }

/** The same proposal on the same state again and again: a lookup of its name in a `Map`, its decision, and its two sealed entries. */
async function measureDecision(bench: Bench): Promise<readonly Figure[]> {
  const { tip, command, context } = await recordedProposal(join(bench.directory('decision'), 'ice'))
  const view: AuthorityView = {
    policy: builtinPolicy(sha256),
    catalog: undefined,
    lockdown: false,
    revoked: new Set(),
    operators: new Map(),
    proofs: { sha256, verifies: () => false },
  }
  const allowed = new Map([[command.proposed.action, true]])
  const subjects: Readonly<Record<string, () => unknown>> = {
    'a bare Map lookup': () => allowed.get(command.proposed.action),
    decide: () => decide(command, tip.run, view),
    'decide, check, seal and fold': () => {
      const decision = decide(command, tip.run, view)
      if (!decision.ok || decision.events[1]?.type !== 'ActionAuthorized') throw new Error('the proposal was not authorized')
      return record(tip, { events: decision.events, at: command.at }, context)
    },
  }
  const passes = new Map<string, number[]>(Object.keys(subjects).map((name) => [name, []]))
  for (let repetition = 0; repetition <= bench.scale.repetitions; repetition += 1) {
    for (const [name, subject] of Object.entries(subjects)) {
      const nanoseconds = timeEach(subject, bench.scale.decisions)
      if (repetition > 0) passes.get(name)?.push(nanoseconds)
    }
  }
  return [...passes].map(([name, taken]) => ({ benchmark: 'decision', name: `one proposal: ${name}`, value: median(taken), unit: 'ns' }))
}

/** What the loop answered last, so that nothing it does can be left out as unused. */
let answer: unknown

function timeEach(subject: () => unknown, count: number): number {
  const started = performance.now()
  for (let index = 0; index < count; index += 1) answer = subject()
  const elapsedMs = performance.now() - started
  if (answer === undefined) throw new Error('there was no answer')
  return (1e6 * elapsedMs) / count
}

interface Proposal {
  readonly tip: RunTip
  readonly command: Extract<RunCommand, { type: 'ProposeAction' }>
  readonly context: SealContext
}

/** A proposal as a real run recorded it, and the state it was decided on. */
async function recordedProposal(directory: string): Promise<Proposal> {
  await using workload = await openWorkload(directory)
  const { ice, agents } = workload
  const { id, done } = await startRun(ice, { agent: agents.function, kind: 'durable', steps: 1 })
  await done
  const entries = readEntries(ice.store.log, id)
  const index = entries.findIndex(({ type }) => type === 'ActionProposed')
  const { proposed, authorized } = proposalAt(entries, index)
  const before = ice.store.log.read({ stream: id, from: index, to: index }, 1)[0]
  if (before === undefined) throw new Error('a proposal follows something')
  const { prepared, request } = authorized.payload
  return {
    tip: { run: foldRun(id, entries.slice(0, index)), head: { stream: id, seq: index, hash: before.hash, at: proposed.at } },
    command: {
      type: 'ProposeAction',
      at: proposed.at,
      proposed: proposed.payload,
      preparation: { type: 'prepared', record: prepared, request },
    },
    context: { logId: ice.store.log.logId, sha256, allocate: (sizeBytes) => Buffer.allocUnsafe(sizeBytes) },
  }
}

function proposalAt(
  entries: readonly IceEntry[],
  index: number,
): {
  readonly proposed: Extract<IceEntry, { type: 'ActionProposed' }>
  readonly authorized: Extract<IceEntry, { type: 'ActionAuthorized' }>
} {
  const proposed = entries[index]
  const authorized = entries[index + 1]
  if (proposed?.type !== 'ActionProposed' || authorized?.type !== 'ActionAuthorized') throw new Error('the run proposed nothing')
  return { proposed, authorized }
}
