import { expect } from 'vitest'
import { tell } from '@ice-runtime/conformance'
import type { Order, RunHistory } from '@ice-runtime/conformance'
import { evolve } from '../src/run/evolve.ts'
import { brokenLaw } from '../src/run/laws/laws.ts'
import type { IceEntry } from '../src/run/taxonomy.ts'

/** The law broken when `planted` is what follows a history. What is not said of it is as an honest entry would have it. */
export function lawBrokenBy(history: RunHistory, planted: Partial<IceEntry>): string | undefined {
  const { run } = history
  const honest = { stream: run.id, seq: run.seq + 1, at: run.at, v: 1, origin: 'runtime', causes: [Math.max(1, run.seq)] }
  return brokenLaw(run, { ...honest, ...planted } as IceEntry)?.law
}

/** The law broken when the last entry of its type that an order leads to says something else. */
export function lawBrokenIn(
  history: RunHistory,
  order: Order,
  change: { readonly type: IceEntry['type']; readonly payload: object },
): string | undefined {
  const added = tell(history, order).entries.slice(history.entries.length)
  const index = added.findLastIndex((entry) => entry.type === change.type)
  const honest = added[index]
  if (honest === undefined) throw new Error(`${order.type} leads to no ${change.type}`)
  const before = added.slice(0, index).reduce(evolve, history.run)
  expect(brokenLaw(before, honest)).toBeUndefined()
  return brokenLaw(before, { ...honest, payload: { ...honest.payload, ...change.payload } } as IceEntry)?.law
}
