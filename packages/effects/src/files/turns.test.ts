import { expect, test } from 'vitest'
import { openTurns } from './turns.ts'

test('turns come one at a time, in the order of asking', async () => {
  const turns = openTurns()
  const order: number[] = []
  let holders = 0
  const work = Array.from({ length: 5 }, async (_, index) => {
    using _turn = await turns.take(60_000)
    holders += 1
    expect(holders).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    order.push(index)
    holders -= 1
  })
  await Promise.all(work)
  expect(order).toEqual([0, 1, 2, 3, 4])
})

test('who waited too long is out of the queue, and a turn given back twice is given back once', async () => {
  const turns = openTurns()
  const held = await turns.take(0)
  await expect(turns.take(0)).rejects.toEqual(expect.objectContaining({ code: 'workspace.busy' }))
  held[Symbol.dispose]()
  using _again = await turns.take(0)
  held[Symbol.dispose]()
  await expect(turns.take(0)).rejects.toEqual(expect.objectContaining({ code: 'workspace.busy' }))
})
