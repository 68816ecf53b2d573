import { sha256 } from '@ice-runtime/ice'
import { builtinPolicy, decide, record } from '@ice-runtime/kernel'
import type { AuthorityView } from '@ice-runtime/kernel'
import type { Bench, Benchmark, Figure } from './figure.ts'
import { recordedProposal } from './recorded-proposal.ts'
import { median } from './statistics.ts'
import { timeEach } from './time-each.ts'

export const decisionBenchmark: Benchmark = { name: 'decision', measure: measureDecision }

/** The same proposal on the same state again and again: a lookup of its name in a `Map`, its decision, and its two sealed entries. */
async function measureDecision(bench: Bench): Promise<readonly Figure[]> {
  const { tip, command, context } = await recordedProposal(bench, 'decision')
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
