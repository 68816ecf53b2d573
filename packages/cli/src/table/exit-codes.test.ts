import { expect, test } from 'vitest'
import { exitForFault, exitForRun } from './exit-codes.ts'
import type { Ended } from './exit-codes.ts'

const committed: Ended = { outcome: 'committed', code: undefined, releases: 'none', refused: 0, uncertainCount: 0 }

test.each<[string, Partial<Ended>, string]>([
  ['a commit', {}, 'ok'],
  ['a commit with refusals', { refused: 2 }, 'ok'],
  ['a commit whose releases are incomplete', { releases: 'incomplete' }, 'failure'],
  ['an effect nobody knows about', { releases: 'incomplete', uncertainCount: 1 }, 'uncertain'],
  ['an abort', { outcome: 'aborted', code: 'validation.failed' }, 'aborted'],
  ['a conflict', { outcome: 'aborted', code: 'files.conflict' }, 'baseChanged'],
  ['a ceiling', { outcome: 'terminated', code: 'limit.wall' }, 'limit'],
  ['a budget', { outcome: 'aborted', code: 'budget.tokens' }, 'limit'],
  ['a divergence', { outcome: 'terminated', code: 'replay.diverged' }, 'diverged'],
  ['another termination', { outcome: 'terminated', code: 'run.quarantined' }, 'failure'],
])('%s has its exit code', (_, ended, exit) => {
  expect(exitForRun({ ...committed, ...ended }, false)).toBe(exit)
})

test('strict turns a commit with refusals into a refusal, and nothing else', () => {
  expect(exitForRun({ ...committed, refused: 1 }, true)).toBe('refused')
  expect(exitForRun(committed, true)).toBe('ok')
  expect(exitForRun({ ...committed, outcome: 'aborted', code: 'run.aborted', refused: 1 }, true)).toBe('aborted')
})

test('a fault without a code of its own is a failure', () => {
  expect(exitForFault('data.in_use')).toBe('inUse')
  expect(exitForFault('model.unreachable')).toBe('failure')
})
