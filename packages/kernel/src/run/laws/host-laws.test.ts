import { expect, test } from 'vitest'
import { emptyHistory, executing, hosted, importing, lastProposal, propose, reportOf, tell, wish } from '@ice-runtime/conformance'
import type { Order, RunHistory } from '@ice-runtime/conformance'
import { evolve } from '../evolve.ts'
import type { IceEntry } from '../taxonomy.ts'
import { brokenLaw, laws } from './laws.ts'

const read = wish(executing(), {})

function lawBrokenBy({ run }: RunHistory, planted: Partial<IceEntry>): string | undefined {
  const honest = { stream: run.id, seq: run.seq + 1, at: run.at, v: 1, origin: 'runtime', causes: [Math.max(1, run.seq)] }
  return brokenLaw(run, { ...honest, ...planted } as IceEntry)?.law
}

/** The law broken when the refusal that an order leads to says more. */
function lawBrokenIn(history: RunHistory, order: Order, more: object): string | undefined {
  const added = tell(history, order).entries.slice(history.entries.length)
  const index = added.findIndex(({ type }) => type === 'ActionRefused')
  const honest = added[index]
  if (honest === undefined) throw new Error(`${order.type} refuses nothing`)
  const before = added.slice(0, index).reduce(evolve, history.run)
  return brokenLaw(before, { ...honest, payload: { ...honest.payload, ...more } } as IceEntry)?.law
}

function outcome(action: number, payload: object = {}): Partial<IceEntry> {
  return { type: 'ActionSucceeded', payload: { action, result: { value: null }, ...payload } }
}

test('action.reported: an outcome that no host told, a report of nobody, of what was held back, or of what was staged', () => {
  const asked = wish(executing(), hosted)
  const action = lastProposal(asked)
  expect(lawBrokenBy(asked, { ...outcome(action, { reported: true }), origin: 'host' })).toBeUndefined()
  expect(lawBrokenBy(asked, outcome(action))).toBe('action.reported')
  expect(lawBrokenBy(asked, outcome(action, { reported: true }))).toBe('action.reported')
  expect(lawBrokenBy(asked, { ...outcome(action), origin: 'host' })).toBe('action.reported')
  expect(lawBrokenBy(asked, { ...outcome(action, { reported: true, reads: [] }), origin: 'host' })).toBe('action.reported')
  expect(lawBrokenBy(read, outcome(lastProposal(read), { reported: true }))).toBe('action.reported')
  expect(lawBrokenBy(read, { ...outcome(lastProposal(read)), origin: 'host' })).toBe('action.reported')
  const failure = { type: 'ActionFailed', payload: { action, code: 'effect.failed', message: '' } } as const
  expect(lawBrokenBy(asked, { ...failure, origin: 'host' })).toBe('action.reported')
  const looking = wish(executing(), { host: true })
  const allowed = looking.entries.slice(0, -1).reduce(evolve, emptyHistory().run)
  expect(lawBrokenBy({ ...looking, run: allowed }, { ...outcome(action, { reported: true }), origin: 'host' })).toBe('action.reported')
})

test('action.observed: what the runtime performs, let through', () => {
  const order = propose(executing(), { unread: 'refused' })
  expect(lawBrokenIn(executing(), order, { observed: true })).toBe('action.observed')
  expect(lawBrokenIn(executing(), reportOf(executing()), { observed: true })).toBeUndefined()
})

test('action.imported: an import among decisions, a decision among imports, an agent that is imported', () => {
  const begun = executing({ imported: true })
  const proposal = { type: 'ActionProposed', payload: { action: 'files.write', after: 0, key: 0, performer: 'host' } } as const
  expect(lawBrokenBy(begun, { ...proposal, origin: 'import' })).toBeUndefined()
  expect(lawBrokenBy(executing(), { ...proposal, origin: 'import' })).toBe('action.imported')
  expect(lawBrokenBy(begun, { ...proposal, origin: 'host' })).toBe('action.imported')
  const { performer: _performer, ...ours } = proposal.payload
  expect(lawBrokenBy(begun, { ...proposal, payload: ours, origin: 'import' })).toBe('action.imported')
  expect(lawBrokenBy(begun, { ...proposal, payload: { ...proposal.payload, atOnce: true }, origin: 'import' })).toBe('action.imported')
  const kept = tell(begun, importing(begun))
  const action = lastProposal(kept)
  expect(lawBrokenBy(kept, { ...outcome(action, { reported: true }), origin: 'import' })).toBeUndefined()
  expect(lawBrokenBy(kept, { ...outcome(action, { reported: true }), origin: 'host' })).toBe('action.imported')
  expect(lawBrokenBy(kept, { type: 'ActionUncertain', payload: { action, code: 'effect.uncertain', message: '' } })).toBe('action.imported')
  const verdict = { action, code: 'grant.none', stage: 'grant' } as const
  expect(lawBrokenBy(kept, { type: 'ActionRefused', payload: verdict })).toBe('action.one_verdict')
  expect(
    laws
      .find(({ id }) => id === 'action.imported')
      ?.broken(kept.run, { type: 'ActionRefused', origin: 'runtime', payload: verdict } as IceEntry),
  ).toContain('is not imported')
})
