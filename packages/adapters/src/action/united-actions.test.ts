import { expect, test } from 'vitest'
import { unitedActions } from './united-actions.ts'

test('a fact is there for certain only where all that have the action state it always', () => {
  const united = unitedActions(
    [
      { action: 'files.read', facts: { path: { type: 'string' }, exists: { type: 'boolean' }, mode: { type: 'integer', optional: true } } },
      { action: 'time.now', facts: { at: { type: 'integer' } } },
    ],
    [{ action: 'files.read', facts: { path: { type: 'string' }, outside: { type: 'boolean' }, mode: { type: 'integer' } } }],
  )
  expect(united).toStrictEqual([
    {
      action: 'files.read',
      facts: {
        path: { type: 'string' },
        exists: { type: 'boolean', optional: true },
        mode: { type: 'integer', optional: true },
        outside: { type: 'boolean', optional: true },
      },
    },
    { action: 'time.now', facts: { at: { type: 'integer' } } },
  ])
})

test('a fact of two types is refused', () => {
  const [one, other] = (['string', 'integer'] as const).map((type) => [{ action: 'a.b', facts: { size: { type } } }])
  expect(() => unitedActions(one ?? [], other ?? [])).toThrow(expect.objectContaining({ code: 'effect.definition_invalid' }))
})
