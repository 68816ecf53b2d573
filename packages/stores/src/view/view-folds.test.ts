import { expect, test } from 'vitest'
import { parseRunId } from '@ice-runtime/kernel'
import type { Entry, ViewDefinition } from '@ice-runtime/kernel'
import { foldViews } from './view-folds.ts'

const stream = parseRunId('run_aaaaaaaaaaaa')
const highest: ViewDefinition<number> = { name: 'highest', version: 1, key: () => 'at', step: (value, { at }) => Math.max(value ?? 0, at) }

function entryAt(at: number): Entry {
  return { stream, seq: 1, type: 'Noted', v: 1, origin: 'runtime', at, causes: [], payload: {} }
}

test('a row is written once for each time it changed, and not when it stayed the same', () => {
  const folds = foldViews([highest], () => undefined)
  folds.apply([entryAt(1), entryAt(5)])
  expect(folds.take()).toEqual([{ view: 'highest', key: 'at', value: 5 }])
  folds.settle()
  expect(folds.take()).toEqual([])
  folds.apply([entryAt(3)])
  expect(folds.take()).toEqual([])
})

test('a stored row is loaded once', () => {
  let loads = 0
  const folds = foldViews([highest], () => {
    loads += 1
    return 9
  })
  for (let round = 0; round < 3; round += 1) {
    folds.apply([entryAt(10 + round)])
    folds.take()
    folds.settle()
  }
  expect(loads).toBe(1)
})
