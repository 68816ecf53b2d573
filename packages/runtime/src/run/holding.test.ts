import { expect, test } from 'vitest'
import { createHolding } from './holding.ts'

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('what is held back is released once before the turn ends, of all runs that hold', async () => {
  const released: string[] = []
  const { holder } = createHolding()
  const [one, other] = [holder(() => void released.push('one')), holder(() => void released.push('other'))]
  one()
  other()
  one()
  expect(released).toEqual([])
  await nextTurn()
  expect(released).toEqual(['one', 'other'])
  one()
  await nextTurn()
  expect(released).toEqual(['one', 'other', 'one'])
})

test('who flushes has everything released at once, and nothing of it a second time', async () => {
  const released: string[] = []
  const { holder, releaseAll } = createHolding()
  holder(() => void released.push('one'))()
  releaseAll()
  releaseAll()
  await nextTurn()
  expect(released).toEqual(['one'])
})
