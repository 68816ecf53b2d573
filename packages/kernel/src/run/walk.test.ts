import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyHistory, ordersAt, tell, timed, viewWith, wander } from '@ice-runtime/conformance'
import type { Order, RunHistory } from '@ice-runtime/conformance'
import { costDimensions, isAmount } from '../authority/cost.ts'
import { joinLabels } from '../authority/labels.ts'
import { decide } from './decide.ts'
import { evolve } from './evolve.ts'
import { brokenLaw } from './laws/laws.ts'
import { phases } from './phases.ts'
import { initialRun } from './run.ts'
import type { Run } from './run.ts'

/** Long enough for a whole life with some actions in it. */
const tapes = fc.array(fc.nat(9999), { minLength: 10, maxLength: 60 })
const walks = { numRuns: 60 }
/** Fixed walks, so that what the properties rely on seeing is seen in every run of the tests. */
const knownTapes = Array.from({ length: 220 }, (_, walk) =>
  Array.from({ length: 70 }, (_unused, step) => ((walk + 1) * 7919 + (step + 3) * (step + walk) * 104_729) % 9973),
)

describe('on every walk through a run', () => {
  test('record takes whatever decide accepted, for every order possible at every step', () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        wander(tape, ({ before, possible }) => {
          for (const order of possible) expect(() => tell(before, order)).not.toThrow()
        })
      }),
      walks,
    )
  })

  test('no law is broken by any entry', () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        let run = initialRun(emptyHistory().run.id)
        for (const entry of wander(tape).entries) {
          expect(brokenLaw(run, entry)).toBeUndefined()
          run = evolve(run, entry)
        }
      }),
      walks,
    )
  })

  test('what is reserved is never negative, what is spent never shrinks, and nothing stays reserved without an action or a child', () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        let before = initialRun(emptyHistory().run.id)
        for (const entry of wander(tape).entries) {
          const after = evolve(before, entry)
          // Told of a child in several entries, the last of which sets aside what it may spend.
          if (entry.type !== 'ChildSpawned' && entry.type !== 'CapabilityDelegated') expectAmountsKept(before, after)
          before = after
        }
      }),
      walks,
    )
  })

  test('the label never sinks, except by the word of an operator who says why', () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        let run = initialRun(emptyHistory().run.id)
        for (const entry of wander(tape).entries) {
          const next = evolve(run, entry)
          const least = entry.type === 'LabelDeclassified' ? entry.payload.to : run.label
          expect(joinLabels(least, next.label)).toBe(next.label)
          run = next
        }
      }),
      walks,
    )
  })

  test('deciding and folding change nothing they were given', () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        wander(tape, ({ before, order }) => {
          const run = plain(before.run)
          const command = structuredClone(timed(before, order))
          const first = decide(command, before.run, viewWith())
          expect(decide(command, before.run, viewWith())).toStrictEqual(first)
          tell(before, order)
          expect(plain(before.run)).toStrictEqual(run)
          expect(command).toStrictEqual(timed(before, order))
        })
      }),
      walks,
    )
  })
})

test('the walks reach every phase, every outcome and every kind of order', () => {
  const steps: { readonly before: RunHistory; readonly order: Order }[] = []
  const ends = knownTapes.map((tape) => wander(tape, (step) => steps.push(step)))
  const reached = new Set([...steps.map(({ before }) => before.run.phase.name), ...ends.map(({ run }) => run.phase.name)])
  expect([...reached].sort()).toEqual(['none', ...phases].sort())
  expect([...new Set(steps.map(({ order }) => order.type))].sort()).toEqual(Object.keys(ordersAt(emptyHistory())).sort())
  const outcomes = ends.flatMap(({ run }) => (run.phase.name === 'terminated' ? [run.phase.outcome] : []))
  expect([...new Set(outcomes)].sort()).toEqual(['aborted', 'committed', 'merged', 'terminated'])
})

function expectAmountsKept(before: Run, after: Run): void {
  for (const dimension of costDimensions) {
    const reserved = after.reserved[dimension] ?? 0
    const spent = after.spent[dimension] ?? 0
    expect(isAmount(reserved) && isAmount(spent)).toBe(true)
    expect(spent).toBeGreaterThanOrEqual(before.spent[dimension] ?? 0)
    const promised = after.open.entries().reduce((sum, [, open]) => {
      const { stage } = open
      return stage.name === 'uncertain' || !('decided' in stage) ? sum : sum + (stage.decided.reserved[dimension] ?? 0)
    }, 0)
    const lent = after.children.entries().reduce((sum, [, child]) => sum + (child.ceilings.cost[dimension] ?? 0), 0)
    expect(reserved).toBe(promised + lent)
  }
}

/** Everything a run holds, with its maps as lists. */
function plain(run: Run): unknown {
  return structuredClone({
    ...run,
    grants: run.grants.list,
    grantUses: run.grantUses.entries(),
    children: run.children.entries(),
    open: run.open.entries(),
    approvals: run.approvals.entries(),
    staged: run.staged.entries(),
    reads: run.reads.entries(),
    left: run.left.entries(),
  })
}
